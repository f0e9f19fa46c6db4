"""What a pane is: one of the things that can be asked for, and what comes of it.

To add one: a class below this one, and its line in `registry`.
"""

from typing import Any, ClassVar

from textual.containers import Vertical
from textual.widget import Widget

from sockscope.session import Session


class Pane(Vertical):
    """A part of the screen that shows what comes of one kind of request."""

    NAME: ClassVar[str]
    """By which the style sheet and the keys know it."""

    TITLE: ClassVar[str]
    KEY: ClassVar[str]
    """The key that goes there."""

    SHOWS: ClassVar[type]
    """The kind of request."""

    PARTS: ClassVar[tuple[type[Widget], ...]] = ()
    """What in it has keys of its own that are worth a command."""

    def __init__(self, session: Session) -> None:
        super().__init__(id=self.NAME, classes="pane")
        self.border_title = f"{self.TITLE} {self.KEY.upper()}"
        self._session = session
        self._engine = session.engine

    def show(self, asked: Any, record: Any) -> None:
        """Show what comes of a request, and what was asked for."""
        raise NotImplementedError

    def focus_first(self) -> None:
        """Go to the place where one begins."""
        raise NotImplementedError

    def tick(self) -> None:
        """Draw what is new."""
        raise NotImplementedError
