"""What is needed later, and imported when it is first needed, is imported ahead of that, when nobody waits.

The rule: an import opens files, and fails where no descriptor is left, as while a thousand clients are connected. So it
is done once the first frame has long been drawn, in a thread of its own, and never twice. What fails here is tried
again, under the guard, when it is needed.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import Thread

from sockscope.engine import imports as later
from sockscope.show.lookup import pages

AFTER_S = 2.0
"""How long after the first frame: what the command line asks for, and the first keys, come before it."""

_LATER = ("sockscope.ui.screens.sequence", "textual.system_commands", "concurrent.futures.thread", "base64")


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
