"""A person who never gives up: looks, presses, and goes on where something did not come.

The rules:
- Nothing that is waited for has to come: `until` tells whether it did, and keeps what did not in `missed`; `comes` asks
  without that. Every wait ends; on a slow machine later.
- Whatever error the screen named at any moment is kept in `named`.
- A program that has ended ends the session: `process.Gone`.
"""

import re
import time
from collections.abc import Callable

from tests.end_to_end.terminal import Terminal
from tests.soak.process import Gone

SOON_S = 3.0
_SLOW = 1.5
"""How much longer than the first frame of a program everything else may take."""

_NAMES = re.compile(r"\b(?:E[A-Z][A-Z0-9]+|EAI_[A-Z]+)\b")


class Person:
    """Sits at a terminal."""

    def __init__(self, terminal: Terminal, first_frame_s: float = 0.0) -> None:
        """How long the first frame took tells how slow the machine is now."""
        self.soon_s = max(SOON_S, first_frame_s * _SLOW)
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

    def comes(self, condition: Callable[[str], object], within_s: float = 0.0) -> bool:
        """Look until the screen is so; tell whether it came to that."""
        ends = time.monotonic() + (within_s or self.soon_s)
        while not condition(self.look()):
            if time.monotonic() > ends:
                return False
            time.sleep(0.02)
        return True

    def until(self, condition: Callable[[str], object], what: str, within_s: float = 0.0) -> bool:
        """Look until the screen is so, as it has to be where nothing fails."""
        return self.finds(self.comes(condition, within_s), what)

    def finds(self, so: bool, what: str) -> bool:
        """Keep what has to be so where nothing fails, and is not."""
        if not so:
            self.missed.append(what)
        return so

    def sees(self, *words: str) -> bool:
        """Wait for one of some words."""
        return self.until(lambda screen: any(word in screen for word in words), " or ".join(words))

    def sees_gone(self, words: str) -> bool:
        """Wait until these words are on the screen no more."""
        return self.until(lambda screen: words not in screen, f"gone: {words}")

    def press(self, *keys: str) -> None:
        """Press keys, as `Terminal.press` takes them; the program deals with them one after the other."""
        try:
            self.terminal.press(*keys)
        except OSError as problem:
            raise Gone from problem

    def press_alone(self, letter: str) -> None:
        """Press a letter that is no part of a burst, whatever was typed just before."""
        try:
            self.terminal.press_alone(letter)
        except OSError as problem:
            raise Gone from problem

    def go(self, pane: str) -> None:
        """Go to a pane, where one at a time is shown."""
        self.press(pane)
        self.sees(f"{pane.upper()} ──")

    def enter(self, pane: str, text: str) -> None:
        """Type a text into the first field of a pane, in place of what stands there."""
        self.press(pane, "esc", "a", "end", "ctrl+u", f"\x1b[200~{text}\x1b[201~", "enter")

    def click(self, pattern: str) -> bool:
        """Click into the middle of a pattern, once it is on the screen; keys that are still waiting come later."""
        if not self.until(lambda screen: re.search(pattern, screen), f"/{pattern}/"):
            return False
        for y, row in enumerate(self.look().split("\n"), 1):
            if found := re.search(pattern, row):
                x = (found.start() + found.end()) // 2 + 1
                self.press(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m")
                return True
        return False

    def rows(self, pattern: str) -> list[str]:
        """Give the lines of the screen that hold a pattern."""
        return [row for row in self.look().split("\n") if re.search(pattern, row)]
