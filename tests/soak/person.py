"""A person who never gives up: looks, presses, and goes on where something did not come.

The rules:
- Nothing that is waited for has to come: `until` tells whether it did. Every wait ends.
- Whatever error the screen named at any moment is kept in `named`.
- A program that has ended ends the session: `process.Gone`.
"""

import re
import time
from collections.abc import Callable

from tests.end_to_end.terminal import Terminal
from tests.soak.process import Gone

SOON_S = 3.0
_NAMES = re.compile(r"\b(?:E[A-Z][A-Z0-9]+|EAI_[A-Z]+)\b")


class Person:
    """Sits at a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.pid = terminal.process.pid
        self.named: set[str] = set()
        self.missed: list[str] = []  # what did not come

    def look(self) -> str:
        """Give the screen as it is now, and keep the names of errors on it."""
        if not self.terminal.alive():
            raise Gone
        screen = self.terminal.screen()
        self.named.update(_NAMES.findall(screen))
        return screen

    def until(self, condition: Callable[[str], object], what: str, within_s: float = SOON_S) -> bool:
        """Look until the screen is so; tell whether it came to that."""
        ends = time.monotonic() + within_s
        while not condition(self.look()):
            if time.monotonic() > ends:
                self.missed.append(what)
                return False
            time.sleep(0.02)
        return True

    def sees(self, *words: str, within_s: float = SOON_S) -> bool:
        """Wait for one of some words."""
        return self.until(lambda screen: any(word in screen for word in words), " or ".join(words), within_s)

    def sees_gone(self, words: str) -> bool:
        """Wait until these words are on the screen no more."""
        return self.until(lambda screen: words not in screen, f"gone: {words}")

    def press(self, *keys: str) -> None:
        """Press keys, as `Terminal.press` takes them."""
        try:
            self.terminal.press(*keys)
        except OSError as problem:
            raise Gone from problem

    def go(self, pane: str) -> None:
        """Go to a pane, where one at a time is shown."""
        self.press(pane)
        self.sees(f"{pane.upper()} ──")

    def enter(self, pane: str, text: str) -> None:
        """Type a text into the first field of a pane, in place of what stands there."""
        self.press(pane, "end", "ctrl+u")
        self.terminal.paste(text)
        self.press("enter")

    def click(self, pattern: str, within_s: float = SOON_S) -> bool:
        """Click where a pattern is on the screen, if it is there."""
        if not self.until(lambda screen: re.search(pattern, screen), f"/{pattern}/", within_s):
            return False
        for y, row in enumerate(self.look().split("\n"), 1):
            if found := re.search(pattern, row):
                self.terminal.type(f"\x1b[<0;{found.start() + 1};{y}M\x1b[<0;{found.start() + 1};{y}m")
                return True
        return False

    def rows(self, pattern: str) -> list[str]:
        """Give the lines of the screen that hold a pattern."""
        return [row for row in self.look().split("\n") if re.search(pattern, row)]
