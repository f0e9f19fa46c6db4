"""What DNS servers say themselves about a name. What a view reads."""

from dataclasses import dataclass


@dataclass(slots=True)
class Inquiry:
    """Some questions to some servers."""

    name: str
