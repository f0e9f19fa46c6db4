"""The line to filter a table of conversations from; it stays in sight as long as it holds something.

The rule: it filters while it is typed. What cannot be read is said below and filters nothing; Enter leaves it only
where all can be read.
"""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from sockscope.record.conversation import Conversation
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.conversation_filter import ConversationFilter
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.message_line import MessageLine

_HINT = "words · peer:… state:… >1M in<10k · Enter keeps them, Esc clears them"
_BRIEF = "words · peer:… state:… >1M"


class FilterBox(Vertical):
    """Narrows a table to the rows of which everything is so that is typed here."""

    DEFAULT_CSS = """
    FilterBox {
        height: auto;
        display: none;
    }
    """

    def __init__(self, table: LiveTable[Conversation], columns: Sequence[Column[Conversation]]) -> None:
        """`columns` are those of the table."""
        super().__init__()
        self._table = table
        self._filter = ConversationFilter(columns)
        self._field = Field(_HINT, brief=_BRIEF, does="Keep", id="filter")
        self._trouble = MessageLine()

    def compose(self) -> ComposeResult:
        """The field, and what is wrong with it."""
        yield self._field
        yield self._trouble

    @property
    def in_use(self) -> bool:
        """Whether it is in sight; it is there only once it was asked for."""
        return self.is_attached and self.display

    async def open(self, within: Widget) -> None:
        """Ask above the table, which stands directly within a widget, for what the rows are to hold."""
        if not self.is_attached:
            await within.mount(self, before=self._table)
        self.display = True
        self.screen.set_focus(self._field)
        self._narrow_soon()

    def end(self) -> None:
        """Show all rows again, and take no room any more."""
        self._field.value = ""
        self.display = False
        self._read("")
        self._narrow()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        event.stop()
        self._read(event.value)
        self._narrow_soon()

    def _read(self, typed: str) -> None:
        self._trouble.say(self._filter.read(typed))

    def _narrow_soon(self) -> None:
        """Narrow the table once its rows can be asked quickly."""

        async def narrow() -> None:
            await self._filter.get_ready(self._table.items)
            self._narrow()

        self.run_worker(narrow(), exclusive=True)

    def _narrow(self) -> None:
        self._table.narrow(None if self._filter.empty else self._filter.keeps)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what is typed, and go to the table; what cannot be read is to be written otherwise."""
        event.stop()
        if not self._trouble.said:
            self._field.remember(event.value)
            self.display = bool(event.value)
            self.screen.set_focus(self._table)
