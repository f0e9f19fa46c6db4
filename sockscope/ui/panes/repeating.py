"""Asking how often something is to be sent again and again."""

from collections.abc import Callable

from textual.widget import Widget

from sockscope.record.transfer import LEAST_S, MOST_S
from sockscope.request.interval import HOW, seconds
from sockscope.request.template import Template
from sockscope.ui.panes.written import Written
from sockscope.ui.screens.sheet import Entry, Sheet

Repeat = Callable[[Template, float], str]
"""Sends a payload every so many seconds; gives why it was not begun, empty where it was."""

_ABOUT = f"From one to the next, {HOW}. In what is sent \\# is the count, in hex #1 #2 #4 #8 (bytes)."


def ask(widget: Widget, written: Written, repeat: Repeat) -> None:
    """Ask how often, then begin with what is written now."""

    def begin(values: dict[str, str]) -> str:
        try:
            return repeat(written.template(), _interval_s(values["interval"]))
        except ValueError as error:
            return str(error)

    interval = Entry("interval", "every", _ABOUT, value="1s")
    widget.app.push_screen(Sheet("Send again and again", [interval], begin, done="Begin"))


def _interval_s(text: str) -> float:
    interval_s = seconds(text)
    if not LEAST_S <= interval_s <= MOST_S:
        raise ValueError("the interval is from 10ms to 24h")
    return interval_s
