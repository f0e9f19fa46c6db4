"""However the program ends, the terminal is as it was, and the exit status says why."""

import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.peers import connected_to
from tests.end_to_end.terminal import ONE_PANE, Terminal
from tests.engine.loopback import read_to_end

ENDS_WITHIN_S = 4.0
"""2 s are promised; a busy machine gets the double."""

BEGIN = b"\x1b[?1049h"
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[?2004l", b"\x1b[<u")


def assert_restored(terminal: Terminal, before: int = 0) -> None:
    """The other screen, the cursor, the mouse, pasting, keys and modes are as they were."""
    written = terminal.raw()[before:]
    assert [sequence for sequence in RESTORED if sequence not in written] == []
    assert written.rfind(b"\x1b[?1049l") > written.rfind(BEGIN)
    assert terminal.modes() == terminal.modes_before


ASKED = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGRTMIN]

WOULD_END = (
    *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTRAP, signal.SIGABRT, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGALRM, signal.SIGTERM, signal.SIGSTKFLT, signal.SIGXCPU, signal.SIGVTALRM, signal.SIGPROF),
    *(signal.SIGIO, signal.SIGPWR, signal.SIGSYS, signal.SIGRTMIN, signal.SIGRTMAX),
)
"""What ends a process by itself and comes from outside (signal(7))."""


@pytest.mark.parametrize("number", ASKED, ids=lambda number: number.name)
def test_a_signal_ends_the_program_and_the_terminal_is_as_before(number: signal.Signals) -> None:
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        before = len(terminal.raw())
        terminal.signal(number)
        assert terminal.wait_exit(ENDS_WITHIN_S) == 128 + number
        assert_restored(terminal, before)


def test_no_signal_that_would_end_the_program_is_left_to_the_system() -> None:
    with Terminal() as terminal:
        terminal.wait_for("Resolve F2")
        status = Path(f"/proc/{terminal.process.pid}/status").read_text()
        caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
        assert [number for number in WOULD_END if not caught >> (number - 1) & 1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_while_the_screen_is_being_opened_leaves_the_terminal_as_before(number: signal.Signals) -> None:
    with Terminal("--demo") as terminal:
        terminal.wait(lambda: BEGIN in terminal.raw(), "the screen is being opened")
        terminal.signal(number)
        status = terminal.wait_exit(ENDS_WITHIN_S)
        assert b"Traceback" not in terminal.raw()
        assert_restored(terminal)
        assert status == 128 + number


def test_ctrl_c_before_anything_is_drawn_ends_without_a_traceback() -> None:
    with Terminal("--demo") as terminal:
        stat = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.wait(lambda: cpu_ticks(stat) > 12, "it works at its imports")
        terminal.signal(signal.SIGINT)
        terminal.wait_exit(ENDS_WITHIN_S)
        assert b"Traceback" not in terminal.raw()


def cpu_ticks(stat: Path) -> int:
    """How much a process has computed, in hundredths of a second (proc(5), utime and stime)."""
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_terminal_that_goes_away_ends_the_program() -> None:
    """The kernel sends SIGHUP and then SIGCONT (setpgid(2), tty_vhangup); nothing can be written any more."""
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        terminal.hang_up()
        assert terminal.wait_exit(ENDS_WITHIN_S) == 128 + signal.SIGHUP


def test_a_stop_gives_the_terminal_back_and_continuing_takes_it_again() -> None:
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        stat, before = Path(f"/proc/{terminal.process.pid}/stat"), len(terminal.raw())
        terminal.signal(signal.SIGTSTP)
        terminal.wait(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "it is stopped")
        terminal.wait(lambda: b"\x1b[?1004l" in terminal.raw()[before:], "the last of what it writes")
        assert_restored(terminal, before)
        before = len(terminal.raw())
        terminal.signal(signal.SIGCONT)
        terminal.wait(lambda: BEGIN in terminal.raw()[before:], "the screen is opened again")
        terminal.press("f1")
        terminal.wait_for("Esc closes")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert_restored(terminal, before)


@pytest.mark.parametrize("numbers", [(signal.SIGCONT,), (signal.SIGSTOP, signal.SIGCONT)])
def test_continuing_where_nobody_asked_to_stop_leaves_the_terminal_as_it_was(
    numbers: tuple[signal.Signals, ...],
) -> None:
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        before = len(terminal.raw())
        for number in numbers:
            terminal.signal(number)
        terminal.wait(lambda: BEGIN in terminal.raw()[before:], "the screen is opened again")
        terminal.press("f1")
        terminal.wait_for("Esc closes")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert_restored(terminal, before)


def test_a_terminal_that_takes_nothing_does_not_keep_the_program_from_ending() -> None:
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        with terminal.stalled():
            written, since = -1, time.monotonic()

            def full() -> bool:  # it writes ten times a second, until nothing more is taken
                nonlocal written, since
                if written != (written := bytes_written(terminal)):
                    since = time.monotonic()
                return time.monotonic() - since > 0.5

            terminal.wait(full, "the terminal takes nothing more")
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_exit(ENDS_WITHIN_S) == 128 + signal.SIGTERM


def bytes_written(terminal: Terminal) -> int:
    """What the process has written so far (proc(5), wchar)."""
    counts = Path(f"/proc/{terminal.process.pid}/io").read_text().split()
    return int(counts[counts.index("wchar:") + 1])


def test_quitting_asks_first_while_somebody_is_connected() -> None:
    with Terminal("-l", "0", size=ONE_PANE) as terminal, closing(connected_to(terminal)) as client:
        terminal.wait_for("1 client")
        terminal.press("ctrl+q")
        terminal.wait_for("Quit?", "1 client will be disconnected")
        terminal.press("esc")
        terminal.wait_gone("Quit?")
        client.sendall(b"still here")
        terminal.wait_for("still here")

        terminal.press("ctrl+q")
        terminal.wait_for("Quit?")
        terminal.press("enter")
        assert terminal.wait_exit() == 0
        assert read_to_end(client) == b""
        assert_restored(terminal)
