"""The call log of everything, with many conversations: what opening costs, and a tick.

Made in memory: 10,000 conversations with 100 calls each.
"""

import time
from collections.abc import Callable
from itertools import count

from sockscope.record.conversation import Conversation
from sockscope.record.flow import Flow, Meter
from sockscope.record.tape import Tape
from sockscope.record.tape_memory import TapeMemory
from sockscope.show.call_log.log import Log
from sockscope.show.call_log.source import Scope
from tests.bench.report import Line

_LINES = 50


def measure(quick: bool) -> list[Line]:
    """Measure opening, ticks with and without calls that came, and a step back."""
    conversations, calls = (2000, 20) if quick else (10_000, 100)
    memory, at = TapeMemory(limit_bytes=1 << 31, limit_each_bytes=1 << 20), count()
    many = [Conversation(number, "", Tape(memory), Flow(Meter())) for number in range(conversations)]
    for _ in range(calls):
        for one in many:
            one.tape.sent(memoryview(b"x"), 1, next(at), 1)
    opened: list[Log] = []

    def open_log() -> None:
        opened.append(Log(lambda: Scope(tuple(many))))
        opened[-1].look_back(_LINES)

    figures = {"opening": _took_ms(open_log), "idle tick": _took_ms(opened[0].take_in)}
    for one in many[:1000]:
        one.tape.sent(memoryview(b"x"), 1, next(at), 1)
    figures["tick with 1,000 calls"] = _took_ms(opened[0].take_in)
    figures["a step back"] = _took_ms(lambda: opened[0].look_back(10**9))
    figures["what was dropped"] = _took_ms(lambda: opened[0].dropped)
    what = f"call log of {conversations:,} × {calls} calls"
    return [_line(f"{what}, {name}", took, 300 if name == "opening" else 20) for name, took in figures.items()]


def _line(what: str, took_ms: float, aim_ms: int) -> Line:
    return Line(what, f"{took_ms:.1f} ms", aim=f"≤ {aim_ms} ms", met=took_ms <= aim_ms)


def _took_ms(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return (time.perf_counter() - began) * 1e3
