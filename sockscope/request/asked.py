"""What the command line asks for, whatever the front end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sockscope.request import Connect, Request
from sockscope.request.moving import USUAL, Moving
from sockscope.request.setting import NOTHING, For, Texts


@dataclass(frozen=True, slots=True)
class Asked:
    """The `requests` to begin with, one after the other, or the demonstration; and the `settings` that were written.

    The settings hold for what is asked for later, too. Without a screen `keep_open` says that a listener goes on behind
    its first client, `silence_s` after how many seconds without traffic to end, 0 for never; `scanned` is only
    connected to, each, to see what is open.
    """

    requests: tuple[Request, ...] = ()
    settings: Mapping[For, Texts] = field(default_factory=dict)
    demo: bool = False
    keep_open: bool = False
    silence_s: float = 0.0
    moving: Moving = USUAL
    scanned: tuple[Connect, ...] = ()

    def settled(self, what: For) -> Texts:
        """Return what was written of the settings of one kind."""
        return self.settings.get(what, NOTHING)
