"""What selected bytes mean as numbers: of every size and byte order, floats, times, addresses, checksums.

The rules: big endian (be) as on the wire, little endian (le), and with the words of 16 bits turned round, the bytes
within them as on the wire (ws), as Modbus devices send two registers. What one cannot mean is left out: a time
outside 1990 to 2100, a float that is none.
"""

import ipaddress
import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime

from sockscope.net.checksum import crc16_modbus, crc32, internet
from sockscope.show.units import plural

SUMMED = 64 * 1024
"""Of more bytes no checksums are made."""

_FLOATS = {2: "e", 4: "f", 8: "d"}
_TIMES = range(631_152_000, 4_102_444_800)  # 1990 to 2100, in seconds since 1970
_NTP = 2_208_988_800  # seconds from 1900 to 1970

Number = tuple[str, str]
"""What it is, and its value."""


def numbers(data: bytes) -> Iterator[Number]:
    """Give what some bytes mean, the likeliest first; of sizes that no number has only their checksums."""
    if len(data) in (1, 2, 4, 8):
        yield from _whole(data)
    if len(data) == 1:
        yield "bits", f"{data[0]:08b}"
    if len(data) in _FLOATS:
        for what, read in ((f"f{8 * len(data)}", _float), ("time", _time)):
            yield from ((what + order, text) for order, ordered in _orders(data) if (text := read(ordered)))
    yield from _addresses(data)
    if 1 < len(data) <= SUMMED:
        yield "Internet", f"{internet(data):04x}"
        yield "CRC-16/MODBUS", f"{crc16_modbus(data):04x}"
        yield "CRC-32", f"{crc32(data):08x}"


def _whole(data: bytes) -> Iterator[Number]:
    """Give it as whole numbers; with a sign only where that makes a difference."""
    for order, ordered in _orders(data):
        yield f"u{8 * len(data)}{order}", f"{int.from_bytes(ordered):,}"
    for order, ordered in _orders(data):
        if ordered[0] & 0x80:
            yield f"i{8 * len(data)}{order}", f"{int.from_bytes(ordered, signed=True):,}"


def _orders(data: bytes) -> list[tuple[str, bytes]]:
    """Return the bytes as they would stand in big endian, in each order that differs."""
    if len(data) == 1:
        return [("", data)]
    orders = [(" be", data), (" le", data[::-1])]
    if len(data) in (4, 8):
        orders.append((" ws", b"".join(data[at : at + 2] for at in range(len(data) - 2, -1, -2))))
    seen: dict[bytes, str] = {}
    for order, ordered in orders:
        seen.setdefault(ordered, order)
    return [(order, ordered) for ordered, order in seen.items()]


def _float(ordered: bytes) -> str:
    (value,) = struct.unpack(f">{_FLOATS[len(ordered)]}", ordered)
    plausible = value == 0 or (math.isfinite(value) and 1e-12 < abs(value) < 1e15)
    return f"{value:.{3 if len(ordered) == 2 else 7 if len(ordered) == 4 else 15}g}" if plausible else ""


def _time(ordered: bytes) -> str:
    """Write it as a time in UTC: seconds since 1970 or 1900 in 4 bytes; milliseconds or nanoseconds in 8, or NTP's."""
    number = int.from_bytes(ordered)
    if len(ordered) == 4:
        ways = [(number, 1, "%F %TZ"), (number - _NTP, 1, "%F %TZ NTP")]
    elif len(ordered) == 8:
        ways = [(number, 1, "%F %TZ"), (number, 10**3, "%F %TZ ms"), (number, 10**9, "%F %TZ ns")]
        ways.append(((number >> 32) - _NTP, 1, "%F %TZ NTP"))
    else:
        return ""
    return next(
        (datetime.fromtimestamp(at // per, UTC).strftime(form) for at, per, form in ways if at // per in _TIMES), ""
    )


def _addresses(data: bytes) -> Iterator[Number]:
    if len(data) == 4:
        yield "IPv4", str(ipaddress.IPv4Address(data))
    elif len(data) == 6:
        yield "MAC", data.hex(":")
    elif len(data) == 16:
        yield "IPv6", str(ipaddress.IPv6Address(data))


def told(data: bytes, size_bytes: int, where: str) -> list[str]:
    """Say how much is selected, where, and what it means, a thing each; `data` are the first of `size_bytes`."""
    said = [f"{plural(size_bytes, 'byte')} {where}"]
    if size_bytes > SUMMED:
        said.append(f"no checksums of over {SUMMED // 1024} KiB")
    elif len(data) == size_bytes:
        said += [f"{what} {value}" for what, value in numbers(data)]
    return said
