"""Write a conversation to disk: of each of its tracks what was received, what was sent, every call, and both together.

The rule: nothing is overwritten, only what is kept can be written, and what was dropped is said in the list
of calls, so that the files never claim to be more than they are.
"""

import re
from pathlib import Path

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading.forms import written
from sockscope.show.sanitizer import safe
from sockscope.show.step import ending, leg_of, peer_of
from sockscope.show.traffic.lines import Look, page
from sockscope.show.units import plural
from sockscope.show.wall_clock import WallClock

DUMPED = 4096
"""Bytes of a call that `traffic.txt` shows at the most."""


def export(conversation: Conversation, parent: Path, wall: WallClock, stamp: str) -> Path:
    """Write the files into a new folder, and give it. Raise OSError.

    The conversation's own track gives `received.bin`, `sent.bin`, `calls.txt`, and `traffic.txt`, the calls with the
    first DUMPED of their bytes. The names of the others' files begin with what the track is, such as
    `tls-records-received.bin`.
    """
    folder = parent / f"sockscope-export-{stamp}-{conversation.number}"
    folder.mkdir(mode=0o700)
    look = Look("calls", 200, wall, uncut=True)
    for number, (name, track) in enumerate(conversation.tracks()):
        title = _title(leg_of(conversation, track))
        _write(track, folder, f"{_slug(name)}-" if number else "", f"{title}, {name}" if number else title, look)
    return folder


def _title(leg: Conversation) -> str:
    """Say between whom it was, and how it ended or stands."""
    return f"{leg.endpoints.local} <-> {peer_of(leg)}: {ending(leg)}"


def _slug(name: str) -> str:
    """Make a file's name of a track's: small letters and digits, a hyphen for all between them."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def _write(track: Track, folder: Path, prefix: str, title: str, look: Look) -> None:
    tape = track.tape
    begin, end = tape.first_entry, tape.total_entries
    with (
        (folder / f"{prefix}received.bin").open("xb") as received,
        (folder / f"{prefix}sent.bin").open("xb") as sent,
        (folder / f"{prefix}calls.txt").open("x", encoding="utf-8") as calls,
        (folder / f"{prefix}traffic.txt").open("x", encoding="utf-8") as traffic,
    ):

        def tell(line: str) -> None:
            calls.write(line)
            traffic.write(line)

        tell(safe(title) + "\n")
        expected, offset = 0, 0
        for entry in tape.entries(0):
            data = tape.read(entry.offset, entry.size_bytes) if entry.size_bytes else b""
            if entry.number >= end:
                break
            if data is None:
                continue
            if entry.number > expected:
                tell(_gap(entry.number - expected, entry.offset - offset, meanwhile=expected >= begin))
            tell("".join(text for text, _ in page(track, entry, 0, look).line(0)) + "\n")
            if data:
                file = received if entry.kind is EntryKind.RECEIVED else sent
                file.write(data)
                traffic.write(_dump(data, 0 if track.unit else entry.stream_offset, Path(file.name).name))
            expected, offset = entry.number + 1, entry.offset + entry.size_bytes
        if expected < end:
            tell(_gap(end - expected, tape.first_offset - offset, meanwhile=expected >= begin))


def _dump(data: bytes, offset: int, file: str) -> str:
    rest = len(data) - DUMPED
    more = f"… {plural(rest, 'byte')} more, in {file}\n" if rest > 0 else ""
    return f"{written(data[:DUMPED], 'dump', offset)}\n{more}"


def _gap(entries: int, size_bytes: int, *, meanwhile: bool) -> str:
    when = "dropped while writing" if meanwhile else "earlier, dropped"
    return f"{plural(size_bytes, 'byte')} and {plural(entries, 'call')} {when}\n"
