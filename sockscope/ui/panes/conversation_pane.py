"""What the panes of sockets have in common: an address line, steps, and conversations with their traffic."""

from textual.binding import Binding
from textual.widget import Widget

from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.pane import Pane
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.steps_rail import StepsRail
from sockscope.ui.widgets.traffic_view import TrafficView


class ConversationPane(Pane):
    """A pane that opens sockets, with the focus on its address line or on its conversations."""

    PARTS = (Conversations, TrafficView)
    BINDINGS = [Binding("v", "steps", "Steps", show=False, tooltip="A line for each step, or all in one")]

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

    def action_steps(self) -> None:
        """Unfold the steps, or fold them."""
        self._rail.toggle()
