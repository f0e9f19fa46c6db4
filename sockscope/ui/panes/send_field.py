"""The field to send from, where Enter sends, ctrl+d is the end of what we send and ctrl+r sends again and again."""

from collections.abc import Callable

from textual import events
from textual.message import Message

from sockscope.store.shelf import Saved, SavedPayload
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.widgets.lines_field import LinesField
from sockscope.ui.widgets.saved_field import Shelf

Take = Callable[[str], bool]
"""Sends what was typed; gives whether that was done."""


class SendField(LinesField):
    """The field.

    What Enter takes is taken at once: keys that follow quickly belong to the next message.
    """

    BINDINGS = bindings("SendField")

    class Finished(Message):
        """The end of what we send was typed."""

    class RepeatRequested(Message):
        """What was typed is to be sent again and again, or no more."""

    class Refused(Message):
        """What was typed or pasted does not fit."""

    def __init__(
        self,
        placeholder: str,
        send: Take,
        *,
        entry: Callable[[str], SavedPayload],
        fill: Callable[[SavedPayload], None],
        repeats: Callable[[], bool],
        can_send: Callable[..., bool],
        can_finish: Callable[[], bool],
    ) -> None:
        """`entry` gives what stands here under a name, `fill` puts something saved here.

        `repeats` says whether something is sent again and again, `can_send` whether anything would go out (`to_one`: in
        any case to who is chosen), `can_finish` whether there is an end of stream to send.
        """
        super().__init__(placeholder, does="Send")
        self._send = send
        self._repeats, self._can_send, self._can_finish = repeats, can_send, can_finish
        self._fill = fill
        self.shelf = Shelf(SavedPayload, entry, self._take)

    async def on_key(self, event: events.Key) -> None:
        """Take Enter in line with the other keys; as a binding it would come behind those that follow it."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        """Send what was typed; where it cannot be sent, it stays."""
        if self._send(self.value):
            self.remember(self.value)
            self.value = ""

    def action_finish(self) -> None:
        """Ask for our direction to be finished, as fingers expect of ctrl+d."""
        self.post_message(self.Finished())

    def action_repeat(self) -> None:
        """Ask for it to be sent again and again, or no more."""
        self.post_message(self.RepeatRequested())

    def restricted(self) -> None:
        """Say that it is too long."""
        self.post_message(self.Refused())

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now, nothing where what is typed could not go out."""
        if action == "repeat" and self._repeats():
            return "Stop repeating"
        if action in ("submit", "finish", "repeat") and not self._can_send(to_one=action != "submit"):
            return ""
        if action == "finish" and not self._can_finish():
            return ""
        return super().offer(action, name)

    def _take(self, saved: Saved) -> None:
        """Put a saved payload here."""
        if isinstance(saved, SavedPayload):
            self._fill(saved)
