"""What goes on by itself in a conversation: a file that is being sent, a payload that is sent again and again."""

from dataclasses import dataclass


@dataclass(slots=True)
class Transfer:
    """A file on its way; `total_bytes` is its size when it was opened, `ended_at_ns` 0 while it goes on.

    `started_at_ns` is when its turn came, until then when it was opened.
    """

    name: str
    total_bytes: int
    started_at_ns: int
    sent_bytes: int = 0
    ended_at_ns: int = 0
    outcome: str = ""  # how it ended: sent, cancelled, or why it could not go on

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return not self.ended_at_ns


LEAST_S, MOST_S = 0.01, 86_400.0
"""The shortest and the longest interval of a payload that is sent again and again."""


@dataclass(slots=True)
class Repeat:
    """A payload that is sent every `interval_s` seconds until it is stopped."""

    interval_s: float
    started_at_ns: int
    sent: int = 0
    stopped: bool = False
