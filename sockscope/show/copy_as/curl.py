"""As a command of curl: one request of HTTP, or whatever else its gopher can send.

The rules: it is offered only where exactly the bytes that were sent come out. A request has its Host first, then its
other fields in their order, which -H keeps; what curl adds by itself is taken away. Gopher sends any bytes but NUL that
end with CRLF.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from sockscope.request.tls import ClientTls
from sockscope.show.copy_as.literals import command, printf
from sockscope.show.copy_as.script import CannotSay, Client, Place
from sockscope.show.copy_as.shell import head, local_path, unsaid

_CANNOT = "curl sends a request of HTTP, or what ends with CRLF and holds no NUL; this is neither"
_REQUEST = re.compile(rb"([A-Z]+) ([!-~]+) HTTP/1\.([01])\r\n((?:[!-9;-~]+:[ -~]*\r\n)*)\r\n", re.DOTALL)
_NO_END = "Left out: our end of stream before the end, which curl has no word for."
_ALPN = {(): ["--no-alpn"], ("http/1.1",): []}
_USUAL = ("User-Agent", "Accept")
"""The fields that curl adds to a request of its own."""


class Request(NamedTuple):
    """A request that curl can write."""

    method: str
    target: str
    version: str
    fields: tuple[str, ...]
    body: bytes


def read_request(data: bytes) -> Request | None:
    """Read exactly one request with its body; None where curl would write something else."""
    found = _REQUEST.match(data)
    if not found:
        return None
    method, target, version, rest = (part.decode("ascii") for part in found.groups())
    fields, body = rest.split("\r\n")[:-1], data[found.end() :]
    names = [field.partition(":")[0].lower() for field in fields]
    values = [field.partition(":")[2] for field in fields]
    lengths = [value.strip() for name, value in zip(names, values, strict=True) if name == _LENGTH]
    fitting = lengths == [str(len(body))] if body else lengths in ([], ["0"])
    plain = _CHUNKED not in names and "host" not in names[1:] and fields[:1] != ["Host:"]
    kept = all(value == value.rstrip() for value in values)  # curl takes spaces at the end away
    return Request(method, target, f"1.{version}", tuple(fields), body) if fitting and plain and kept else None


_LENGTH, _CHUNKED = "content-length", "transfer-encoding"


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    if script.kind.keeps_boundaries:
        raise CannotSay("curl sends no datagrams of one's own")
    data = b"".join(send.data for send in script.sends)
    tls = script.tls
    request = read_request(data) if tls is None or tls.alpn in _ALPN else None
    common = [
        "curl",
        "-q",
        "-g",
        "-sS",
        "-N",
        "--noproxy",
        "*",
        *_there(script.peer),
        *_source(script.source),
        *_tls(tls),
    ]
    said = [*script.about, *([_NO_END] if script.finishes else []), *unsaid(script.options, ("SO_REUSEADDR",))]
    if request:
        words, before = _http(request, tls)
        url = f"http{'s' if tls else ''}://{_host(script)}/"
        return "\n".join([*head(said), before + command(*common, *words, url)]) + "\n"
    if not data.endswith(b"\r\n") or b"\0" in data or (tls and tls.alpn):
        raise CannotSay(_CANNOT)
    selector = quote_from_bytes(data.removesuffix(b"\r\n"), safe="")
    url = f"gopher{'s' if tls else ''}://{_host(script)}/_{selector}"
    return "\n".join([*head(said), command(*common, url)]) + "\n"


def _http(request: Request, tls: ClientTls | None) -> tuple[list[str], str]:
    """Return the words for a request, and what is printed into the command before."""
    names = {field.partition(":")[0].lower() for field in request.fields}
    taken_away = [
        name for name in ("Host", *_USUAL, *(["Content-Type"] if request.body else [])) if name.lower() not in names
    ]
    method = ["-I"] if request.method == "HEAD" else ["-X", request.method]
    words = [
        f"--http{request.version}",
        *(_ALPN[tls.alpn] if tls else []),
        *method,
        *("--request-target", request.target),
        *(word for field in request.fields for word in ("-H", _field(field))),
        *(word for name in taken_away for word in ("-H", f"{name}:")),
    ]
    if request.body:
        return [*words, "--data-binary", "@-"], f"{printf(request.body)} | "
    return words, ""


def _field(field: str) -> str:
    """Write a field; one without a value ends with a semicolon, as the colon alone takes it away."""
    return f"{field[:-1]};" if field.endswith(":") else field


def _host(script: Client) -> str:
    """Return the host and port of the URL: with TLS its host is what is sent and verified."""
    place, name = script.peer, script.tls.server_name if script.tls else ""
    host = name or place.host or "localhost"
    return f"[{host}]:{place.port}" if ":" in host else f"{host}:{place.port}" if place.port else host


def _there(place: Place) -> Sequence[str]:
    """Lead every name to the address that was connected to."""
    if place.family != "AF_UNIX":
        return ["--connect-to", f"::{f'[{place.host}]' if ':' in place.host else place.host}:{place.port}"]
    if place.path.startswith("@"):
        return ["--abstract-unix-socket", place.path[1:]]
    return ["--unix-socket", local_path(place, "curl")]


def _source(place: Place | None) -> list[str]:
    if place is None or place.family == "AF_UNIX":
        return []
    return ["--interface", f"host!{place.host}", *(["--local-port", str(place.port)] if place.port else [])]


def _tls(tls: ClientTls | None) -> list[str]:
    if tls is None:
        return []
    return [
        *([] if tls.verify else ["-k"]),
        *(["--cacert", tls.ca] if tls.ca and tls.verify else []),
        *(["--cert", tls.certificate, "--key", tls.key or tls.certificate] if tls.certificate else []),
        "--tlsv1.2",
    ]
