"""What a pane is: one of the things that can be asked for, and what comes of it.

To add one: a class below this one, and its line in `registry`.

The rules of the focus: it is in a field only where a person put it, or where nothing lives in the pane yet, so that the
field is all there is to do. Going to a pane goes back to where the focus was; Esc leads out of a field, never into one.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from sockscope.session import Session
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.help import Section
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.form import Form


class Pane(Vertical):
    """A part of the screen that shows what comes of one kind of request.

    One is the main pane; the others stand beside it with their head alone, or have a line each.
    """

    NAME: ClassVar[str]
    """By which the style sheet and the keys know it."""

    TITLE: ClassVar[str]
    KEY: ClassVar[str]
    """The key that goes there."""

    BYTES: ClassVar[str] = "Traffic alone"
    """What to call giving the screen to its traffic, or to its page."""

    SHOWS: ClassVar[type]
    """The kind of request."""

    PARTS: ClassVar[tuple[type[Widget], ...]] = ()
    """What in it has keys of its own that are worth a command."""

    BINDINGS = bindings("Pane")

    _form: Form
    """Its address line."""

    def __init__(self, session: Session) -> None:
        super().__init__(id=self.NAME, classes="pane")
        self.border_title = f"{self.TITLE} {self.KEY.upper()}"
        self._session = session
        self._engine = session.engine
        self._head: Sequence[Widget] = ()  # left out where the traffic, or a page, has the whole screen
        self._roomy: Sequence[Widget] = ()  # in the main pane alone
        self._last: Widget | None = None  # what had the focus

    def place(self, *, main: bool, bare: bool) -> None:
        """Show all of it as the main pane, `bare` what has the bytes alone; or else only what fits beside that."""
        changed = []
        for part in {*self._head, *self._roomy}:
            away = (bare and part in self._head) or (not main and part in self._roomy)
            if part.has_class("-away") is not away:
                part.set_class(away, "-away", update=False)
                changed.append(part)
        if changed and self.is_mounted:
            self.app.stylesheet.update_nodes(changed)
            self.refresh(layout=True)

    def latest(self) -> str:
        """Return what lives here and the latest of it, in a line that is harmless."""
        raise NotImplementedError

    def show(self, asked: Any, record: Any) -> None:
        """Show what comes of a request, and what was asked for."""
        raise NotImplementedError

    @property
    def lives(self) -> bool:
        """Whether anything was done here yet."""
        raise NotImplementedError

    @property
    def field(self) -> Widget:
        """The field where one begins."""
        raise NotImplementedError

    @property
    def table(self) -> Widget:
        """The table of what lives here, or what stands in its place."""
        raise NotImplementedError

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep where to go back to."""
        self._last = event.widget

    def enter(self) -> None:
        """Go back to where the focus was; to the field where nothing lives yet."""
        last = self._last if self._last and self._last.is_attached and self._last.focusable else None
        self.screen.set_focus(
            (last or self.table) if self.lives else self.field
        )  # at once: the next key is meant for it

    def action_address(self) -> None:
        """Go to the field."""
        self.screen.set_focus(self.field)

    def action_back(self) -> None:
        """Leave a field, towards the table; where something lives it says again what that came of.

        In the table Esc is for what is around the pane.
        """
        focused = self.screen.focused
        if focused is self.table:
            raise SkipAction
        if self.lives and isinstance(focused, Field) and focused in self._form.walk_children():
            focused.restore()
        self.screen.set_focus(self.table)

    def explained(self) -> Sequence[Section]:
        """Return what the words in sight mean."""
        raise NotImplementedError

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key of the pane now; Esc is worth a word where letters are text."""
        return name if action != "back" or isinstance(self.screen.focused, Input) else ""

    def focus_bytes(self) -> None:
        """Go to the traffic, or to the page."""
        raise NotImplementedError

    def tick(self) -> None:
        """Draw what is new."""
        raise NotImplementedError
