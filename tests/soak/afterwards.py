"""What a person does once the session is over: look for what was said, close everything, leave.

The rule: a row is gone to and looked for before the next key: the program deals with keys one after the other, and on a
slow machine each takes a moment.
"""

import re
import time
from collections.abc import Callable

from tests.soak import process
from tests.soak.person import Person
from tests.soak.script import LISTENER, choose_listener

LEAVE_S = 8.0
"""How long a question before quitting is waited for, on the busiest machine."""

_SEEN_S = 0.4
_LIVE = r"127\.0\.0\.1:\d+ +(connected|peer finished|we finished|connecting|TLS handshake|open)\b"
_CONVERSATION = r"│[ •]+(\d+ +)?[\d–]+(→\d+)? (! )?(\w+://)?127\.0\.0\.1:\d+ .* \d+ B"


def close_all(person: Person) -> None:
    """Stop every listener and close every conversation."""
    for port in sorted(process.ports(person.pid)):
        choose_listener(person, port)
        person.press_alone("t")
        _confirm(person, port)
    person.go("f3")
    person.press("esc", "home", *["c", "down"] * len(person.rows(_CONVERSATION)))
    person.comes(lambda screen: not re.search(_LIVE, screen))


def _confirm(person: Person, port: int) -> None:
    """Say yes, where it is asked whether the clients may be closed."""

    def stopped(_: str) -> bool:
        return port not in process.ports(person.pid)

    question = "Stop listening?"
    if person.comes(lambda screen: question in screen or stopped(screen)) and question in person.look():
        person.press("enter")
        person.sees_gone(question)
        person.comes(stopped)


def look_through(person: Person, found: Callable[[], bool], within_s: float = 30.0) -> None:
    """Put the cursor on every listener and every conversation, so that their calls are on the screen."""
    ends = time.monotonic() + within_s

    def over() -> bool:
        return found() or time.monotonic() > ends

    person.go("f4")
    for row in person.rows(LISTENER) or [""]:
        if at := re.search(rf"{LISTENER}.*?  ", row):
            person.click(re.escape(at[0]))
        person.press("f4", "esc", "D")
        person.sees("y copies")
        person.comes(lambda _: over(), _SEEN_S)
        person.press("esc")
        person.sees_gone("y copies")
        if over() or _look_at_each(person, over):
            return
    person.go("f3")
    person.press("f3", "esc")
    _look_at_each(person, over)


def _look_at_each(person: Person, over: Callable[[], bool]) -> bool:
    """Put the cursor on every conversation of the table that has the focus, from the newest to the oldest."""
    person.press("end")
    for number, row in enumerate(reversed(person.rows(_CONVERSATION))):
        if number:
            person.press("up")
        peer = re.search(r"127\.0\.0\.1:\d+", row)
        title = rf"#\d+ (TCP|UDP).* {re.escape(peer[0]) if peer else ''} "
        person.comes(lambda screen, title=title: bool(re.search(title, screen)))
        if person.comes(lambda _: over(), _SEEN_S):
            return True
    return False


def leave(person: Person) -> None:
    """Quit."""
    person.press("ctrl+q")
    ends = time.monotonic() + LEAVE_S
    while person.terminal.alive() and time.monotonic() < ends:
        if "Quit?" in person.look():
            person.press("enter")
            return
        time.sleep(0.02)
