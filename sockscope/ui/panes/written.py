"""What stands in the send box, and what it comes to: bytes or a file, a template, a size, something to be saved.

The rule: nothing is read before it is asked for, and whatever cannot be read raises PayloadError.
"""

from dataclasses import dataclass
from pathlib import Path

from sockscope.request.ending import settled
from sockscope.request.payload import PayloadError, read, template
from sockscope.request.template import Template
from sockscope.show.payload_words import told_size
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.manners import USUAL, Manner


@dataclass(frozen=True, slots=True)
class Written:
    """A text, the manner it is written in, and whether it goes out `whole`, as a datagram does."""

    typed: str = ""
    manner: Manner = USUAL
    whole: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is the path of a file."""
        return self.manner.mode == "file"

    def _ending(self) -> str:
        return settled(self.manner.ending, self.typed, self.manner.mode, whole=self.whole)

    def payload(self) -> bytes | Path:
        """Return what is sent once. Raise PayloadError."""
        return read(self.typed, self.manner.mode, "none" if self.is_file else self._ending())

    def template(self) -> Template:
        """Return what is sent again and again. Raise PayloadError, also for a file."""
        if self.is_file:
            raise PayloadError("a file is sent once")
        return template(self.typed, self.manner.mode, self._ending())

    def saved(self, name: str) -> SavedPayload:
        """Return what is saved under a name. Raise PayloadError, also for a file."""
        if self.is_file:
            raise PayloadError("a path is not saved: save what is in the file")
        return SavedPayload(name, self.typed, self.manner.mode, self._ending())

    def size(self) -> str:
        """Say how much would be sent of what is no file. Raise PayloadError."""
        breaks = self.typed.count("\n") if self.manner.mode == "text" else 0
        return told_size(len(self.template().bytes(1)), self._ending(), breaks=breaks)
