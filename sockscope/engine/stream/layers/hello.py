"""What both sides said in the first messages of a TLS handshake, read from its records (RFC 8446, 4.1; RFC 5246, 7.4).

The rules: only what goes in the clear is read: the ClientHello and the ServerHello. A length is believed only as far
as there are bytes; what is cut off or odd is left out, and nothing here raises.
"""

import ssl
import struct
from collections.abc import Iterator
from functools import cache

from sockscope.record.finding import Hello

FIRST_BYTES = 4096
"""What is kept of each direction for this; a ClientHello has a few hundred bytes, with large key shares 2,000."""

_HANDSHAKE = 22
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SERVER_NAME, _GROUPS, _ALPN, _VERSIONS, _KEY_SHARE = 0, 10, 16, 43, 51  # extensions
_RANDOM_BYTES = 32
_NAMES = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
_GROUP_NAMES = {
    23: "P-256",
    24: "P-384",
    25: "P-521",
    29: "X25519",
    30: "X448",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    259: "ffdhe6144",
    260: "ffdhe8192",
    4588: "X25519MLKEM768",
}


class _Reader:
    """Takes pieces from the front of some bytes; raises ValueError where there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __bool__(self) -> bool:
        return bool(self._data)

    def take(self, size: int) -> bytes:
        """Take so many bytes."""
        if size > len(self._data):
            raise ValueError("cut off")
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def number(self, size: int) -> int:
        """Take a number of so many bytes."""
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """Take what has its length in `size` bytes before it."""
        return self.take(self.number(size))


def read_hello(records: bytes) -> Hello | None:
    """Read the first message of one side; None where it is no hello, or not whole."""
    message = _Reader(b"".join(_fragments(records)))
    try:
        kind, body = message.number(1), _Reader(message.vector(3))
        if kind == _CLIENT_HELLO:
            return _client(body)
        return _server(body) if kind == _SERVER_HELLO else None
    except ValueError:
        return None


def _fragments(records: bytes) -> Iterator[bytes]:
    """Give what the records of the handshake carry, as long as no other kind comes."""
    at = 0
    while at + 5 <= len(records) and records[at] == _HANDSHAKE:
        size = int.from_bytes(records[at + 3 : at + 5])
        yield records[at + 5 : at + 5 + size]
        at += 5 + size


def _client(body: _Reader) -> Hello:
    version = body.number(2)
    body.take(_RANDOM_BYTES)
    body.vector(1)
    ciphers = _numbers(body.vector(2))
    body.vector(1)
    told = _extensions(body)
    versions = _numbers(told[_VERSIONS][1:]) if told.get(_VERSIONS) else [version]
    return Hello(
        tuple(_NAMES[one] for one in versions if one in _NAMES),
        tuple(_cipher(one) for one in ciphers if not _is_grease(one)),
        tuple(_group(one) for one in _numbers(told.get(_GROUPS, b"")[2:]) if not _is_grease(one)),
        _alpn(told.get(_ALPN, b"")),
        told.get(_SERVER_NAME, b"")[5:].decode("ascii", "backslashreplace"),
    )


def _server(body: _Reader) -> Hello:
    version = body.number(2)
    body.take(_RANDOM_BYTES)
    body.vector(1)
    cipher = body.number(2)
    body.take(1)
    told = _extensions(body)
    if len(chosen := told.get(_VERSIONS, b"")) == 2:
        version = int.from_bytes(chosen)
    share = told.get(_KEY_SHARE, b"")
    groups = (_group(int.from_bytes(share[:2])),) if share else ()
    return Hello(
        (_NAMES.get(version, hex(version)),), (_cipher(cipher),), groups, _alpn(told.get(_ALPN, b"")), answer=True
    )


def _extensions(body: _Reader) -> dict[int, bytes]:
    told: dict[int, bytes] = {}
    every = _Reader(body.vector(2) if body else b"")
    while every:
        kind = every.number(2)
        told[kind] = every.vector(2)
    return told


def _numbers(data: bytes) -> list[int]:
    return [number for (number,) in struct.iter_unpack(">H", data[: len(data) // 2 * 2])]


def _alpn(data: bytes) -> tuple[str, ...]:
    names, every = [], _Reader(data[2:])
    while every:
        names.append(every.vector(1).decode("utf-8", "backslashreplace"))
    return tuple(names)


def _is_grease(number: int) -> bool:
    """Whether it is one of those that mean nothing (RFC 8701), or a signal that is no suite (RFC 5746, 7507)."""
    return (number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF) or number in (0x00FF, 0x5600)


def _group(number: int) -> str:
    return _GROUP_NAMES.get(number, hex(number))


def _cipher(number: int) -> str:
    return _ciphers().get(number, f"0x{number:04x}")


@cache
def _ciphers() -> dict[int, str]:
    """Return the names that this OpenSSL has for the suites that it knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {int(one["id"]) & 0xFFFF: str(one["name"]) for one in context.get_ciphers()}
