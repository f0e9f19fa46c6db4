"""As commands of netcat-openbsd (nc).

The rules: -N finishes sending where we did; else -w ends it once nothing comes any more. TLS it has none.
"""

from sockscope.show.copy_as.literals import command
from sockscope.show.copy_as.script import CannotSay, Client, Place, Server
from sockscope.show.copy_as.shell import ENDS_EARLY, QUIET_S, answering, local_path, piped, together, unsaid, version

_NO_TLS = "nc has no TLS: take ncat, socat or openssl"
_SAID = ("SO_BROADCAST", "SO_RCVBUF", "SO_SNDBUF", "IP_TTL", "SO_REUSEADDR")
"""The options that it has words for; a port is always reused."""

_ONE = "nc takes one client at a time, and resets another one that waits meanwhile."
_FLAGS = {"SO_RCVBUF": "-I", "SO_SNDBUF": "-O", "IP_TTL": "-M"}


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    if script.tls:
        raise CannotSay(_NO_TLS)
    datagrams = script.kind.keeps_boundaries
    words = ["nc", *version(script.peer), *(["-u"] if datagrams else [])]
    words += ["-N"] if script.finishes else ["-w", str(QUIET_S)]
    words += [word for option in script.peer.options for word in _option(option.name, option.number)]
    if script.source and (script.source.path or script.kind.has_ports):
        words += _source(script.source)
    words += _where(script.peer)
    return piped(script, command(*words), unsaid(script.options, _SAID))


def _option(name: str, value: int) -> list[str]:
    if name == "SO_BROADCAST":
        return ["-b"] if value else []
    return [_FLAGS[name], str(value)] if name in _FLAGS else []


def _source(place: Place) -> list[str]:
    if place.family == "AF_UNIX":
        return ["-s", local_path(place, "nc")]
    return ["-s", place.host, *(["-p", str(place.port)] if place.port else [])]


def _where(place: Place) -> list[str]:
    """Return where to connect to or to listen at."""
    if place.family == "AF_UNIX":
        return ["-U", local_path(place, "nc")]
    return ["-n", place.host, str(place.port)]


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    if script.tls:
        raise CannotSay(_NO_TLS)
    if script.kind.keeps_boundaries:
        raise CannotSay("nc answers only the first peer that sends datagrams: take socat or Python")
    options = [option for place in script.places for option in place.options]
    said = [*unsaid(options, (*_SAID, "IPV6_V6ONLY")), ENDS_EARLY.format("nc"), _ONE]
    return together(script, [_served(script, place, n) for n, place in enumerate(script.places)], said)


def _served(script: Server, place: Place, number: int) -> str:
    """Write a loop that takes one client after the other."""
    options = [word for option in place.options for word in _option(option.name, option.number)]
    finishes = ["-N"] if script.answers.kind in ("file", "time") else []
    listening = command("nc", *version(place), *finishes, *options, "-l", *_where(place))
    if script.answers.kind == "none":
        return f"while {listening} </dev/null; do :; done"
    if script.answers.kind == "echo":
        pipe = f"pipe{number}"
        return f'{pipe}=$(mktemp -u) && mkfifo "${pipe}" && while {listening} <"${pipe}" | cat >"${pipe}"; do :; done'
    answer = answering(script.answers, "nc").removesuffix("; cat >/dev/null")
    return f"while {{ {answer}; }} | {listening} >/dev/null; do :; done"
