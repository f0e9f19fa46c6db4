"""One run: the program, its first frame, strace attached, the scripted session, everything closed, quit, judged."""

import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.terminal import Terminal
from tests.soak import checks, process, script
from tests.soak.faults import Fault
from tests.soak.injection import Injected, Injection, injected
from tests.soak.others import Others
from tests.soak.person import Person
from tests.soak.process import Gone

SIZE = (110, 48)
"""One pane is shown at a time, and from 46 lines on four listeners have a row each."""

OPENS = ("openat", "write", "epoll_wait")
"""What opening a sheet may call: these runs open every sheet; the others do with their first call, then some."""

_SHOWN = re.compile(r"(?:TCP|UDP)(?: TLS)? 127\.0\.0\.1:(\d+) +(?:listening|paused)")

FIRST_FRAME_S = 20.0
QUIT_S = 4.0
BACK_S = 2.5
CLOSE_TRIES = 3


@dataclass(slots=True)
class Outcome:
    """What became of one run."""

    fault: Fault
    wrong: list[str] = field(default_factory=list)
    injected: list[Injected] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    went_on: bool = False
    last_words: list[str] = field(default_factory=list)
    took_s: float = 0.0


def run(fault: Fault, *, short: bool = False) -> Outcome:
    """Let a fault happen while a session goes on, and judge everything."""
    began_at = time.monotonic()
    outcome = Outcome(fault)
    with (
        tempfile.TemporaryDirectory(prefix="sockscope-torture-") as folder,
        Terminal(size=SIZE, cwd=Path(folder)) as terminal,
        Others() as others,
    ):
        terminal.wait_for("Resolve F2", "name · Enter asks", deadline_s=FIRST_FRAME_S)
        _judge(terminal, others, outcome, Path(folder) / "strace", short)
    outcome.took_s = time.monotonic() - began_at
    return outcome


def _judge(terminal: Terminal, others: Others, outcome: Outcome, log: Path, short: bool) -> None:
    person, fault = Person(terminal), outcome.fault
    pid = person.pid
    person.until(lambda _: process.engine_thread(pid), "the engine waits")
    engine, before = process.engine_thread(pid), process.descriptors(pid)
    every_sheet = fault.syscall in OPENS or fault.when == 1
    session = script.Session(person, others, every_sheet=every_sheet, short=short)
    with injected(pid, engine, fault, log) as injection:
        try:
            session.run()
            outcome.wrong += session.wrong + _untrue(person)
            outcome.wrong += _not_back(person, before, injection)
            told = [one for one in injection.done() if checks.must_be_said(one, engine)]
            outcome.wrong += _unsaid(person, told, fault)
            outcome.went_on = True
            script.leave(person)
        except Gone:
            outcome.wrong += session.wrong
        status = _status(terminal)
        outcome.injected = injection.done()
    outcome.missed = person.missed
    outcome.wrong += checks.ended(terminal, fault, status, outcome.went_on)
    outcome.last_words = checks.last_words(terminal.raw()) if status is not None else []


def _untrue(person: Person) -> list[str]:
    """Compare what the screen says of listeners with what the kernel says of sockets."""
    person.go("f4")

    def untrue(screen: str) -> set[int]:
        return {int(port) for port in _SHOWN.findall(screen)} - process.ports(person.pid)

    if person.until(lambda screen: not untrue(screen), "listeners as they are"):
        return []
    return [f"shown as listening, and is not: {sorted(untrue(person.look()))}"]


def _not_back(person: Person, before: Counter[str], injection: Injection) -> list[str]:
    """Close everything, on a slow machine more than once, and wait for the descriptors to come back."""

    def back(_: str) -> bool:
        return not checks.leaked(before, process.descriptors(person.pid), injection.done())

    for _ in range(CLOSE_TRIES):
        script.close_all(person)
        if person.until(back, "descriptors", BACK_S):
            return []
    return checks.leaked(before, process.descriptors(person.pid), injection.done())


def _unsaid(person: Person, expected: list[Injected], fault: Fault) -> list[str]:
    """Look through the calls of every row for an error that was not seen so far."""
    if not expected or fault.error in person.named:
        return []
    script.look_through(person, lambda: fault.error in person.named)
    return [] if fault.error in person.named else [f"not said anywhere: {one.call}" for one in expected]


def _status(terminal: Terminal) -> int | None:
    ends = time.monotonic() + QUIT_S
    while terminal.alive():
        if time.monotonic() > ends:
            return None
        time.sleep(0.01)
    return terminal.wait_exit()
