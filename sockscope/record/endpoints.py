"""The two ends of a conversation: what the kernel calls them, and who is there."""

from dataclasses import dataclass

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.record.credentials import Credentials
from sockscope.record.process import Holders


@dataclass(slots=True)
class Endpoints:
    """Ours and the peer's."""

    local: Endpoint = NOWHERE
    peer: Endpoint = NOWHERE
    listener_fd: int = -1  # of the listening socket that accepted it
    unconnected: bool = False  # of datagrams: connect was not called, so that each send names the peer
    credentials: Credentials | None = None  # who is at the other end of a UNIX socket
    peer_process: Holders | None = None  # who holds the peer's socket, if that is on this machine, once it was asked
