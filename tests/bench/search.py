"""Search: through a kept history of log lines, against `grep -c -F` over the same bytes in a cached file."""

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from sockscope.record.conversation import Conversation
from sockscope.record.flow import Flow, Meter
from sockscope.record.tape import Tape
from sockscope.record.tape_memory import TapeMemory
from sockscope.request.pattern import read
from sockscope.show.search.search import Search
from tests.bench.report import Broken, Line, ratios, spread

AIM = 3.0
PIECE = 64 * 1024
SUBJECTS = (
    ("capitals minded", "Needle-17", "text", ("-F",)),
    ("capitals not minded", "needle-17", "text", ("-F", "-i")),
    ("an expression", r"Needle-1[5-9]\b", "regex", ("-P",)),
)


def measure(quick: bool) -> list[Line]:
    """Search the same bytes in turn."""
    mib, rounds = (256, 3) if quick else (1024, 5)
    data = _lines(mib << 20)
    conversation = _kept(data)
    lines = []
    with tempfile.NamedTemporaryFile(buffering=0) as file:
        file.write(data)
        for what, typed, mode, options in SUBJECTS:
            ours, theirs = [], []
            for _ in range(rounds):
                theirs.append(_grep(typed, options, file.name))
                ours.append(_search(conversation, typed, mode))
            against = ratios(ours, theirs)
            aim = f"≤ {AIM:.0f}" if mode == "text" else "–"
            met = median(against) <= AIM if mode == "text" else None
            title = f"search of {mib} MiB, {what}"
            beside = f"grep {' '.join(options)} -c: {spread(theirs, ' s')}"
            lines.append(Line(title, spread(ours, " s"), beside, spread(against), aim, met))
    return lines


def _lines(size_bytes: int) -> bytes:
    """Log lines, of which one in a thousand holds the needle."""
    block = b"".join(
        b"2026-11-28T12:00:%02d.%06d INFO worker %d: handled request %d in %d us%s\n"
        % (n % 60, n * 7 % 10**6, n % 16, n, n * 31 % 9973, b" Needle-17" if n % 1000 == 500 else b"")
        for n in range(100_000)
    )
    return (block * (size_bytes // len(block) + 1))[:size_bytes]


def _kept(data: bytes) -> Conversation:
    """A conversation that received it, in pieces that end anywhere in a line."""
    memory = TapeMemory(limit_bytes=2 * len(data), limit_each_bytes=2 * len(data))
    conversation = Conversation(1, "", Tape(memory), Flow(Meter()))
    view = memoryview(data)
    for at in range(0, len(data), PIECE):
        piece = view[at : at + PIECE]
        room = conversation.tape.room()
        room[: len(piece)] = piece
        conversation.tape.received(room, len(piece), 1, 1)
    if conversation.tape.first_offset:
        raise Broken("not all of it was kept")
    return conversation


def _search(conversation: Conversation, typed: str, mode: str) -> float:
    began_at = time.monotonic()
    search = Search(conversation, read(typed, mode))
    search.advance()
    seconds = time.monotonic() - began_at
    if search.behind or search.trouble or not search.starts:
        raise Broken(f"the search of {typed} did not end: {search.trouble}")
    return seconds


def _grep(typed: str, options: tuple[str, ...], name: str) -> float:
    began_at = time.monotonic()
    subprocess.run(
        ["grep", *options, "-c", "-a", typed, Path(name)], env={"LC_ALL": "C"}, check=True, capture_output=True
    )
    return time.monotonic() - began_at
