"""What a person asks for who listens: where, what is done with who comes, and what clients are answered.

The rule: a request is never shown as if it had happened; what came of it is in the records.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sockscope.net.address import Address, AddressError, parse
from sockscope.net.socket_kind import SocketKind
from sockscope.request import listen_settings as listening
from sockscope.request import socket_settings as sockets
from sockscope.request import tls_settings as tls
from sockscope.request.answers import SILENCE, Answers
from sockscope.request.connect import Connect
from sockscope.request.payload import encoded, reply_parts, text_bytes
from sockscope.request.question import Question
from sockscope.request.setting import Texts
from sockscope.request.tls import ClientTls, Least, ServerTls

RELAY_IDLE_S = 120.0
"""After how long a silent peer's leg is closed where datagrams are relayed, which have no end of their own."""


@dataclass(frozen=True, slots=True)
class Listen:
    """How to listen, and what to do with who comes.

    No host means loopback, `*` all addresses; the family `dual` is one IPv6 socket that takes IPv4 too. With `relay`
    everything is passed on to there, and `answers` are not given. `groups` are multicast groups to join, as
    `group%interface`. `idle_s` is after how many silent seconds a client is closed, 0 for never. `remove_stale` is
    whether a path that somebody left behind is removed.
    """

    target: Address
    family: str = "any"
    backlog: int = sockets.BACKLOG
    options: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tls: ServerTls | None = None
    answers: Answers = SILENCE
    keep_half_open: bool = False
    accepting: bool = True
    one_at_a_time: bool = False
    idle_s: float = 0.0
    relay: Connect | None = None
    read_bytes: int = 0
    remove_stale: bool = False

    @classmethod
    def read(cls, target: Address, texts: Texts) -> Listen:
        """Return a request of what was settled. Raise ValueError."""
        relay = listening.RELAY.read(texts)
        return cls(
            target,
            family=sockets.LISTEN_FAMILY.read(texts),
            backlog=sockets.BACKLOGGED.read(texts),
            options=sockets.LISTEN_OPTIONS.read(texts),
            groups=sockets.GROUPS.read(texts),
            tls=_tls(texts) if tls.TLS.read(texts) or target.kind == "tls" else None,
            answers=read_answers(texts),
            keep_half_open=listening.AT_EOF.read(texts),
            accepting=listening.ACCEPTING.read(texts),
            one_at_a_time=listening.CLIENTS.read(texts),
            idle_s=listening.IDLE.read(texts),
            relay=_relay(relay) if relay else None,
            read_bytes=sockets.READ_BYTES.read(texts),
        )

    @property
    def question(self) -> Question:
        """Return what getaddrinfo is asked for the address: a socket for IPv6 takes IPv4 too where that is wanted."""
        everywhere = self.target.host == "*"
        host, family = "" if everywhere else self.target.host, "IPv6" if self.family == "dual" else self.family
        flags = frozenset({"PASSIVE"} if everywhere else ())
        return Question(host, str(self.target.port), family, self.transport.type_word, flags=flags)

    @property
    def transport(self) -> SocketKind:
        """Return what is to carry the bytes."""
        return self.target.socket_kind

    @property
    def security(self) -> ServerTls | None:
        """Return what is asked of TLS; of a `tls://` address the usual."""
        return self.tls or (ServerTls() if self.target.kind == "tls" else None)


def read_answers(texts: Texts) -> Answers:
    """Return what clients are to be answered. Raise ValueError."""
    kind, reply, file = (one.read(texts) for one in (listening.ANSWER, listening.REPLY, listening.FILE))
    if kind == "canned" and not reply:
        raise ValueError("a canned answer needs a reply (--reply, or in the options: ctrl+o)")
    when, pattern = listening.REPLY_ON.read(texts), listening.PATTERN.read(texts)
    return Answers(
        kind,
        reply=reply_parts(reply),
        when=when,
        pattern=text_bytes(pattern) if when == "text" else encoded(pattern),
        file=Path(file) if file else None,
    )


def _tls(texts: Texts) -> ServerTls:
    return ServerTls(
        certificate=tls.SERVER_CERTIFICATE.read(texts),
        key=tls.KEY.read(texts),
        alpn=tls.ALPN.read(texts),
        least=Least(tls.LEAST_VERSION.read(texts), tls.LEVEL.read(texts)),
        client_certificate=tls.CLIENT_CERTIFICATE.read(texts),
        ca=tls.CLIENTS_CA.read(texts),
    )


def _relay(text: str) -> Connect:
    """Read a target, behind which the word `unverified` may stand for TLS that does not verify."""
    address, _, word = text.partition(" unverified")
    if word:
        raise AddressError("behind the relay's target only the word unverified may stand")
    target = parse(address)
    unverified = address != text
    if unverified and target.kind != "tls":
        raise AddressError("unverified is a word for a target with TLS: tls://host:port unverified")
    return Connect(target, tls=ClientTls(verify=False) if unverified else None)
