"""The traffic of the chosen conversation, and what it is read with: selecting, marks, a search, places, copying.

The rule: a box to type in is made when it is first asked for, and leaving it leads back to the traffic.
"""

from collections.abc import Callable, Iterator

from textual.app import ComposeResult
from textual.containers import Vertical

from sockscope.record.conversation import Conversation
from sockscope.request.pattern import as_hex
from sockscope.show.reading.jump import JumpError
from sockscope.show.reading.reader import Reader
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes import copying
from sockscope.ui.panes.jump_box import JumpBox
from sockscope.ui.widgets.asking_box import AskingBox
from sockscope.ui.widgets.search_box import SearchBox
from sockscope.ui.widgets.traffic_view import TrafficView


class Traffic(Vertical):
    """The view, and below it the lines to search it and to go somewhere from."""

    BINDINGS = bindings("Traffic")
    DEFAULT_CSS = """
    Traffic {
        height: 1fr;
        min-height: 3;
    }
    """

    def __init__(self, empty: str, others: Callable[[], Iterator[Conversation]]) -> None:
        """`empty` is shown while there is no conversation; `others` gives all of them."""
        super().__init__()
        self.view = TrafficView(empty=empty, others=others)
        self._reading = self.view.reading
        self._search_box = SearchBox("the traffic")
        self._jump_box = JumpBox()

    def compose(self) -> ComposeResult:
        """The view; the boxes come below it."""
        yield self.view

    def leave(self) -> bool:
        """Close a box, or end what is selected or searched for; False where there was nothing of the kind."""
        for box in (self._search_box, self._jump_box):
            if box.is_attached and box.has_focus_within:
                self._leave(box)
                return True
        return self.view.has_focus and (self._reading.end() or self._reading.end_search())

    async def _ask(self, box: AskingBox) -> None:
        if not box.is_attached:
            await self.mount(box)
        box.open()

    def _leave(self, box: AskingBox) -> None:
        box.close()
        self.screen.set_focus(self.view)

    # Selecting and going elsewhere.

    def action_extend(self, unit: str, forward: bool) -> None:
        """Select with the keyboard."""
        self._reading.read(lambda reader: reader.extend(unit, forward))

    def action_select(self) -> None:
        """Select the call that is here, then its direction, then nothing."""
        self._reading.read(Reader.select)

    def turn(self, forward: bool) -> None:
        """Go to the next or previous change of direction."""
        self._reading.read(lambda reader: reader.turn(forward))

    def mark(self) -> None:
        """Mark the call that is here, or mark it no more."""
        self._reading.read(Reader.mark)

    def next_mark(self) -> None:
        """Go to the next mark."""
        self._reading.read(Reader.next_mark)

    async def jump(self) -> None:
        """Ask where to go."""
        await self._ask(self._jump_box)

    def on_jump_box_asked(self, event: JumpBox.Asked) -> None:
        """Go there, or say why not."""
        event.stop()
        try:
            self._reading.read(lambda reader: reader.jump(event.wanted, self.view.wall))
        except JumpError as error:
            self._jump_box.say(str(error))
        else:
            self._leave(self._jump_box)

    # Searching and copying.

    async def search(self) -> None:
        """Ask what to find."""
        await self._ask(self._search_box)

    def on_search_box_asked(self, event: SearchBox.Asked) -> None:
        """Find it."""
        event.stop()
        self._leave(self._search_box)
        self._reading.search(event.pattern, as_hex(event.pattern.typed) if event.mode == "text" else None)

    def copy(self) -> None:
        """Copy what is selected, or the call that is here, in the form of the view."""
        copying.copy(self.view)

    def copy_as(self) -> None:
        """Ask in which form bytes are to be copied."""
        copying.ask(self.view)
