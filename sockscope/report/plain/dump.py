"""What goes both ways, into a file too: the bytes (`--output`), or a hex dump of them (`--hex-dump`), as ncat has it.

The rule: where the file cannot be written any more it ends with a line on standard error, and the traffic goes on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sockscope.reason import reason
from sockscope.record.conversation import Conversation
from sockscope.record.observer import Observer
from sockscope.record.tape_entry import Mover
from sockscope.show.traffic.hex_line import hex_parts

_SENT = (Mover.SEND, Mover.SENDTO, Mover.SSL_WRITE)
_ROW_BYTES = 16


class Dump(Observer):
    """Observes an engine, and writes all that moves into one file."""

    def __init__(self, path: Path, say: Callable[[str], None], *, hexadecimal: bool) -> None:
        """`say` takes the line where it cannot be written. Raise OSError."""
        self._file: BinaryIO | None = path.open("wb")
        self._path, self._say, self._hex = path, say, hexadecimal

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Write what was moved."""
        if self._file is None:
            return
        sent = mover in _SENT
        flow = conversation.flow
        offset = (flow.bytes_out if sent else flow.bytes_in) - len(data)
        try:
            self._file.write(_rows(bytes(data), offset, ">" if sent else "<") if self._hex else data)
        except OSError as error:
            self._lost(error)

    def close(self) -> None:
        """Write what is left."""
        if self._file:
            try:
                self._file.close()
            except OSError as error:
                self._lost(error)

    def _lost(self, error: OSError) -> None:
        self._file = None
        self._say(f"{self._path} is not written any more: {reason(error)}")


def _rows(data: bytes, offset: int, arrow: str) -> bytes:
    """Write a direction before each line of hex."""
    lines = []
    for at in range(0, len(data), _ROW_BYTES):
        parts = hex_parts(offset + at, data[at : at + _ROW_BYTES], _ROW_BYTES)
        lines.append(f"{arrow} {''.join(text for text, _ in parts)}\n")
    return "".join(lines).encode("ascii")
