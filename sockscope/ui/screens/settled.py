"""A screen that is styled and laid out once before its first frame.

The rules: the classes of its size are there before anything is mounted, so that no style is worked out twice; what was
styled while it was mounted is not styled again when it is first shown; and a size that it has already is no change.
What lies behind a sheet has no messages, which the sheet shows, and offers no keys but those that work there too.
"""

from collections.abc import Iterable
from typing import Self, TypeVar

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from sockscope.ui.widgets.key_footer import KeyFooter

TOASTS = "ToastRack"
AWAY = "-away"
Result = TypeVar("Result")


class Settled(Screen[Result]):
    """What every screen of ours is."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """What has the focus; what looks otherwise then is drawn anew by itself, and not the whole screen with it."""

    _fits: Size | None = None
    _shown = False

    def fit(self, app: App[None]) -> Self:
        """Fit the application's size, before the screen is shown on it."""
        self._fits = app.size
        self.add_class(*_size_classes(app), update=False)
        return self

    def on_mount(self) -> None:
        """Give no room to messages while there are none; Textual would take it away behind the first frame."""
        self.query(TOASTS).set(display=False)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Leave the styles alone when it is shown for the first time."""
        event.refresh_styles, self._shown = self._shown and event.refresh_styles, True
        self.query(TOASTS).remove_class(AWAY)

    def on_screen_suspend(self) -> None:
        """Leave the messages to what lies over it."""
        self.query(TOASTS).add_class(AWAY)

    def on_resize(self, event: events.Resize) -> None:
        """Let only another size through."""
        if self._shown and event.size == self._fits:
            event.prevent_default()
        self._fits = event.size


class SettledModal(ModalScreen[Result], Settled[Result]):
    """A sheet before the panes; a modal screen first, as the style sheet looks no further."""


class MainScreen(Settled[None]):
    """What the panes stand on; the focus is put by whoever put them there."""

    AUTO_FOCUS = ""

    def on_screen_suspend(self) -> None:
        """Offer nothing from behind a sheet."""
        self.query(KeyFooter).first().rest()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Offer again what works."""
        self.refresh_bindings()


def _size_classes(app: App[None]) -> Iterable[str]:
    """Return the classes by which the style sheet knows a screen of the application's size."""
    for cells, breakpoints in (
        (app.size.width, app.HORIZONTAL_BREAKPOINTS),
        (app.size.height, app.VERTICAL_BREAKPOINTS),
    ):
        fitting = [name for least, name in sorted(breakpoints or ()) if cells >= least]
        yield from fitting[-1:]
