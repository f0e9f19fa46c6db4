"""As commands of socat.

The rules: of two addresses the first is the input and output of the command, or who listens; shut-none keeps our
direction open where we did not finish it. In an address a backslash stands before whatever means something to socat.
"""

import re
from collections.abc import Iterable

from sockscope.request.tls import ClientTls, ServerTls
from sockscope.show.copy_as.literals import command
from sockscope.show.copy_as.python import certificate
from sockscope.show.copy_as.script import CannotSay, Client, Option, Place, Server
from sockscope.show.copy_as.shell import QUIET_S, answering, piped, together, unsaid

_MEANS = re.compile(r"([\\'\"(){}\[\],:!$ ;|&])")
_LONGEST_S = 10
_OPTIONS = {
    "TCP_NODELAY": "nodelay",
    "SO_KEEPALIVE": "keepalive",
    "TCP_KEEPIDLE": "keepidle",
    "TCP_KEEPINTVL": "keepintvl",
    "TCP_KEEPCNT": "keepcnt",
    "SO_REUSEADDR": "reuseaddr",
    "SO_REUSEPORT": "reuseport",
    "SO_SNDBUF": "sndbuf",
    "SO_RCVBUF": "rcvbuf",
    "SO_BROADCAST": "broadcast",
    "IP_TTL": "ttl",
    "IPV6_V6ONLY": "ipv6-v6only",
    "IP_MULTICAST_LOOP": "ip-multicast-loop",
    "IP_MULTICAST_TTL": "ip-multicast-ttl",
}
_NO_ALPN = "Left out: the names of ALPN, which socat has no word for."


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    ends = [] if script.finishes or script.kind.keeps_boundaries else ["shut-none"]
    parts = [
        _reached(script),
        *_set(script.peer.options),
        *_bound(script),
        *(_of_client(script.tls) if script.tls else []),
        *ends,
    ]
    wait_s = _LONGEST_S if script.finishes else QUIET_S
    said = [*unsaid(script.options, _OPTIONS), *([_NO_ALPN] if script.tls and script.tls.alpn else [])]
    return piped(script, command("socat", "-b", "65536", "-t", str(wait_s), "-", ",".join(parts)), said)


def _reached(script: Client) -> str:
    place, datagrams = script.peer, script.kind.keeps_boundaries
    if place.family == "AF_UNIX":
        return f"{_local(place)}-{'SENDTO' if datagrams else 'CONNECT'}:{_path(place)}"
    kind = "OPENSSL" if script.tls else f"{'UDP' if datagrams else 'TCP'}{_version(place)}"
    return f"{kind}:{_host(place)}:{place.port}"


def _bound(script: Client) -> list[str]:
    place = script.source
    if place is None or (place.family == "AF_UNIX" and not place.path):
        return []
    if place.family == "AF_UNIX":
        return [f"bind={_path(place)}"]
    return [f"bind={_host(place)}", *([f"sourceport={place.port}"] if place.port else [])]


def _local(place: Place) -> str:
    return "ABSTRACT" if place.path.startswith("@") else "UNIX"


def _path(place: Place) -> str:
    return escaped(place.path.removeprefix("@") if place.path.startswith("@") else place.path)


def _version(place: Place) -> str:
    return "6" if place.family == "AF_INET6" else "4"


def _host(place: Place) -> str:
    return f"[{place.host}]" if ":" in place.host else place.host


def escaped(text: str) -> str:
    """Write a text so that it stands in an address of socat as it is."""
    return _MEANS.sub(r"\\\1", text)


def _set(options: Iterable[Option]) -> list[str]:
    return [f"{_OPTIONS[option.name]}={option.number}" for option in options if option.name in _OPTIONS]


def _of_client(tls: ClientTls) -> list[str]:
    name = escaped(tls.server_name)
    return [
        f"verify={int(tls.verify)}",
        *([f"cafile={escaped(tls.ca)}"] if tls.ca and tls.verify else []),
        *([f"commonname={name}", f"openssl-snihost={name}"] if name else []),
        *(_own(tls) if tls.certificate else []),
        "openssl-min-proto-version=TLS1.2",
    ]


def _own(tls: ClientTls | ServerTls) -> list[str]:
    return [f"cert={escaped(tls.certificate)}", f"key={escaped(tls.key or tls.certificate)}"]


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    datagrams = script.kind.keeps_boundaries
    if script.answers.kind in ("file", "time") and not datagrams:
        raise CannotSay("socat ends, and loses the answer, where what a client sends is not read: take Python")
    answer = f"SYSTEM:{escaped(answering(script.answers, 'socat', datagrams=datagrams))}"
    commands = [
        command("socat", "-b", "65536", "-t", str(_LONGEST_S), _listening(script, place), answer)
        for place in script.places
    ]
    options = [option for place in script.places for option in place.options]
    said = [*certificate(script), *unsaid(options, _OPTIONS), *([_NO_ALPN] if script.tls and script.tls.alpn else [])]
    return together(script, commands, said)


def _listening(script: Server, place: Place) -> str:
    streams = [f"backlog={script.backlog}", *(["max-children=1"] if script.one_at_a_time else [])]
    parts = [
        _listened(script, place),
        "fork",
        *([] if script.kind.keeps_boundaries else streams),
        *_set(place.options),
        *(_of_server(script.tls) if script.tls else []),
    ]
    return ",".join(parts)


def _listened(script: Server, place: Place) -> str:
    way = "RECVFROM" if script.kind.keeps_boundaries else "LISTEN"
    if place.family == "AF_UNIX":
        if script.tls:
            raise CannotSay("socat has no TLS over a UNIX socket")
        return f"{_local(place)}-{way}:{_path(place)}"
    bound = f"{place.port},bind={_host(place)}"
    if script.tls:
        return f"OPENSSL-LISTEN:{bound},pf=ip{_version(place)}"
    return f"{'UDP' if script.kind.keeps_boundaries else 'TCP'}{_version(place)}-{way}:{bound}"


def _of_server(tls: ServerTls) -> list[str]:
    own = _own(tls) if tls.certificate else ["cert=cert.pem", "key=key.pem"]
    wanted = ["verify=1", f"cafile={escaped(tls.ca)}"] if tls.client_certificate == "require" else ["verify=0"]
    if tls.client_certificate == "ask":
        raise CannotSay("socat asks clients for a certificate only where it requires one")
    return [*own, *wanted, "openssl-min-proto-version=TLS1.2"]
