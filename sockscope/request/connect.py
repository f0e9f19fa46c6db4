"""What a person asks for who connects: everything that is decided before a socket is made.

The rule: a request is never shown as if it had happened; what came of it is in the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sockscope.net.address import Address, check_numeric, parse, parse_port
from sockscope.net.row import Row
from sockscope.net.socket_kind import SocketKind
from sockscope.request import socket_settings as sockets
from sockscope.request import tls_settings as tls
from sockscope.request.question import Question
from sockscope.request.setting import DATAGRAMS, Texts
from sockscope.request.tls import ClientTls, Least


@dataclass(frozen=True, slots=True)
class Connect:
    """How to open a client socket.

    With `rows` exactly those are tried and no resolver is asked. `connected` is for datagrams: whether connect(2)
    is called. `options` are written as `NAME=value`. `read_bytes` is what one receive may bring at the most, 0 for
    as much as there is room for. With `retry` a failure is tried again, later and later, until it is cancelled.
    With `look_before` each socket is asked what it is bound and connected to before connect(2).
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
    look_before: bool = False

    @classmethod
    def read(cls, target: Address, texts: Texts, rows: Sequence[Row] = ()) -> Connect:
        """Return a request of what was settled. Raise ValueError."""
        source = sockets.SOURCE.read(texts)
        return cls(
            target,
            family=sockets.CONNECT_FAMILY.read(texts),
            source=_source(source, target) if source else None,
            rows=rows,
            connected=sockets.CONNECTED.read(texts) or target.kind not in DATAGRAMS,
            options=sockets.CONNECT_OPTIONS.read(texts),
            interface=sockets.INTERFACE.read(texts),
            tls=read_tls(texts) if tls.TLS.read(texts) or target.kind == "tls" else None,
            read_bytes=sockets.READ_BYTES.read(texts),
            look_before=sockets.LOOK_BEFORE.read(texts),
        )

    @property
    def question(self) -> Question:
        """Return what getaddrinfo is asked for the address."""
        return Question(self.target.host, str(self.target.port), self.family, self.transport.type_word)

    @property
    def transport(self) -> SocketKind:
        """Return what is to carry the bytes."""
        return self.target.socket_kind

    @property
    def security(self) -> ClientTls | None:
        """Return what is asked of TLS; of a `tls://` address the usual."""
        return self.tls or (ClientTls() if self.target.kind == "tls" else None)


def read_tls(texts: Texts) -> ClientTls:
    """Return what was settled of TLS, whether it is spoken or not. Raise ValueError."""
    return ClientTls(
        verify=tls.VERIFY.read(texts),
        server_name=tls.SERVER_NAME.read(texts),
        alpn=tls.ALPN.read(texts),
        least=Least(tls.LEAST_VERSION.read(texts), tls.LEVEL.read(texts)),
        ca=tls.CLIENT_CA.read(texts),
        certificate=tls.OWN_CERTIFICATE.read(texts),
        key=tls.KEY.read(texts),
    )


def _source(text: str, target: Address) -> Address:
    """Read where to connect from: an address, `address:port`, `:port`, or a path for a UNIX socket."""
    if target.kind.startswith("unix"):
        return parse(text, kind=target.kind)
    host, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    check_numeric(host)
    return Address(host, parse_port(port, target.kind) if colon else 0, target.kind)
