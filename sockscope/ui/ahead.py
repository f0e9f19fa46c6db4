"""What is needed later, and imported when it is first needed, is imported ahead of that, when nobody waits.

The rule: an import opens files, and fails where no descriptor is left, as while a thousand clients are connected. So it
is done in a thread of its own, and never twice: once nothing was received and no client came for LOOK_S, or at the
latest when the clients that are connected now hold a part of all descriptors (SHARE). What fails here is tried again,
under the guard, when it is needed.
"""

import contextlib
import resource
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import Thread

from sockscope.engine import imports as later
from sockscope.show.lookup import pages

LOOK_S = 2.0
"""How often to see whether it is time: what the command line asks for, and the first keys, come before the first."""

SHARE = 0.25

_LATER = (
    "sockscope.ui.screens.sequence",
    "sockscope.show.copy_as.languages",
    "textual.system_commands",
    "concurrent.futures.thread",
)


class Ahead:
    """Begins once, when it is time; `look` is to be called every LOOK_S seconds."""

    def __init__(self, arrivals: Callable[[], int], connected: Callable[[], int], begin: Callable[[], None]) -> None:
        """`arrivals` tells how often something came so far, `connected` how many clients are connected now."""
        self._arrivals = arrivals
        self._connected = connected
        self._begin = begin
        self._seen = 0
        self._begun = False

    def look(self) -> None:
        """Begin, if it is time."""
        seen = self._arrivals()
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if not self._begun and (seen == self._seen or self._connected() > SHARE * descriptors):
            self._begun = True
            self._begin()
        self._seen = seen


def import_ahead() -> None:
    """Begin; where there is no thread to be had, everything stays as it is."""
    with contextlib.suppress(RuntimeError):
        Thread(target=_work, name="ahead", daemon=True).start()


def _work() -> None:
    ours: list[Callable[[], object]] = [
        *(partial(import_module, name) for name in _LATER),
        *(partial(pages.page, name) for name in pages.PAGES),
    ]
    for step in [*ours, *later.steps()]:
        with contextlib.suppress(Exception):
            step()
