"""What the panes of sockets have in common: an address line, steps, and conversations with their traffic."""

from collections.abc import Sequence

from textual.widget import Widget

from sockscope.show.glossary import COLUMNS, TRAFFIC, told
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.pane import Pane
from sockscope.ui.screens.help import Section
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.steps_rail import StepsRail
from sockscope.ui.widgets.traffic_view import TrafficView


class ConversationPane(Pane):
    """A pane that opens sockets, with the focus on its address line or on its conversations."""

    PARTS = (Conversations, TrafficView)
    BINDINGS = bindings("ConversationPane")

    _address: AddressField
    _rail: StepsRail
    _conversations: Conversations

    @property
    def field(self) -> Widget:
        return self._address

    @property
    def table(self) -> Widget:
        return self._conversations.table

    def focus_bytes(self) -> None:
        self.screen.set_focus(self._conversations.traffic)

    def explained(self) -> Sequence[Section]:
        return [
            ("State", self._conversations.explained_state()),
            ("Steps", self._rail.explained()),
            ("Columns", told(self._conversations.table.titles, COLUMNS)),
            ("What stands before a line of traffic", list(TRAFFIC.items())),
        ]

    def action_steps(self) -> None:
        """Unfold the steps, or fold them."""
        self._rail.toggle()
