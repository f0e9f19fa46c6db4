"""Memory is flat however many sheets are opened, and a large heap keeps nobody from quitting."""

import sys
import time
from pathlib import Path

from tests.end_to_end.terminal import Terminal

SHEETS = 24
BURST = 8
MOST_MIB = 5.0
QUIT_S = 2.0
"""1 s is promised; a busy machine gets the double."""
STEADY_S = 4.0
"""Longer than what is imported ahead of need waits behind the first frame."""

SLOW_TO_FREE = """
import sys, time
class Heap:
    def __del__(self, wait=time.sleep):
        wait(20)
sys.heap = Heap()
from sockscope.__main__ import main
sys.exit(main())
"""


def resident_mib(terminal: Terminal) -> float:
    """What the process has in memory (proc(5), statm)."""
    pages = int(Path(f"/proc/{terminal.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1024 / 1024


def settled_mib(terminal: Terminal) -> float:
    """What the process has once that grows no more: what is imported ahead of need is there by then."""
    grown_mib, grown_at = resident_mib(terminal), time.monotonic()

    def settled() -> bool:
        nonlocal grown_mib, grown_at
        if (now_mib := resident_mib(terminal)) >= grown_mib + 0.1:
            grown_mib, grown_at = now_mib, time.monotonic()
        return time.monotonic() - grown_at > STEADY_S

    terminal.wait(settled, "memory that grows no more")
    return resident_mib(terminal)


def open_sheets(terminal: Terminal, count: int) -> None:
    for _ in range(count // BURST):
        terminal.press(*(["f1", "esc"] * BURST))
        terminal.wait_quiet()


def seconds_to_quit(terminal: Terminal) -> float:
    began = time.monotonic()
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    return time.monotonic() - began


def test_sheets_that_were_left_leave_no_memory_behind() -> None:
    with Terminal() as terminal:
        terminal.wait_for("Resolve F2")
        settled_mib(terminal)
        open_sheets(terminal, SHEETS)  # the heap has the size then that it is collected at
        before = settled_mib(terminal)
        open_sheets(terminal, SHEETS)
        terminal.wait(lambda: resident_mib(terminal) - before < MOST_MIB, f"{before} MiB as before")
        assert seconds_to_quit(terminal) < QUIT_S


def test_a_heap_that_is_slow_to_free_keeps_nobody_from_quitting() -> None:
    with Terminal(program=(sys.executable, "-c", SLOW_TO_FREE)) as terminal:
        terminal.wait_for("Resolve F2")
        assert seconds_to_quit(terminal) < QUIT_S
