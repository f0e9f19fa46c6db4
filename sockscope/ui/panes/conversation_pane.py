"""What the panes of sockets have in common: an address line, steps, and conversations with their traffic."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from textual.message import Message
from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.finding import Finding, OwnHolder
from sockscope.record.listener import Listener
from sockscope.show.call_log.source import Scope
from sockscope.show.explain.explanation import Explanation
from sockscope.show.glossary import BOX, COLUMNS, TRAFFIC, told
from sockscope.show.search.search_all import Found
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes import programs
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.pane import Pane
from sockscope.ui.screens.call_log import CallLogScreen, Place
from sockscope.ui.screens.help import Section
from sockscope.ui.screens.search_all import SearchAllScreen, Searched
from sockscope.ui.terminal.letters import Irrevocable
from sockscope.ui.widgets.conversation_words import explained_state
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.steps_rail import StepsRail
from sockscope.ui.widgets.traffic_view import TrafficView
from sockscope.ui.widgets.way_on import NAMES

_ALWAYS = ("#", "•", "–", "▁▃▇")
"""What is explained whatever columns there is room for: the title of the traffic has it, or a column without one."""


class HolderRequested(Message):
    """What of ours has an address is to be shown."""

    def __init__(self, holder: OwnHolder) -> None:
        super().__init__()
        self.holder = holder


class ConversationPane(Pane):
    """A pane that opens sockets, with the focus on its address line or on its conversations."""

    class CallWanted(Message):
        """A call is to be shown in the traffic of its conversation, in whichever pane that is."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    PARTS = (Conversations, TrafficView)
    BINDINGS = bindings("ConversationPane")

    _address: AddressField
    _rail: StepsRail
    _conversations: Conversations
    _narrowed = ""
    """What the call log was narrowed by."""

    _searched: Searched | None = None
    """What was searched for in all conversations, to come back to."""

    def advice(self) -> Explanation | None:
        """Return the explanation that is in sight, where something failed."""
        raise NotImplementedError

    def take_way_on(self, action: str) -> None:
        """Do what is advised."""
        raise NotImplementedError

    def reveal(self, number: int) -> None:
        """Choose what has this number."""
        raise NotImplementedError

    def every(self) -> list[Conversation]:
        """Return all conversations of the pane that are kept, live and ended ones."""
        raise NotImplementedError

    def show_among(self, conversation: Conversation) -> list[Conversation]:
        """Have those shown among which a conversation stands, and return them."""
        return self.every()

    @property
    def field(self) -> Widget:
        return self._address

    @property
    def table(self) -> Widget:
        return self._conversations.table

    def focus_bytes(self) -> None:
        self.screen.set_focus(self._conversations.traffic.view)

    def explained(self) -> Sequence[Section]:
        return [
            ("State", explained_state(self._conversations.chosen)),
            ("Steps", self._rail.explained()),
            ("Columns", told(dict.fromkeys((*self._conversations.table.titles, *_ALWAYS)), COLUMNS)),
            ("What stands before a line of traffic", list(TRAFFIC.items())),
            ("The box to send from", list(BOX.items())),
        ]

    def action_search_all(self) -> None:
        """Search all conversations, and go where something was found."""
        screen = SearchAllScreen(self.TITLE, self.every, self._conversations.traffic.view.wall, self._searched)

        def left(found: Found | None) -> None:
            self._searched = screen.searched
            if found and self._searched and (conversation := found.conversation):
                among = self.show_among(conversation)
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

    def action_way_on(self) -> None:
        """Do what the explanation in sight advises."""
        advised = self.advice()
        if advised and advised.action:
            self.post_message(Irrevocable("done", partial(self.take_way_on, advised.action)))

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now."""
        if action == "copy_program":
            return name if self.subjects() else ""
        if action == "way_on":
            advised = self.advice()
            return NAMES[advised.action][0] if advised and advised.action in NAMES else ""
        return super().offer(action, name)

    def _go_to_holder(self, findings: Sequence[Finding]) -> None:
        """Have shown what of ours has the address."""
        if held := next((one for one in findings if isinstance(one, OwnHolder)), None):
            self.post_message(HolderRequested(held))

    def scopes(self) -> dict[str, Callable[[], Scope]]:
        """Return whose calls a log can be of, by what they are called; the first is what is meant."""
        chosen = self._conversations.chosen
        return {f"#{chosen.number}": lambda: Scope((chosen,))} if chosen else {}

    def _everything(self) -> Scope:
        listeners = tuple(self._engine.listeners.values())
        dialled = list(self._engine.dialled.values())
        return Scope((*dialled, *(client for one in listeners for client in list(one.clients.values()))), listeners)

    def action_call_log(self) -> None:
        """Show the calls, from the one that is here in the traffic where that has the focus."""
        view = self._conversations.traffic.view
        screen = CallLogScreen(
            {**self.scopes(), "everything": self._everything}, view.wall, self._narrowed, self._here()
        )

        def left(place: Place | None) -> None:
            self._narrowed = screen.typed
            if place:
                self.post_message(self.CallWanted(place))

        self.app.push_screen(screen, left)

    def _here(self) -> Place | None:
        """Return the call that is here in the traffic; None while the newest are followed, or without the focus."""
        view, chosen = self._conversations.traffic.view, self._conversations.chosen
        stand, reader = view.reading.stand, view.reading.reader
        shown = reader.here() if reader and stand and view.has_focus and not stand.following else None
        if chosen is None or shown is None:
            return None
        tracks = [track for _, track in chosen.tracks()]
        return Place(chosen, tracks.index(shown.track), shown.entry.number) if shown.track in tracks else None

    def go_to_call(self, place: Place) -> None:
        """Show a call of one of the pane's conversations."""
        self._conversations.go_to_call(place, self.show_among(place.conversation))

    def action_steps(self) -> None:
        """Unfold the steps, or fold them."""
        self._rail.toggle()
