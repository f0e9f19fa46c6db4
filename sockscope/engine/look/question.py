"""What is to be looked for: the failure, as data that a thread can have."""

import socket
from typing import NamedTuple

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.socket_kind import SocketKind


class Question(NamedTuple):
    """An error, the call that gave it, the address that it was about, and the kind of socket."""

    error: str
    call: str
    address: Endpoint
    transport: SocketKind
    source: Endpoint = NOWHERE  # what the socket was bound to

    @property
    def protocol(self) -> int:
        """The IPPROTO_ number; only of what has ports."""
        return socket.IPPROTO_TCP if self.transport.type == socket.SOCK_STREAM else socket.IPPROTO_UDP
