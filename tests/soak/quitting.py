"""Quit at random moments of each phase; the end must come within QUIT_S, whatever goes on.

The moments are chosen by a seed, as so many steps of the phase.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tests.end_to_end.terminal import Terminal
from tests.soak import afterwards, script, traffic
from tests.soak.checks import ended
from tests.soak.others import Others
from tests.soak.person import SOON_S, Person
from tests.soak.run import SIZE
from tests.soak.soak import HISTORY, QUIT_S

Phase = Callable[[script.Session], Iterator[int]]


def _keys(session: script.Session) -> Iterator[int]:
    session.listen("tcp://127.0.0.1:0")
    yield from traffic.keys(session.person, 100_000)


def _connections(session: script.Session) -> Iterator[int]:
    yield from traffic.connections(session.listen("tcp://127.0.0.1:0"), 100_000)


def _peers(session: script.Session) -> Iterator[int]:
    yield from traffic.datagram_peers(session.listen("udp://127.0.0.1:0"), 100_000)


def _mixed(session: script.Session) -> Iterator[int]:
    ports = [session.listen("tcp://127.0.0.1:0"), session.listen("tls://127.0.0.1:0")]
    yield from traffic.mixed(ports, 600, 1)


def _lookups(session: script.Session) -> Iterator[int]:
    for number in range(1000):
        session.person.enter("f2", f"localhost{number % 3 or ''} @127.0.0.1:{session.others.dns_port}")
        session.person.look()
        yield number


PHASES: dict[str, Phase] = {
    "keys": _keys,
    "connections": _connections,
    "datagram peers": _peers,
    "mixed traffic": _mixed,
    "lookups": _lookups,
}


def quit_anywhere(seed: int, times: int) -> int:
    """Quit so often in each phase; gives how often that was wrong."""
    chance, wrong = random.Random(seed), 0
    print("| phase | quits | slowest, s | wrong |\n| --- | --- | --- | --- |")
    for name, phase in PHASES.items():
        took = [_quit_in(phase, chance.randint(1, 60)) for _ in range(times)]
        said = [words for _, words in took if words]
        print(f"| {name} | {times} | {max(s for s, _ in took):.2f} | {' · '.join(said) or '–'} |", flush=True)
        wrong += len(said)
    return wrong


def _quit_in(phase: Phase, steps: int) -> tuple[float, str]:
    """Quit after so many steps of a phase; give how long that took, and what was wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="sockscope-quit-") as folder,
        Terminal(*HISTORY, size=SIZE, cwd=Path(folder)) as terminal,
        Others(SOON_S) as others,
    ):
        terminal.wait_for("name · Enter")
        person = Person(terminal)
        for _ in islice(phase(script.Session(person, others, Path(folder))), steps):
            pass
        person.look()  # what was drawn so far is taken in beforehand: emulating the terminal takes its time
        began_at = time.monotonic()
        afterwards.leave(person)
        status = terminal.wait_exit()
        took_s = time.monotonic() - began_at
        wrong = ended(terminal, None, status, asked_to_quit=True)
        wrong += [f"after {steps} steps it took {took_s:.2f} s"] if took_s > QUIT_S else []
        return took_s, " · ".join(wrong)
