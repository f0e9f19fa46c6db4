"""What comes from the terminal, made fit before Textual reads it.

The rules: bytes that are no UTF-8 (a terminal set to Latin-1) are replaced; by themselves they would end Textual's
keyboard thread. What is pasted cannot press keys: an ESC within a bracketed paste would make Textual take the
rest of it for keys, Enter among them, so it is shown as its picture and nothing else.
"""

from codecs import getincrementaldecoder

from sockscope.ui.terminal.textual_internals import decode_keys_with

_BEGIN, _END, _ESC = "\x1b[200~", "\x1b[201~", "\x1b"


class Decoder:
    """Turns bytes into text as an incremental decoder does (codecs), with the rules above."""

    def __init__(self) -> None:
        self._utf8 = getincrementaldecoder("utf-8")(errors="replace")
        self._pasting = False
        self._seen = ""  # the latest keys: a paste may begin in them
        self._held = ""  # the latest pasted text: the paste may end in it

    def decode(self, data: bytes, final: bool = False) -> str:
        """Return the text of the next bytes; within a paste, what may be half of its end waits for the rest."""
        text = self._utf8.decode(data, final)
        done = ""
        while text:
            given, text = self._pasted(text) if self._pasting else self._keys(text)
            done += given
        if final:
            done, self._held = done + self._held.replace(_ESC, "␛"), ""
        return done

    def _keys(self, text: str) -> tuple[str, str]:
        """Return what is not pasted as it is, and what follows the beginning of a paste."""
        joined = self._seen + text
        at = joined.find(_BEGIN)
        if at < 0:
            self._seen = joined[1 - len(_BEGIN) :]
            return text, ""
        self._pasting, self._seen = True, ""
        cut = at + len(_BEGIN) - (len(joined) - len(text))
        return text[:cut], text[cut:]

    def _pasted(self, text: str) -> tuple[str, str]:
        """Return what is pasted without its ESCs, and what follows its end."""
        before, end, rest = (self._held + text).partition(_END)
        self._held = ""
        if end:
            self._pasting = False
        else:
            kept = next((size for size in range(len(_END) - 1, 0, -1) if before.endswith(_END[:size])), 0)
            before, self._held = before[: len(before) - kept], before[len(before) - kept :]
        return before.replace(_ESC, "␛") + end, rest


def make_fit() -> None:
    """Let Textual's keyboard thread read through this decoder."""
    decode_keys_with(Decoder)
