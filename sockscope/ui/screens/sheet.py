"""A form on a sheet of its own: settings before something is done, or a name for what is to be saved.

The rules: what was entered stays until the sheet is done or left; a complaint is said below and costs nothing. On a
choice space goes to the next value, and Enter does what the sheet is for; its lower border says so, with the values.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from sockscope.show.sanitizer import cells, safe
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import LONGEST
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.message_line import MessageLine

_AROUND = 6  # lines: the border, one for a complaint, two about the entry, the buttons


class Entry(NamedTuple):
    """One line of a sheet: a choice among `values`, or where there are none a text field with a `hint`.

    `about` is said while the entry has the focus. Entries of one `group` that follow each other have it as heading.
    """

    key: str
    label: str
    about: str
    values: tuple[str, ...] = ()
    value: str = ""
    hint: str = ""
    group: str = ""


_AROUND_LABEL = 2  # cells
_WIDEST = 78  # cells, the border included
_AROUND_SUBTITLE = 6  # cells: a corner, a line and a space at each end


class _Entries(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The lines; arrows are left to the sheet."""


class _Labels(Widget):
    """All labels in one widget beside the inputs, a line each; a widget for each would cost as much as its input."""

    def __init__(self, lines: Sequence[Entry | str]) -> None:
        """A line is an entry or a heading."""
        super().__init__()
        self._lines = lines
        self._current: Entry | None = None
        widest = max((cells(safe(_label(line))) for line in lines), default=0)
        self.styles.height, self.styles.width = len(lines), widest + _AROUND_LABEL

    def mark(self, current: Entry | None) -> None:
        """Light the label of the entry with the focus, or none."""
        if current is not self._current:
            self._current = current
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one label."""
        line = self._lines[y]
        role = "title" if isinstance(line, str) else "label focused" if line is self._current else "label"
        return strip([(safe(_label(line)), role)], styles(self.app), self.size.width)


def _label(line: Entry | str) -> str:
    return line if isinstance(line, str) else line.label


def _with_headings(entries: Sequence[Entry]) -> list[Entry | str]:
    """Put a heading before the first entry of each group."""
    lines: list[Entry | str] = []
    group = ""
    for entry in entries:
        if entry.group and entry.group != group:
            lines.append(entry.group)
        group = entry.group
        lines.append(entry)
    return lines


def _how(values: Sequence[str], done: str, room: int) -> str:
    """Name the values, and of the keys as many as there is room for beside them."""
    listed = (", " if any(" " in value for value in values) else " ").join(values)
    told = [f"Enter: {done} · space next value: {listed}", f"Enter: {done} · space: {listed}", f"space: {listed}"]
    return next((one for one in map(safe, told) if cells(one) <= room), safe(listed))


class Sheet(SettledModal[dict[str, str] | None]):
    """Gives the value of each entry by its key, or None where it was left."""

    BINDINGS = bindings("Sheet")
    DEFAULT_CSS = """
    Sheet {
        align: center middle;
        & > Vertical {
            width: 78;
            max-width: 100%;
            max-height: 100%;
            border: round $primary;
            border-title-color: $text-accent;
            padding: 0 1;
            background: $surface;
        }
        & _Entries { height: 1fr; scrollbar-size-vertical: 1; background: $background; }
        & _Entries > Horizontal { height: auto; }
        & _Labels { padding: 0 1; }
        & .inputs {
            height: auto;
            & > Input { padding: 0 1; background: $surface-lighten-1; }
            & > Input:focus { background: $primary-muted; }
            & > Choice { margin: 0; }
            & > .heading { height: 1; background: $panel; }
        }
        & .about { height: 2; padding: 0 1; color: $text-muted; }
        & .buttons { height: 1; align-horizontal: right; }
        & Button { margin-left: 2; }
    }
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[Entry],
        check: Callable[[dict[str, str]], str] = lambda _: "",
        *,
        done: str = "Done",
    ) -> None:
        """`check` gives one line on what is wrong with the values, or an empty text; `done` is on the button."""
        super().__init__()
        self._heading = title
        self._check = check
        self._done = done
        self._entries = entries
        self._inputs: list[Input | Choice] = []  # one for each entry
        self._complained_of: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The entries, what is to be said, and the buttons."""
        lines = _with_headings(self._entries)
        self._inputs = [self._input(entry) for entry in self._entries]
        inputs = iter(self._inputs)
        with Vertical() as box:
            box.border_title = Content(safe(self._heading))
            box.styles.height = len(lines) + _AROUND
            with _Entries(), Horizontal():
                yield _Labels(lines)
                beside = (Static(classes="heading") if isinstance(line, str) else next(inputs) for line in lines)
                yield Vertical(*beside, classes="inputs")
            yield MessageLine()
            yield Static(classes="about")
            with Horizontal(classes="buttons"):
                yield Button(Content(f"{safe(self._done)} (ctrl+s)"), variant="primary", compact=True, id="done")
                yield Button("Cancel (Esc)", compact=True, id="cancel")

    def on_resize(self, event: events.Resize) -> None:
        """Keep the entry with the focus in sight, and say what there is room for."""
        self._tell_values()
        self.call_after_refresh(self._reveal)

    def values(self) -> dict[str, str]:
        """What stands in the entries now."""
        return {entry.key: widget.value for entry, widget in zip(self._entries, self._inputs, strict=True)}

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the entry, and say what it is about, and how another value is chosen."""
        current = self._inputs.index(event.widget) if event.widget in self._inputs else -1
        self.query_one(_Labels).mark(self._entries[current] if current >= 0 else None)
        self.query_one(".about", Static).update(Content(safe(self._entries[current].about if current >= 0 else "")))
        self._tell_values()

    def _tell_values(self) -> None:
        """Say on the border how another value is chosen, in so many words that each value is read."""
        values = self._entries[self._inputs.index(self.focused)].values if self.focused in self._inputs else ()
        room = min(_WIDEST, self.app.size.width) - _AROUND_SUBTITLE
        how = _how(values, self._done, room) if len(values) > 1 else ""
        self.query_one(Vertical).border_subtitle = Content(how)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next entry; behind the last one the sheet is done."""
        place = self._inputs.index(event.input)
        if place + 1 < len(self._inputs):
            self.set_focus(self._inputs[place + 1])
        else:
            self.action_done()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Done or left."""
        if event.button.id == "done":
            self.action_done()
        else:
            self.dismiss(None)

    def action_move(self, step: int) -> None:
        """Go to the next or the previous entry or button."""
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_page(self, pages: int) -> None:
        """Go as many entries on, or back, as are in sight; at the most to the last, or the first."""
        place = self._inputs.index(self.focused) if self.focused in self._inputs else len(self._inputs)
        visible = max(1, self.query_one(_Entries).size.height - 1)
        self.set_focus(self._inputs[max(0, min(len(self._inputs) - 1, place + pages * visible))])

    def action_done(self) -> None:
        """Return the values, or say what is wrong with them."""
        values = self.values()
        complaint = self._check(values)
        self._complained_of = values
        self.query_one(MessageLine).say(complaint)
        if not complaint:
            self.dismiss(values)
        else:
            self.call_after_refresh(self._reveal)  # the complaint may take a line from the entries

    def on_input_changed(self) -> None:
        if self.values() != self._complained_of:
            self.query_one(MessageLine).say("")

    def on_choice_changed(self) -> None:
        self.on_input_changed()

    def _reveal(self) -> None:
        if self.focused in self._inputs:
            self.focused.scroll_visible(animate=False)

    def _input(self, entry: Entry) -> Input | Choice:
        if entry.values:
            value = entry.value if entry.value in entry.values else entry.values[0]
            return Choice("", entry.values, value=value, enter=(self._done, self.action_done))
        return Input(entry.value, placeholder=entry.hint, compact=True, max_length=LONGEST)
