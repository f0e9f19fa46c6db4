"""Packets that stand behind their lengths, as word servers and many protocols of one's own send them.

The rule: bytes are told as packets only where lengths of one size and order lead exactly to their end, one behind the
other, and say what would hardly be so by chance: two packets, or the text of one.
"""

PREFIXES = ((2, "big"), (4, "big"), (2, "little"), (4, "little"), (1, "big"))
"""How long a length is in bytes, and its order; the likeliest first."""

SHOWN = 12
"""Of more packets, the first ones."""


def packets(data: bytes) -> str:
    """Say in a few words which packets stand there; empty where none do. Text is given as it is, and may be foreign."""
    for size, order in PREFIXES:
        found = _chain(data, size, order)
        texts = [_text(packet) for packet in found]
        if len(found) > 1 or (found and size > 1 and texts[0]):
            shown = [text or f"{len(packet)} B" for text, packet in zip(texts, found, strict=True)]
            more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
            written = "" if size == 1 else f" {order}-endian"
            return f"behind lengths of {size} B{written}: {', '.join(shown[:SHOWN])}{more}"
    return ""


def _chain(data: bytes, size: int, order: str) -> list[bytes]:
    """Follow the lengths; nothing where one is 0, or leads beyond the end."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + size], "big" if order == "big" else "little")
        at += size + length
        if not length or at > len(data):
            return []
        found.append(data[at - length : at])
    return found


def _text(packet: bytes) -> str:
    try:
        text = packet.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
