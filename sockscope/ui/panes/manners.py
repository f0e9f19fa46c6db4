"""How a person writes to each conversation: as text, hex or a file, and with which line end.

The rule: each conversation has its own, from when something was chosen for it; the latest KEPT are remembered.
"""

from dataclasses import dataclass

from sockscope.request.ending import AUTO
from sockscope.request.payload import ENDINGS, PayloadError

OWN = "own"
ENDS = (AUTO, *ENDINGS, OWN)
"""What can be chosen for the line end."""

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Manner:
    """A mode, what of ENDS is chosen, and what OWN is, as it is typed."""

    mode: str = "text"
    end: str = AUTO
    own: str = ""

    @property
    def ending(self) -> str:
        """The line end as `request.ending` and `request.payload` take it. Raise PayloadError."""
        if self.end != OWN:
            return self.end
        if self.own in ENDS:
            raise PayloadError(f"{self.own} is there to be chosen: it is not typed")
        return self.own


USUAL = Manner()


def manner_of(mode: str, ending: str) -> Manner:
    """Return the manner of a saved payload."""
    return Manner(mode, ending) if ending in ENDS else Manner(mode, OWN, ending)


class Manners:
    """The manner of each conversation, by its number."""

    def __init__(self) -> None:
        self._of: dict[int, Manner] = {}

    def __contains__(self, number: int) -> bool:
        """Return whether it is known how one is written to."""
        return number in self._of

    def get(self, number: int) -> Manner:
        """Return how one is written to."""
        return self._of.get(number, USUAL)

    def keep(self, number: int, manner: Manner) -> None:
        """Remember how one is written to."""
        self._of.pop(number, None)  # the latest stands last
        self._of[number] = manner
        if len(self._of) > KEPT:
            del self._of[next(iter(self._of))]
