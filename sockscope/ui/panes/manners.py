"""How a person writes: as text, hex or a file, and with which line end."""

from typing import NamedTuple

from sockscope.request.ending import AUTO
from sockscope.request.payload import ENDINGS, PayloadError

OWN = "own"
ENDS = (AUTO, *ENDINGS, OWN)
"""What can be chosen for the line end."""


class Manner(NamedTuple):
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
