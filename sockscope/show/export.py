"""Write a conversation to disk: what was received, what was sent, and every call.

The rule: nothing is overwritten, only what is kept can be written, and what was dropped is said in the list
of calls, so that the files never claim to be more than they are.
"""

from pathlib import Path

from sockscope.net.conversation import Conversation
from sockscope.net.tape import Kind
from sockscope.show.lines import Look, page
from sockscope.show.units import exact


def export(conversation: Conversation, parent: Path, wall_offset_ns: int, stamp: str) -> Path:
    """Write `received.bin`, `sent.bin` and `calls.txt` into a new folder, and give it. Raises OSError."""
    folder = parent / f"sockscope-export-{stamp}-{conversation.number}"
    folder.mkdir(mode=0o700)
    tape, look = conversation.tape, Look("calls", 200, wall_offset_ns)
    end = tape.total_records
    with (
        (folder / "received.bin").open("xb") as received,
        (folder / "sent.bin").open("xb") as sent,
        (folder / "calls.txt").open("x", encoding="utf-8") as calls,
    ):
        calls.write(
            f"{conversation.local} <-> {conversation.peer or conversation.target}: {conversation.state.value}\n"
        )
        if tape.first_record:
            calls.write(f"{exact(tape.first_offset)} bytes and {exact(tape.first_record)} calls earlier, dropped\n")
        for record in tape.records(tape.first_record):
            if record.number >= end:
                break
            data = tape.read(record.offset, record.size_bytes) if record.size_bytes else b""
            if data is None:
                calls.write(f"{exact(record.size_bytes)} bytes dropped while writing\n")
                continue
            if record.kind is not Kind.FACT:
                (received if record.kind is Kind.RECEIVED else sent).write(data)
            calls.write("".join(text for text, _ in page(conversation, record, 0, look).line(0)) + "\n")
    return folder
