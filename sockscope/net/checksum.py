"""Checksums as protocols carry them, each as the number that is written there.

The rule: pure functions of bytes; in which order the bytes of a number stand on the wire is the protocol's to say.
"""

import binascii

_ONES = 0xFFFF
_MODBUS = 0xA001  # x¹⁶ + x¹⁵ + x² + 1, its bits turned round


def internet(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071), 16 bits; an odd byte at the end counts as if a zero stood behind it."""
    number = int.from_bytes(data + b"\0" if len(data) % 2 else data, "big")
    total = number % _ONES or (_ONES if number else 0)  # a sum in ones' complement is a remainder that is never +0
    return total ^ _ONES


def crc16_modbus(data: bytes) -> int:
    """Return CRC-16/MODBUS, 16 bits; on the wire its low byte stands first."""
    crc = _ONES
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def crc32(data: bytes) -> int:
    """Return CRC-32/ISO-HDLC, 32 bits: of Ethernet, gzip and PNG."""
    return binascii.crc32(data)


def _shifted(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (_MODBUS if crc & 1 else 0)
    return crc


_TABLE = tuple(map(_shifted, range(256)))
