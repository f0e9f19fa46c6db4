"""Write a conversation to disk: what was received, what was sent, and every call.

The rule: nothing is overwritten, only what is kept can be written, and what was dropped is said in the list
of calls, so that the files never claim to be more than they are.
"""

from pathlib import Path

from sockscope.net.conversation import Conversation
from sockscope.net.tape import Kind
from sockscope.show.lines import Look, page
from sockscope.show.safe import safe
from sockscope.show.units import plural


def export(conversation: Conversation, parent: Path, wall_offset_ns: int, stamp: str) -> Path:
    """Write `received.bin`, `sent.bin` and `calls.txt` into a new folder, and give it. Raises OSError."""
    folder = parent / f"sockscope-export-{stamp}-{conversation.number}"
    folder.mkdir(mode=0o700)
    tape, look = conversation.tape, Look("calls", 200, wall_offset_ns)
    begin, end = tape.first_record, tape.total_records
    with (
        (folder / "received.bin").open("xb") as received,
        (folder / "sent.bin").open("xb") as sent,
        (folder / "calls.txt").open("x", encoding="utf-8") as calls,
    ):
        ends = f"{conversation.local} <-> {conversation.peer or conversation.target}: {conversation.state.value}"
        calls.write(safe(ends) + "\n")
        expected, offset = 0, 0
        for record in tape.records(0):
            data = tape.read(record.offset, record.size_bytes) if record.size_bytes else b""
            if record.number >= end:
                break
            if data is None:
                continue
            if record.number > expected:
                calls.write(_gap(record.number - expected, record.offset - offset, meanwhile=expected >= begin))
            if record.kind is not Kind.FACT:
                (received if record.kind is Kind.RECEIVED else sent).write(data)
            calls.write("".join(text for text, _ in page(conversation, record, 0, look).line(0)) + "\n")
            expected, offset = record.number + 1, record.offset + record.size_bytes
        if expected < end:
            calls.write(_gap(end - expected, tape.first_offset - offset, meanwhile=expected >= begin))
    return folder


def _gap(records: int, size_bytes: int, *, meanwhile: bool) -> str:
    when = "dropped while writing" if meanwhile else "earlier, dropped"
    return f"{plural(size_bytes, 'byte')} and {plural(records, 'call')} {when}\n"
