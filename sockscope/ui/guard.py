"""One guard around everything that the screen does for a person or a timer.

The rules: what fails ends alone. A key, a command of the palette, a message, a timer, a callback or a worker that
raises is given up and said in one line that holds no foreign text; every widget goes on with its next message. What
is complained of again and again is said once, until it has not been so for QUIET_S, but to a key each time. A sheet
that fails while it is made is taken away. Only where something fails before the first frame, or drawing fails
DRAWN_IN_VAIN times without one whole frame between, the program ends, with one line.

Textual makes every call in one place and hands every message to its widget in another, which would be dead behind an
exception: these two are guarded, once for all widgets. What fails elsewhere (workers, what a widget is composed of,
layout, drawing) Textual gives to the application.
"""

from __future__ import annotations

import contextlib
from asyncio import AbstractEventLoop
from collections.abc import Callable
from time import monotonic
from typing import Any

from textual.actions import SkipAction
from textual.dom import NoScreen
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed

from sockscope.reason import reason
from sockscope.rest import Rest
from sockscope.ui.failure_words import is_action, told
from sockscope.ui.terminal.textual_internals import (
    HookedApp,
    call,
    current_app,
    current_pump,
    dispatch,
    replace_calls,
    while_drawing,
)

QUIET_S = 5.0
DRAWN_IN_VAIN = 10
AGAIN_S = 0.1
"""How long to wait before what could not be drawn is drawn again."""


class GuardedApp(HookedApp):
    """An application in which what fails ends alone."""

    def __init__(self) -> None:
        super().__init__()
        replace_calls(_guarded_call, _guarded_dispatch)
        self.complaint = ""  # the latest
        self._rest = Rest()
        self.clock: Callable[[], float] = monotonic  # by which a complaint is heard again
        self.last_words = ""  # why the program cannot go on
        self._drawn = False  # whether there was a frame yet
        self._drawn_in_vain = 0
        self._latest: dict[str, float] = {}  # when the timers' complaints of late were heard last

    def on_ready(self) -> None:
        """The first frame is there: from now on there is something to go on with."""
        self._drawn = True

    def attempt(self, step: Callable[[], object]) -> None:
        """Do one of several things, so that the others are done also where it fails."""
        try:
            step()
        except Exception as error:
            self.failed(error)

    def failed(self, error: Exception, callback: object = None) -> None:
        """Give up what failed, and say so; or end, where there is no going on. It never raises."""
        if self.closing or self.last_words:  # what is taken down already cannot fail any more
            return
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        drawing = while_drawing(error)
        self._drawn_in_vain += drawing
        if not self._drawn or self._drawn_in_vain >= DRAWN_IN_VAIN:
            self._end_with(error)
            return
        with contextlib.suppress(Exception):  # a complaint that cannot be made either
            if drawing:
                self.set_timer(AGAIN_S, lambda: self.screen.refresh(layout=True))
            self._take_away(current_pump())
            self.complain(told(error, callback), asked_for=is_action(callback))

    def escaped(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        """Say what failed in the loop itself; what does so without end leaves time to others."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self.failed(error)
        self._rest.take()

    def complain(self, line: str, *, asked_for: bool = False) -> None:
        """Say what failed; the same again only once it was over for a while, or where a person asked for it."""
        now = self.clock()
        self._latest = {said: at for said, at in self._latest.items() if now - at < QUIET_S}
        new = line not in self._latest
        self._latest[line] = now
        if new or asked_for:
            self.complaint = line
            self.notify(line, severity="error", markup=False)

    def _take_away(self, pump: MessagePump | None) -> None:
        """Take away a sheet that fails while it, or something in it, is made."""
        with contextlib.suppress(NoScreen):
            sheet = pump.screen if isinstance(pump, Widget) else None
            if sheet and not sheet.is_mounted:
                self.call_later(self._take_away_sheet, sheet)

    def _take_away_sheet(self, sheet: Screen[object]) -> None:
        if self.screen is sheet and len(self.screen_stack) > 1:
            self.pop_screen()

    # What Textual calls.

    def drew_everything(self) -> None:
        """Take a whole frame for the end of what failed."""
        self._drawn_in_vain = 0

    def panic(self, *renderables: object) -> None:
        """End with one line; what Textual would print is a traceback with whatever was in its variables."""
        self.leave("the screen failed")

    def _end_with(self, error: Exception) -> None:
        self.leave(reason(error), error)

    @property
    def why_it_ended(self) -> str:
        """Return why there was no going on; of what nobody here was told, what Textual took note of."""
        untold = self.failure if self.return_code and not self.last_words else None
        return reason(untold) if untold else self.last_words

    def leave(self, why: str, error: Exception | None = None) -> None:
        """End, because there is no going on; whoever runs the application says why: `why_it_ended`."""
        self.last_words = self.last_words or why
        self.close_with(1, error)


async def _guarded_call(callback: Callable[..., Any], *params: object) -> Any:
    try:
        return await call(callback, *params)
    except SkipAction:  # no failure: somebody else is to take the key
        raise
    except Exception as error:
        app = current_app()
        if not isinstance(app, GuardedApp):
            raise
        app.failed(error, callback)


async def _guarded_dispatch(pump: MessagePump, message: Message) -> None:
    try:
        await dispatch(pump, message)
    except Exception as error:
        app = current_app()
        if not isinstance(app, GuardedApp):
            raise
        app.failed(error)
