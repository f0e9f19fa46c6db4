"""What the panes of sockets have in common: an address line, steps, and conversations with their traffic."""

from collections.abc import Mapping, Sequence

from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener
from sockscope.show.glossary import COLUMNS, TRAFFIC, told
from sockscope.show.search.search_all import Found
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes import programs
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.pane import Pane
from sockscope.ui.screens.help import Section
from sockscope.ui.screens.search_all import SearchAllScreen, Searched
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
    _searched: Searched | None = None
    """What was searched for in all conversations, to come back to."""

    def every(self) -> list[Conversation]:
        """Return all conversations of the pane that are kept, live and ended ones."""
        raise NotImplementedError

    def beside(self, conversation: Conversation) -> list[Conversation]:
        """Have those shown among which a conversation stands, and return them."""
        return self.every()

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

    def action_search_all(self) -> None:
        """Search all conversations, and go where something was found."""
        screen = SearchAllScreen(self.TITLE, self.every, self._conversations.traffic.wall, self._searched)

        def left(found: Found | None) -> None:
            self._searched = screen.searched
            if found and self._searched and (conversation := found.conversation):
                among = self.beside(conversation)
                self._conversations.go_to(conversation, found, self._searched.search.pattern, among)

        self.app.push_screen(screen, left)

    def subjects(self) -> Mapping[str, Conversation | Listener]:
        """Return what can be copied as a program, by what it is called."""
        chosen = self._conversations.chosen
        return {"this connection": chosen} if chosen else {}

    def action_copy_program(self) -> None:
        """Ask in which language to copy what can be."""
        if subjects := self.subjects():
            programs.ask(self, subjects)

    def offer(self, action: str, name: str) -> str:
        if action == "copy_program":
            return name if self.subjects() else ""
        return super().offer(action, name)

    def action_steps(self) -> None:
        """Unfold the steps, or fold them."""
        self._rail.toggle()
