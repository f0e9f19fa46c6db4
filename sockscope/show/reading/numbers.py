"""What selected bytes mean as numbers: of every size and byte order, floats, times, addresses, packets,
checksums.

The rules: big endian (be) as on the wire, little endian (le), and with the words of 16 bits turned round, the bytes
within them as on the wire (ws), as Modbus devices send two registers. What one cannot mean is left out: a time
outside 1990 to 2100 or of what is a likely float, floats that are likely in no order. What is rare (floats, times)
stands last, where it is cut first. Where there is room for that and for all the rest, what differs by the order
stands in a table.
"""

import ipaddress
import math
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sockscope.net.checksum import crc16_modbus, crc32, internet
from sockscope.show.layout import packed
from sockscope.show.reading.packets import packets
from sockscope.show.sanitizer import safe
from sockscope.show.units import plural

SUMMED = 64 * 1024
"""Of more bytes no checksums are made."""

_FLOATS = {2: "e", 4: "f", 8: "d"}
_TIMES = range(631_152_000, 4_102_444_800)  # 1990 to 2100, in seconds since 1970
_NTP = 2_208_988_800  # seconds from 1900 to 1970

_ORDERS = {"be": "big-endian", "le": "little-endian", "ws": "word-swapped"}


class Number(NamedTuple):
    """What it is, in which order where that matters (be, le, ws), and its value."""

    what: str
    order: str
    value: str

    @property
    def name(self) -> str:
        """What it is, in its order."""
        return f"{self.what} {self.order}".rstrip()


def numbers(data: bytes) -> Iterator[Number]:
    """Give what some bytes mean, the likeliest first; of sizes that no number has only their checksums."""
    if len(data) in (1, 2, 4, 8):
        yield from _whole(data)
    if len(data) == 1:
        yield Number("bits", "", f"{data[0]:08b}")
    yield from _addresses(data)
    if 1 < len(data) <= SUMMED:
        yield Number("Internet", "", f"{internet(data):04x}")
        yield Number("CRC-16/MODBUS", "", f"{crc16_modbus(data):04x}")
        yield Number("CRC-32", "", f"{crc32(data):08x}")
    if len(data) <= SUMMED and (found := packets(data)):
        yield Number("packets", "", safe(found))
    if len(data) in _FLOATS:
        yield from _floats(data)
        for order, ordered in _orders(data):
            if not _likely(_float(ordered)) and (text := _time(ordered)):
                yield Number("time", order, text)


def _floats(data: bytes) -> Iterator[Number]:
    """Give it as floats, in every order where one of them is likely."""
    found = [(order, _float(ordered)) for order, ordered in _orders(data)]
    digits = {2: 3, 4: 7, 8: 15}[len(data)]
    if any(_likely(value) for _, value in found):
        yield from (Number(f"f{8 * len(data)}", order, f"{value:.{digits}g}") for order, value in found)


def _float(ordered: bytes) -> float:
    return float(struct.unpack(f">{_FLOATS[len(ordered)]}", ordered)[0])


def _likely(value: float) -> bool:
    return value == 0 or (math.isfinite(value) and 1e-12 < abs(value) < 1e15)


def _whole(data: bytes) -> Iterator[Number]:
    """Give it as whole numbers; with a sign only where that makes a difference in one of the orders."""
    orders = _orders(data)
    for order, ordered in orders:
        yield Number(f"u{8 * len(data)}", order, f"{int.from_bytes(ordered):,}")
    for order, ordered in orders if any(ordered[0] & 0x80 for _, ordered in orders) else ():
        yield Number(f"i{8 * len(data)}", order, f"{int.from_bytes(ordered, signed=True):,}")


def _orders(data: bytes) -> list[tuple[str, bytes]]:
    """Return the bytes as they would stand in big endian, in each order that differs."""
    if len(data) == 1:
        return [("", data)]
    orders = [("be", data), ("le", data[::-1])]
    if len(data) in (4, 8):
        orders.append(("ws", b"".join(data[at : at + 2] for at in range(len(data) - 2, -1, -2))))
    seen: dict[bytes, str] = {}
    for order, ordered in orders:
        seen.setdefault(ordered, order)
    return [(order, ordered) for ordered, order in seen.items()]


def _time(ordered: bytes) -> str:
    """Write it as a time in UTC: seconds since 1970 or 1900 in 4 bytes; milliseconds or nanoseconds in 8, or NTP's."""
    number = int.from_bytes(ordered)
    if len(ordered) == 4:
        ways = [(number, 1, "%F %TZ"), (number - _NTP, 1, "%F %TZ (NTP)")]
    elif len(ordered) == 8:
        ways = [(number, 1, "%F %TZ"), (number, 10**3, "%F %TZ (milliseconds)")]
        ways.append((number, 10**9, "%F %TZ (nanoseconds)"))
        ways.append(((number >> 32) - _NTP, 1, "%F %TZ (NTP)"))
    else:
        return ""
    return next(
        (datetime.fromtimestamp(at // per, UTC).strftime(form) for at, per, form in ways if at // per in _TIMES), ""
    )


def _addresses(data: bytes) -> Iterator[Number]:
    if len(data) == 4:
        yield Number("IPv4", "", str(ipaddress.IPv4Address(data)))
    elif len(data) == 6:
        yield Number("MAC", "", data.hex(":"))
    elif len(data) == 16:
        yield Number("IPv6", "", str(ipaddress.IPv6Address(data)))


def told(data: bytes, size_bytes: int, where: str) -> list[str]:
    """Say how much is selected, where, and what it means, a thing each; `data` are the first of `size_bytes`."""
    said = [f"{plural(size_bytes, 'byte')} {where}"]
    if size_bytes > SUMMED:
        said.append(f"no checksums of over {SUMMED // 1024} KiB")
    elif len(data) == size_bytes:
        said += [f"{number.name} {number.value}" for number in numbers(data)]
    return said


def in_lines(data: bytes, size_bytes: int, where: str, room: int, lines: int) -> list[str]:
    """Say the same in lines of `room` cells, what differs by the order in a table where there is room for that."""
    every = list(numbers(data)) if len(data) == size_bytes else []
    ordered = [number for number in every if number.order]
    table = _table(ordered, room)
    if not table:
        return packed(told(data, size_bytes, where), room, lines)
    rest = [f"{number.name} {number.value}" for number in every if not number.order]
    words = packed([f"{plural(size_bytes, 'byte')} {where}", *rest], room, lines)
    if len(words) + len(table) > lines:
        return packed(told(data, size_bytes, where), room, lines)
    return [*words, *table]


def _table(ordered: Sequence[Number], room: int) -> list[str]:
    """Set numbers in rows by what they are and in columns by their order; nothing where that is no table, or too wide.

    Where it would be too wide otherwise, the digits stand without commas.
    """
    orders = [order for order in _ORDERS if any(number.order == order for number in ordered)]
    if len(orders) < 2:
        return []
    rows: dict[str, dict[str, str]] = {}
    for what, order, value in ordered:
        rows.setdefault(what, {})[order] = value
    for comma in (",", ""):
        table = [["", *(_ORDERS[order] for order in orders)]]
        table += [[what, *(row.get(order, "–").replace(",", comma) for order in orders)] for what, row in rows.items()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= room:
            break
    else:
        return []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
