"""What stands in the send box, and what it comes to."""

from pathlib import Path

import pytest

from sockscope.request.payload import PayloadError
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.manners import OWN, Manner
from sockscope.ui.panes.written import Written


def test_a_text_is_sent_with_its_line_end_and_as_a_datagram_without() -> None:
    assert Written("hello").payload() == b"hello\n"
    assert Written("hello", whole=True).payload() == b"hello"
    assert Written("a\nb", Manner(end="CRLF")).size() == "6 bytes, with CRLF, 1 line break as CRLF"
    assert Written("01", Manner("hex", OWN, "\\x03")).saved("one") == SavedPayload("one", "01", "hex", "\\x03")


def test_a_file_is_sent_once_and_its_path_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x")
    file = Written(str(tmp_path / "small"), Manner("file"))
    assert file.payload() == tmp_path / "small"
    with pytest.raises(PayloadError, match="a file is sent once"):
        file.template()
    with pytest.raises(PayloadError, match="a path is not saved"):
        file.saved("one")
