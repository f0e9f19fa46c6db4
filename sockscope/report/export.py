"""Write a conversation to disk: of each of its tracks what was received, what was sent, and every call.

The rule: nothing is overwritten, only what is kept can be written, and what was dropped is said in the list
of calls, so that the files never claim to be more than they are.
"""

import re
from pathlib import Path

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.lines import Look, page
from sockscope.show.sanitizer import safe
from sockscope.show.step import ending, leg_of, peer_of
from sockscope.show.units import plural
from sockscope.show.wall_clock import WallClock


def export(conversation: Conversation, parent: Path, wall: WallClock, stamp: str) -> Path:
    """Write the files into a new folder, and give it. Raise OSError.

    The conversation's own track gives `received.bin`, `sent.bin` and `calls.txt`; the names of the others' files
    begin with what the track is, such as `tls-records-received.bin`.
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
    ):
        calls.write(safe(title) + "\n")
        expected, offset = 0, 0
        for entry in tape.entries(0):
            data = tape.read(entry.offset, entry.size_bytes) if entry.size_bytes else b""
            if entry.number >= end:
                break
            if data is None:
                continue
            if entry.number > expected:
                calls.write(_gap(entry.number - expected, entry.offset - offset, meanwhile=expected >= begin))
            if entry.kind is not EntryKind.FACT:
                (received if entry.kind is EntryKind.RECEIVED else sent).write(data)
            calls.write("".join(text for text, _ in page(track, entry, 0, look).line(0)) + "\n")
            expected, offset = entry.number + 1, entry.offset + entry.size_bytes
        if expected < end:
            calls.write(_gap(end - expected, tape.first_offset - offset, meanwhile=expected >= begin))


def _gap(entries: int, size_bytes: int, *, meanwhile: bool) -> str:
    when = "dropped while writing" if meanwhile else "earlier, dropped"
    return f"{plural(size_bytes, 'byte')} and {plural(entries, 'call')} {when}\n"
