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


def test_lines_end_as_the_peers_do_and_it_is_said() -> None:
    answer = Written("250 ok", received=b"NOOP\r\n")
    assert (answer.payload(), answer.size()) == (b"250 ok\r\n", "8 bytes, with CRLF, as the peer does")
    assert Written("GET / HTTP/1.0").size() == "16 bytes, with CRLF, as HTTP does"
    assert Written("Host: a", sent=b"GET / HTTP/1.0\r\n").size() == "9 bytes, with CRLF, as before"
    asked = Written("GET / HTTP/1.0\n\n")
    assert (asked.payload(), asked.size()) == (
        b"GET / HTTP/1.0\r\n\r\n",
        "18 bytes, 2 line breaks as CRLF, as HTTP does",
    )
    assert asked.saved("asked") == SavedPayload("asked", r"GET / HTTP/1.0\r\n\r\n", "text", "none")
    assert Written("0a", Manner("hex"), received=b"NOOP\r\n").size() == "1 byte"


def test_a_file_is_sent_once_and_its_path_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x")
    file = Written(str(tmp_path / "small"), Manner("file"))
    assert file.payload() == tmp_path / "small"
    with pytest.raises(PayloadError, match="a file is sent once"):
        file.template()
    with pytest.raises(PayloadError, match="a path is not saved"):
        file.saved("one")
