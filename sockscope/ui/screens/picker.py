"""A list to pick one thing from, with a filter above it.

The rules: the focus stays in the filter, so that typing always filters; the keys that move go to the list. What is
removed can be brought back for as long as the list is open.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from sockscope.show.sanitizer import cells, safe
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.field import LONGEST
from sockscope.ui.widgets.live_table import LiveTable, holding
from sockscope.ui.widgets.message_line import MessageLine

_AROUND = 4  # lines: the border, the filter, the head of the list
_LEAST_LINES = 10
_WIDEST_LABEL = 30


class Pick(NamedTuple):
    """One row: what it is called, what is to know of it, and what is given back for it."""

    label: str
    detail: str
    value: object


class _Filter(Input):
    """The filter; `delete` where there is nothing to delete is for the list."""

    BINDINGS = bindings("_Filter")

    def __init__(self, remove: Callable[[], None] | None) -> None:
        super().__init__(placeholder="type to filter", compact=True, max_length=LONGEST)
        self._remove = remove

    def action_delete(self) -> None:
        """Remove the chosen row, or the character under the cursor."""
        if self._remove and self.cursor_at_end and self.selection.is_empty:
            self._remove()
        else:
            self.action_delete_right()


class _Rows(LiveTable[Pick], can_focus=False):
    """The rows; the focus stays out of them."""


class Picker(SettledModal[object | None]):
    """Gives the value of the row that was picked, or None."""

    BINDINGS = bindings("Picker")
    DEFAULT_CSS = """
    Picker {
        align: center middle;
        & > Vertical {
            width: 78;
            max-width: 100%;
            max-height: 100%;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
        & _Filter { padding: 0 1; background: $primary-muted; }
        & _Rows { height: 1fr; }
    }
    """

    def __init__(
        self,
        title: str,
        picks: Sequence[Pick],
        *,
        empty: str = "nothing here yet",
        remove: Callable[[object], str] | None = None,
        restore: Callable[[object], str] = lambda value: "",
    ) -> None:
        """`remove` removes a value, `restore` brings it back; each gives why it could not, or an empty text."""
        super().__init__()
        self._heading = title
        self._picks = list(picks)
        self._remove, self._restore = remove, restore
        self._removed: list[tuple[int, Pick]] = []  # with where it stood, the latest last
        label = max((cells(safe(pick.label)) for pick in picks), default=0)
        columns: list[Column[Pick]] = [
            Column("name", min(max(label, len("name")), _WIDEST_LABEL), lambda pick: pick.label),
            Column("what it is", 0, lambda pick: pick.detail, rank=1, role=lambda pick: "muted"),
        ]
        self._rows = _Rows(columns, empty=empty)
        self._rows.following = False

    def compose(self) -> ComposeResult:
        """The filter, the list, and the line for what was removed."""
        with Vertical() as box:
            box.border_title = Content(safe(self._heading))
            box.border_subtitle = "Enter picks · Esc closes" + (" · Del removes · ^z undoes" if self._remove else "")
            box.styles.height = max(len(self._picks) + _AROUND, _LEAST_LINES)
            yield _Filter(self.action_remove if self._remove else None)
            yield self._rows
            yield MessageLine()

    def on_mount(self) -> None:
        """Fill the list."""
        self._rows.show(self._picks)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the chosen row in sight."""
        self.call_after_refresh(self._rows.action_move, 0)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches, from the first match on."""
        self._say("")
        self._rows.narrow(holding(event.value, self._rows.row_text))
        self._rows.action_edge(False)

    def on_input_submitted(self) -> None:
        """Pick."""
        self.action_pick()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Pick what was clicked twice."""
        self.dismiss(event.item.value)

    def action_pick(self) -> None:
        """Return the value of the chosen row."""
        if self._rows.chosen is not None:
            self.dismiss(self._rows.chosen.value)

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list."""
        self._say("")
        self._rows.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor of the list by what is visible."""
        self._rows.action_page(pages)

    def action_remove(self) -> None:
        """Remove the chosen row, and say so or why not."""
        chosen = self._rows.chosen
        if chosen is None or self._remove is None:
            return
        refused = self._remove(chosen.value)
        if not refused:
            self._removed.append((self._picks.index(chosen), chosen))
            self._picks = [pick for pick in self._picks if pick is not chosen]
            self._rows.show(self._picks)
        said = f"removed: {chosen.label} · ctrl+z brings it back"
        self._say(refused or said, look="error" if refused else "note")

    def action_restore(self) -> None:
        """Bring back the row that was removed last, to where it stood, and say so or why not."""
        if not self._removed:
            return
        place, pick = self._removed[-1]
        refused = self._restore(pick.value)
        if not refused:
            self._removed.pop()
            self._picks = [*self._picks[:place], pick, *self._picks[place:]]
            self._rows.show(self._picks)
            self._rows.choose(pick)
        self._say(refused or f"brought back: {pick.label}", look="error" if refused else "note")

    def _say(self, text: str, *, look: str = "error") -> None:
        self.query_one(MessageLine).say(text, look=look)
        self.call_after_refresh(self._rows.action_move, 0)  # the message may take a line from the list
