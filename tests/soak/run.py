"""One run: the program, its first frame, strace attached, the scripted session, everything closed, quit, judged."""

import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.terminal import Terminal
from tests.soak import afterwards, checks, process, script
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
IDLE_S = 3.0
BUSY = 0.6
"""This much of a processor, while nothing happens, is a loop that never rests."""

MOST_FAILING = 60
"""So many failing calls a second are one too: two loops that each rest for 40 ms behind every failure make 50."""


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
    ):
        terminal.wait_for("Resolve F2", "name · Enter", deadline_s=FIRST_FRAME_S)
        person = Person(terminal, time.monotonic() - began_at)
        with Others(person.soon_s) as others:
            _judge(person, others, outcome, Path(folder), short)
    outcome.took_s = time.monotonic() - began_at
    return outcome


def _judge(person: Person, others: Others, outcome: Outcome, folder: Path, short: bool) -> None:
    terminal, fault, pid = person.terminal, outcome.fault, person.pid
    person.until(lambda _: process.engine_thread(pid), "the engine waits")
    engine, before = process.engine_thread(pid), process.descriptors(pid)
    every_sheet = fault.syscall in OPENS or (fault.when == 1 and not short)
    session = script.Session(person, others, folder, every_sheet=every_sheet, short=short)
    with injected(pid, engine, fault, folder / "strace") as injection:
        try:
            session.run()
            outcome.wrong += session.wrong + _untrue(person)
            outcome.wrong += _restless(person, injection) if fault.lasting else []
            outcome.wrong += _not_back(person, before, injection)
            told = [one for one in injection.done() if checks.must_be_said(one, engine)]
            outcome.wrong += _unsaid(person, told, fault)
            outcome.went_on = True
            afterwards.leave(person)
        except Gone:
            outcome.wrong += session.wrong
        status = _status(terminal)
        outcome.injected = injection.done()
    outcome.missed = person.missed
    if not outcome.injected:
        outcome.wrong += [f"nothing was made to fail, and it did not come: {what}" for what in person.missed]
    outcome.wrong += checks.ended(terminal, fault, status, outcome.went_on)
    outcome.last_words = checks.last_words(terminal.raw()) if status is not None else []


def _untrue(person: Person) -> list[str]:
    """Compare what the screen says of listeners with what the kernel says of sockets."""
    person.go("f4")

    def untrue(screen: str) -> set[int]:
        return {int(port) for port in _SHOWN.findall(screen)} - process.ports(person.pid)

    if person.comes(lambda screen: not untrue(screen)):
        return []
    return [f"shown as listening, and is not: {sorted(untrue(person.look()))}"]


def _restless(person: Person, injection: Injection) -> list[str]:
    """Leave the program alone for a moment, and look what it does meanwhile."""
    began_at, used_s, failed = time.monotonic(), process.used_s(person.pid), len(injection.done())
    person.comes(lambda _: False, IDLE_S)
    took_s = time.monotonic() - began_at
    busy, failing = (process.used_s(person.pid) - used_s) / took_s, (len(injection.done()) - failed) / took_s
    if busy < BUSY and failing < MOST_FAILING:
        return []
    return [f"it does not rest: {busy:.0%} of a processor, {failing:.0f} failing calls a second"]


def _not_back(person: Person, before: Counter[str], injection: Injection) -> list[str]:
    """Close everything, on a slow machine more than once, and wait for the descriptors to come back."""

    def back(_: str) -> bool:
        return not checks.leaked(before, process.descriptors(person.pid), injection.done())

    for _ in range(CLOSE_TRIES):
        afterwards.close_all(person)
        if person.comes(back, BACK_S):
            return []
    return checks.leaked(before, process.descriptors(person.pid), injection.done())


def _unsaid(person: Person, expected: list[Injected], fault: Fault) -> list[str]:
    """Look through the calls of every row for an error that was not seen so far."""
    if not expected or fault.error in person.named:
        return []
    afterwards.look_through(person, lambda: fault.error in person.named)
    return [] if fault.error in person.named else [f"not said anywhere: {one.call}" for one in expected]


def _status(terminal: Terminal) -> int | None:
    ends = time.monotonic() + QUIT_S
    while terminal.alive():
        if time.monotonic() > ends:
            return None
        time.sleep(0.01)
    return terminal.wait_exit()
