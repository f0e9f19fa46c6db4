"""Facts: socket calls that were really made, and beside them what was refused and what should be known.

The rules: a fact is written once, by the thread that made the call, after the call returned, and never changes.
It holds values, never their text, which is for views to make. Every view of the program is drawn from facts, so
nothing on screen is merely what was asked for: what was not done is a refusal, and never dressed up as a call.
Sends and receives that moved bytes are kept more tightly, in the tape.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sockscope.net.error_name import UNDER_WAY
from sockscope.net.value import Value
from sockscope.record.milestone import FAILED


@dataclass(frozen=True, slots=True)
class Call:
    """One system or library call: what it took, and what came of it.

    `fd` is the descriptor that it was about, -1 where it took none; `arguments` are the others. `returned` is None
    where it failed, and `error` then the errno's (or EAI_, or TLS) name. `note` says in words what the result tells
    about the peer, where it tells something. `answers` is the call whose outcome this one asked for: a connect that
    returned before there was one.
    """

    name: str
    fd: int
    arguments: tuple[Value, ...]
    returned: Value
    error: str
    at_ns: int
    took_ns: int
    note: str = ""
    answers: "Call | None" = None

    @property
    def decided(self) -> "Call":
        """The call whose outcome it is: the one that it answers, or itself."""
        return self.answers or self

    @property
    def failed(self) -> bool:
        """Whether it failed; what is under way has not."""
        return bool(self.error) and self.error != UNDER_WAY


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was asked of us and not done: `what` ("send", "reset" …), about what, and why.

    `error` is the errno that the system would give.
    """

    what: str
    fd: int
    about: tuple[Value, ...]
    error: str
    at_ns: int
    note: str

    @property
    def failed(self) -> bool:
        """It counts among what failed."""
        return True


@dataclass(frozen=True, slots=True)
class Remark:
    """What should be known of a conversation or a listener, from then on; `kind` is a short and stable word."""

    kind: str
    text: str
    at_ns: int


Event = Call | Refusal | Remark


class Facts:
    """The calls and refusals of one subject in the order in which they happened: the first few and the latest ones.

    The beginning (socket, bind, connect …) explains much of what comes after it, so it is kept for good; of the
    rest the oldest give way. `milestones` tell how far it came (see `milestone`) and are never dropped; `remarks`
    are what should be known of it now. Written by one thread, read by any.
    """

    FIRST = 64
    LATEST = 192
    REMARKS = 16

    __slots__ = ("_facts", "count", "milestones", "remarks")

    def __init__(self) -> None:
        self._facts: dict[int, Call | Refusal] = {}
        self.count = 0
        self.milestones: dict[str, Call] = {}
        self.remarks: tuple[Remark, ...] = ()  # the latest last

    def add(self, fact: Call | Refusal, *reached: str) -> int:
        """Keep a fact and return its number, counted from 0; `reached` are the milestones that a call made."""
        if isinstance(fact, Call):
            for milestone in reached:
                self.milestones[milestone] = fact
        number = self.count
        self._facts[number] = fact
        self.count = number + 1
        if number >= self.FIRST + self.LATEST:
            del self._facts[number - self.LATEST]
        return number

    def get(self, number: int) -> Call | Refusal | None:
        """Return the fact of that number, or None where it was dropped."""
        return self._facts.get(number)

    def all(self) -> list[Call | Refusal]:
        """Return the kept facts, oldest first."""
        return list(self._facts.values())

    def calls(self, name: str = "") -> list[Call]:
        """Return the kept calls, oldest first, or those of a name."""
        return [fact for fact in self.all() if isinstance(fact, Call) and name in ("", fact.name)]

    def last(self, name: str) -> Call | None:
        """Return the latest kept call of that name."""
        return next(reversed(self.calls(name)), None)

    def blame(self, error: str) -> None:
        """Remember which call it was that gave an error: what had to end with it has FAILED."""
        if call := next((call for call in reversed(self.calls()) if call.error == error), None):
            self.milestones[FAILED] = call

    def remark(self, remark: Remark) -> None:
        """Keep what should be known from now on, in place of what was remarked of that kind before."""
        others = [one for one in self.remarks if one.kind != remark.kind]
        self.remarks = (*others, remark)[-self.REMARKS :]

    def withdraw(self, kind: str) -> None:
        """Take back a remark that is no longer so."""
        if self.remarks:
            self.remarks = tuple(one for one in self.remarks if one.kind != kind)

    @property
    def said(self) -> str:
        """The text of the latest remark, empty where there is none."""
        return self.remarks[-1].text if self.remarks else ""

    @property
    def dropped(self) -> int:
        """How many facts are no longer kept."""
        return max(0, self.count - len(self._facts))  # a fact is kept a moment before it is counted


Note = Callable[[Call], object]
"""Puts a call into a record."""
