"""The line below the send box: how much would be sent, or why it cannot be read or was not sent.

The rules: what was refused stays said until something else is typed. A file is asked beside the loop, which a slow disk
would hold up, and of several paths typed meanwhile the last one.
"""

import asyncio

from sockscope.request.payload import PayloadError, file_path
from sockscope.show.payload_words import told_file
from sockscope.ui.panes.written import Written
from sockscope.ui.widgets.message_line import MessageLine

_COUNTED = 32 * 1024
"""Characters: what is longer is not read at each key."""


class SizeLine(MessageLine):
    """Tells of what is written now, or was refused."""

    def __init__(self) -> None:
        super().__init__()
        self._about = Written()
        self._refused: str | None = None  # what was typed and not sent
        self._asking = False  # a file's size is being asked for

    def refuse(self, typed: str, reason: str) -> None:
        """Say why what was typed was not sent; without a reason it was."""
        self.say(reason)
        self._refused = typed if reason else None

    def follow(self, written: Written) -> None:
        """Tell of what is typed now, unless it is what was just refused."""
        if written.typed != self._refused:
            self.measure(written)

    def measure(self, written: Written) -> None:
        """Say how much would be sent, or why it cannot be read."""
        self._about, self._refused = written, None
        if not written.typed:
            self.say("")
        elif written.is_file:
            self._measure_file()
        elif len(written.typed) > _COUNTED:
            self._note(f"{len(written.typed):,} characters")
        else:
            try:
                self._note(written.size())
            except PayloadError as error:
                self.say(str(error), look="warning")

    def _note(self, text: str) -> None:
        self.say(text, look="note")

    def _measure_file(self) -> None:
        if not self._asking:
            self._asking = True
            self.run_worker(self._ask_file())

    async def _ask_file(self) -> None:
        path, said = "", ""
        try:
            while (now := self._about.typed) != path:
                path = now
                said = await asyncio.to_thread(_file_size, path)
        finally:
            self._asking = False
        if self._about.is_file and path and self._refused is None:
            self._note(said)


def _file_size(typed: str) -> str:
    try:
        return told_file(file_path(typed).stat().st_size)
    except (PayloadError, OSError) as error:
        return str(error)
