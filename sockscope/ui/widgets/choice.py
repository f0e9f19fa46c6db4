"""A choice in one line: it shows what is chosen and goes to the next value on Enter, space, ← → or a click.

The rule: beside a field whose Enter does something, Enter does that here too, and chooses nothing.
"""

from collections.abc import Callable, Sequence

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.show.sanitizer import cells
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip

Enter = tuple[str, Callable[[], None]]
"""What Enter is called, and what it does."""


class Choice(Widget, can_focus=True):
    """One of a few words, as in `family any`."""

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: "Choice", value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> "Choice":
            """The choice."""
            return self.choice

    BINDINGS = bindings("Choice")
    DEFAULT_CSS = """
    Choice {
        width: auto;
        height: 1;
        margin-left: 1;
    }
    """

    def __init__(
        self, label: str, values: Sequence[str], *, value: str = "", enter: Enter | None = None, id: str | None = None
    ) -> None:
        """`enter` is what Enter does instead of choosing: what the footer calls it, and how it is done."""
        super().__init__(id=id)
        self._enter = enter
        self._label = label
        self._values = values
        self._value = value or values[0]

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.refresh()
            self.post_message(self.Changed(self, value))

    def action_step(self, step: int) -> None:
        """Choose the next or the previous value."""
        self.value = self._values[(self._values.index(self._value) + step) % len(self._values)]

    def action_enter(self) -> None:
        """Do what Enter is for here."""
        if self._enter:
            self._enter[1]()
        else:
            self.action_step(1)

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key of the choice; Enter is worth a word only where it does something else."""
        return name if action != "enter" else self._enter[0] if self._enter else ""

    def on_click(self) -> None:
        """Choose the next value."""
        self.action_step(1)

    def get_content_width(self, container: object, viewport: object) -> int:
        """The label and the longest value."""
        return len(self._label) + 3 + max(cells(value) for value in self._values)

    def render_line(self, y: int) -> Strip:
        """Draw the label and the value."""
        width = max(cells(value) for value in self._values)
        value = "value focused" if self.has_focus else "value"
        parts = [(f"{self._label} ", "label"), (f" {self._value:<{width}} ", value)]
        return strip(parts, styles(self.app), self.size.width)
