"""What a person wishes for in words, made into a plan: the same for the sheets on the screen and the command line.

The rule: every wish has a default that means "as usual", so that what was not asked for is not decided here. What
cannot be read is refused with one line (ValueError), before any socket is made.
"""

from collections.abc import Mapping
from pathlib import Path

from sockscope.net.address import Address, AddressError, check_numeric, parse, parse_port
from sockscope.net.answer import Recipe
from sockscope.net.plan import BACKLOG, ConnectPlan, ListenPlan
from sockscope.net.responder import make
from sockscope.net.tls import ClientTls, ServerTls
from sockscope.show.payload import reply_parts, text_bytes

Wishes = Mapping[str, str]

NOTHING: Wishes = {}

YES, NO = "yes", "no"

CONNECT: Wishes = {
    "family": "any",
    "source": "",
    "connected": YES,
    "options": "",
    "interface": "",
    "read_bytes": "",
    "tls": NO,
    "verify": YES,
    "server_name": "",
    "alpn": "",
    "ca": "",
    "certificate": "",
    "key": "",
}
"""What can be wished for a client socket, and what is usual."""

LISTEN: Wishes = {
    "family": "any",
    "answer": "none",
    "reply": "",
    "reply_on": "arrival",
    "pattern": "",
    "file": "",
    "at_eof": "close",
    "accepting": YES,
    "clients": "all at once",
    "idle": "",
    "backlog": str(BACKLOG),
    "options": "",
    "groups": "",
    "read_bytes": "",
    "relay": "",
    "tls": NO,
    "certificate": "",
    "key": "",
    "alpn": "",
    "client_certificate": "no",
    "ca": "",
}
"""What can be wished for a listener, and what is usual."""

_LONGEST_IDLE_S = 86_400
_WRITTEN = {
    "connected": "connect()",
    "source": "from",
    "tls": "TLS:",
    "accepting": "accept:",
    "verify": "verify:",
    "alpn": "ALPN",
    "ca": "CA",
}


def unusual(wishes: Wishes, usual: Wishes) -> str:
    """Write the wishes that differ from the usual, as `name value`."""
    differing = {name: value for name, value in wishes.items() if value != usual.get(name, value)}
    return " · ".join(f"{_WRITTEN.get(name, name.replace('_', ' '))} {value}" for name, value in differing.items())


def connect_plan(target: Address, wishes: Wishes) -> ConnectPlan:
    """Make a plan to connect. Raises ValueError."""
    wished = {**CONNECT, **wishes}
    datagrams = target.kind in ("udp", "unixgram")
    return ConnectPlan(
        target,
        family=wished["family"],
        source=_source(wished["source"], target) if wished["source"] else None,
        connected=wished["connected"] == YES or not datagrams,
        options=_words(wished["options"]),
        interface=wished["interface"],
        read_bytes=_number(wished["read_bytes"], "the receive size", 1, 2**30),
        tls=_client_tls(wished) if wished["tls"] == YES or target.kind == "tls" else None,
    )


def listen_plan(target: Address, wishes: Wishes) -> ListenPlan:
    """Make a plan to listen. Raises ValueError."""
    wished = {**LISTEN, **wishes}
    return ListenPlan(
        target,
        family=wished["family"],
        backlog=_number(wished["backlog"], "the backlog", 0, 2**31 - 1) if wished["backlog"] else BACKLOG,
        options=_words(wished["options"]),
        groups=_words(wished["groups"]),
        tls=_server_tls(wished) if wished["tls"] == YES or target.kind == "tls" else None,
        answer=wished["answer"],
        recipe=recipe(wished),
        keep_half_open=wished["at_eof"] == "keep",
        accepting=wished["accepting"] == YES,
        one_at_a_time=wished["clients"] == "one at a time",
        idle_s=_seconds(wished["idle"]),
        relay=_relay(wished["relay"]) if wished["relay"] else None,
        read_bytes=_number(wished["read_bytes"], "the receive size", 1, 2**30),
    )


def recipe(wishes: Wishes) -> Recipe:
    """Make what answers the clients. Raises ValueError."""
    wished = {**LISTEN, **wishes}
    if wished["answer"] == "canned" and not wished["reply"]:
        raise ValueError("a canned answer needs a reply (--reply, or in the options: ctrl+o)")
    pattern: bytes | str = wished["pattern"]
    if wished["reply_on"] == "text":
        pattern = text_bytes(wished["pattern"])
    file = Path(_path(wished["file"])) if wished["file"] else None
    return make(wished["answer"], reply=reply_parts(wished["reply"]), on=wished["reply_on"], pattern=pattern, path=file)


def _client_tls(wished: Wishes) -> ClientTls:
    return ClientTls(
        verify=wished["verify"] == YES,
        server_name=wished["server_name"],
        alpn=_words(wished["alpn"]),
        ca=_path(wished["ca"]),
        certificate=_path(wished["certificate"]),
        key=_path(wished["key"]),
    )


def _server_tls(wished: Wishes) -> ServerTls:
    return ServerTls(
        certificate=_path(wished["certificate"]),
        key=_path(wished["key"]),
        alpn=_words(wished["alpn"]),
        client_certificate=wished["client_certificate"],
        ca=_path(wished["ca"]),
    )


def _relay(text: str) -> ConnectPlan:
    """Read a target, behind which the word `unverified` may stand for TLS that does not verify."""
    address, _, word = text.partition(" unverified")
    if word:
        raise AddressError("behind the relay's target only the word unverified may stand")
    target = parse(address)
    unverified = address != text
    if unverified and target.kind != "tls":
        raise AddressError("unverified is a word for a target with TLS: tls://host:port unverified")
    return ConnectPlan(target, tls=ClientTls(verify=False) if unverified else None)


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


def _path(text: str) -> str:
    """Read a path, in which ~ is the home of a user."""
    try:
        return str(Path(text).expanduser()) if text else ""
    except RuntimeError:
        raise ValueError("that is no path: its user does not exist") from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _number(text: str, what: str, least: int, most: int) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 12 or not least <= int(text) <= most:
        raise ValueError(f"{what} is a number from {least:,} to {most:,}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text or "0")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_IDLE_S:
        raise ValueError(f"the idle time is a number of seconds, at most {_LONGEST_IDLE_S:,}")
    return seconds
