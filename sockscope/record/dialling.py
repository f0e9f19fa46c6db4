"""How a conversation of ours came to its socket: the addresses that were tried, and when they are tried again."""

from dataclasses import dataclass

from sockscope.net.endpoint import Endpoint
from sockscope.record.fact import Call

ATTEMPTS_KEPT = 100
"""How many addresses that were tried stay in the record, the latest ones."""


@dataclass(slots=True)
class Attempt:
    """One address that was tried; `error` is an errno name, empty while it is open or when it succeeded."""

    address: Endpoint
    started_at_ns: int
    fd: int = -1
    ended_at_ns: int = 0
    error: str = ""
    won: bool = False
    dialled_at_ns: int = 0  # when connecting began of which it is a part; tried again, it begins anew
    opened: Call | None = None  # socket(2)
    bound: Call | None = None  # bind(2), where a source was asked for
    failed: Call | None = None  # the call that gave `error`


@dataclass(slots=True)
class Dialling:
    """The attempts of one conversation; an accepted one has none."""

    attempts: tuple[Attempt, ...] = ()  # the latest ATTEMPTS_KEPT
    attempted: int = 0  # how many there were
    retry_at_ns: int = 0  # when connecting is tried again; 0 where it is not


ACCEPTED = Dialling()
"""Of every conversation that was accepted: thousands of them share it."""
