"""What a person asks for: everything that is decided before a socket is made.

The rule: a plan is never shown as if it had happened; what came of it is in the records.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sockscope.net.address import Address
from sockscope.net.answer import Recipe
from sockscope.net.resolve.row import Row
from sockscope.net.responder import make
from sockscope.net.tls import ClientTls, ServerTls
from sockscope.net.transport import Transport, transport

BACKLOG = 4096
"""What listen(2) is asked for where nobody says otherwise; the kernel caps it at net.core.somaxconn."""


RELAY_IDLE_S = 120.0
"""After how long a silent peer's leg is closed where datagrams are relayed, which have no end of their own."""

_SILENT = make("none")


@dataclass(frozen=True, slots=True)
class ConnectPlan:
    """How to open a client socket.

    With `rows` exactly those are tried and no resolver is asked. `connected` is for datagrams: whether connect(2)
    is called. `options` are written as `NAME=value`. `read_bytes` is what one receive may bring at the most, 0 for
    as much as there is room for. With `retry` a failure is tried again, later and later, until it is cancelled.
    """

    target: Address
    family: str = "any"
    source: Address | None = None
    rows: Sequence[Row] = ()
    connected: bool = True
    options: tuple[str, ...] = ()
    interface: str = ""
    tls: ClientTls | None = None
    read_bytes: int = 0
    retry: bool = False

    @property
    def transport(self) -> Transport:
        """What is to carry the bytes."""
        return transport(self.target.kind)

    @property
    def security(self) -> ClientTls | None:
        """What is asked of TLS; of a `tls://` address the usual."""
        return self.tls or (ClientTls() if self.target.kind == "tls" else None)


@dataclass(frozen=True, slots=True)
class ListenPlan:
    """How to listen, and what to do with who comes.

    No host means loopback, `*` all addresses; the family `dual` is one IPv6 socket that takes IPv4 too. `recipe`
    makes what answers each client, and `answer` is its name; with `relay` everything is passed on to there instead.
    `groups` are multicast groups to join, as `group%interface`. `idle_s` is after how many silent seconds a client
    is closed, 0 for never.
    """

    target: Address
    family: str = "any"
    backlog: int = BACKLOG
    options: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tls: ServerTls | None = None
    answer: str = "none"
    recipe: Recipe = _SILENT
    keep_half_open: bool = False
    accepting: bool = True
    one_at_a_time: bool = False
    idle_s: float = 0.0
    relay: ConnectPlan | None = None
    read_bytes: int = 0
    remove_stale: bool = False

    @property
    def transport(self) -> Transport:
        """What is to carry the bytes."""
        return transport(self.target.kind)

    @property
    def security(self) -> ServerTls | None:
        """What is asked of TLS; of a `tls://` address the usual."""
        return self.tls or (ServerTls() if self.target.kind == "tls" else None)
