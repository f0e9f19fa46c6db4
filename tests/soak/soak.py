"""A long life of the real program: memory flat once its caps are full, descriptors and threads back, a quick end.

The caps are full (the warm-up) when more clients, datagram peers and bytes have come than are kept: then a second
load of the same kind must not take more than GROWTH_MIB. Everything is told in a table as it happens.
"""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.end_to_end.terminal import Terminal
from tests.soak import afterwards, process, script, traffic
from tests.soak.checks import ended
from tests.soak.others import Others
from tests.soak.person import SOON_S, Person
from tests.soak.run import SIZE

GROWTH_MIB = 10.0
QUIT_S = 1.0
HISTORY = ("--history", "32M", "--history-each", "8M")
WARM_UP = 0.6
"""The part of each load after which the caps are full: 30,000 clients and 12,000 peers, of whom 10,000 are kept."""

_EVERY_S = 10.0


class Soak:
    """One program, and what was seen of it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._began_at = time.monotonic()
        self._told_at = 0.0
        self.wrong: list[str] = []

    def tell(self, phase: str, done: int, *, now: bool = True) -> float:
        """Print a row, not too often unless `now`; gives the memory."""
        pid, at = self._person.pid, time.monotonic()
        memory = process.memory_mib(pid)
        if now or at - self._told_at > _EVERY_S:
            self._told_at = at
            held, threads = process.descriptors(pid).total(), process.threads(pid)
            minutes = (at - self._began_at) / 60
            print(f"| {minutes:6.1f} | {phase} | {done:,} | {memory:.1f} | {held} | {threads} |", flush=True)
        return memory

    def load(self, phase: str, count: int, work: Iterable[int]) -> None:
        """Do a work; the memory must not grow any more behind its warm-up."""
        warm = 0.0
        for done in work:
            self._person.look()
            memory = self.tell(phase, done, now=False)
            warm = warm or (memory if done >= count * WARM_UP else 0.0)
        self._settle()
        memory = self.tell(phase, count)
        if warm and memory - warm > GROWTH_MIB:
            self.wrong.append(f"{phase}: from {warm:.1f} to {memory:.1f} MiB after the caps were full")

    def _settle(self) -> None:
        """Let the program take what waits for it."""
        before = -1
        while before != (before := process.descriptors(self._person.pid).total()):
            time.sleep(0.5)
            self._person.look()


def soak(keys: int, connections: int, peers: int, minutes: float) -> int:
    """Do all of it; gives how much was wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="sockscope-soak-") as folder,
        Terminal(*HISTORY, size=SIZE, cwd=Path(folder)) as terminal,
        Others(SOON_S) as others,
    ):
        terminal.wait_for("name · Enter")
        person = Person(terminal)
        wrong = _all(person, script.Session(person, others, Path(folder)), keys, connections, peers, minutes)
        wrong += _quit(person)
    print("\n".join(wrong) or "nothing was wrong")
    return len(wrong)


def _all(person: Person, session: script.Session, keys: int, connections: int, peers: int, minutes: float) -> list[str]:
    before, threads = process.descriptors(person.pid), process.threads(person.pid)
    life = Soak(person)
    print("| minutes | phase | done | MiB | descriptors | threads |\n|" + " --- |" * 6)
    life.tell("start", 0)
    port, datagram_port = session.listen("tcp://127.0.0.1:0"), session.listen("udp://127.0.0.1:0")
    person.go("f4")
    person.press("esc")
    person.press_alone("e")
    tls_port = session.listen("tls://127.0.0.1:0")
    life.load("connections", connections, traffic.connections(port, connections))
    life.load("datagram peers", peers, traffic.datagram_peers(datagram_port, peers))
    life.load("keys", keys, traffic.keys(person, keys))
    session.relay(port)
    seconds = minutes * 60
    ports = sorted(process.listening_ports(person.pid) | {tls_port})
    began_at = time.monotonic()
    passed = (int(time.monotonic() - began_at) for _ in traffic.mixed(ports, seconds, 1))
    life.load("mixed traffic, s", int(seconds), passed)
    afterwards.close_all(person)
    if not person.until(lambda _: not process.descriptors(person.pid) - before, "descriptors", 10):
        life.wrong.append(f"descriptors left: {sorted(process.descriptors(person.pid) - before)}")
    if not person.until(lambda _: process.threads(person.pid) <= threads, "threads", 70):
        life.wrong.append(f"threads: {threads} before, {process.threads(person.pid)} now")
    life.tell("closed", 0)
    return life.wrong


def _quit(person: Person) -> list[str]:
    began_at = time.monotonic()
    afterwards.leave(person)
    status = person.terminal.wait_exit()
    took_s = time.monotonic() - began_at
    print(f"quit: {took_s:.2f} s")
    slow = [f"quitting took {took_s:.2f} s"] if took_s > QUIT_S else []
    return slow + ended(person.terminal, None, status, asked_to_quit=True)
