"""What stands in the send box, and what it comes to: bytes or a file, a template, a size, something to be saved.

The rule: nothing is read before it is asked for, and whatever cannot be read raises PayloadError.
"""

from pathlib import Path
from typing import NamedTuple

from sockscope.request.ending import Ending, settled
from sockscope.request.payload import PayloadError, read, template
from sockscope.request.template import Template
from sockscope.show.payload_words import told_size
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.manners import USUAL, Manner


class Written(NamedTuple):
    """A text, the manner it is written in, and whether it goes out `whole`, as a datagram does.

    `received` and `sent` are the first bytes that went each way where it is written to.
    """

    typed: str = ""
    manner: Manner = USUAL
    whole: bool = False
    received: bytes = b""
    sent: bytes = b""

    @property
    def is_file(self) -> bool:
        """Whether it is the path of a file."""
        return self.manner.mode == "file"

    def _ending(self) -> Ending:
        ending, mode = self.manner.ending, self.manner.mode
        return settled(ending, self.typed, mode, whole=self.whole, received=self.received, sent=self.sent)

    def payload(self) -> bytes | Path:
        """Return what is sent once. Raise PayloadError."""
        return read(self.typed, "file", "none") if self.is_file else self.template().bytes(1)

    def template(self) -> Template:
        """Return what is sent again and again. Raise PayloadError, also for a file."""
        if self.is_file:
            raise PayloadError("a file is sent once")
        ending = self._ending()
        return template(self.typed, self.manner.mode, ending.behind, ending.breaks)

    def saved(self, name: str) -> SavedPayload:
        """Return what is saved under a name. Raise PayloadError, also for a file."""
        if self.is_file:
            raise PayloadError("a path is not saved: save what is in the file")
        ending = self._ending()
        typed = self.typed
        if ending.breaks == "CRLF" != ending.behind:  # what is saved has one line end for both
            typed = typed.replace("\n", "\\r\\n")
        return SavedPayload(name, typed, self.manner.mode, ending.behind)

    def size(self) -> str:
        """Say how much would be sent of what is no file. Raise PayloadError."""
        breaks = self.typed.count("\n") if self.manner.mode == "text" else 0
        return told_size(len(self.template().bytes(1)), self._ending(), line_breaks=breaks)
