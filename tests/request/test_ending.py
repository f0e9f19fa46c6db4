"""Line ends: of one's own, and which is put where that is left to us."""

import pytest

from sockscope.request.ending import AUTO, Because, settled
from sockscope.request.payload import LONGEST_ENDING, PayloadError, read


@pytest.mark.parametrize(
    ("typed", "mode", "whole", "ending"),
    [
        ("", "text", False, "LF"),
        ("hello", "text", False, "LF"),
        ("hello", "text", True, "none"),
        ("hello\\r\\n", "text", False, "none"),
        ("hello\\n", "text", False, "none"),
        ("hello\\r", "text", False, "none"),
        ("hello\\x00", "text", False, "none"),
        ("two\nlines\n", "text", False, "none"),
        ("hello\\\\n", "text", False, "LF"),
        ("hello\\r\\n\\{crc32}", "text", False, "none"),
        ("HTTP/1.1 200 OK\\r\\n\\r\\nhello", "text", False, "none"),
        ("68 69", "hex", False, "none"),
    ],
)
def test_one_is_put_behind_text_that_has_none(typed: str, mode: str, whole: bool, ending: str) -> None:
    assert settled(AUTO, typed, mode, whole=whole).behind == ending


@pytest.mark.parametrize(
    ("typed", "received", "sent", "ending", "because"),
    [
        ("250 ok", b"EHLO here\r\n", b"", "CRLF", Because.PEER),
        ("HTTP/1.1 200 OK", b"GET / HTTP/1.1\r\nHost: a\r\nAcc", b"", "CRLF", Because.PEER),
        ("GET / HTTP/1.1", b"hello\n", b"", "LF", Because.USUAL),
        ("hello", b"one\r\ntwo\n", b"", "LF", Because.USUAL),
        ("hello", b"no line", b"", "LF", Because.USUAL),
        ("GET / HTTP/1.0", b"", b"", "CRLF", Because.HTTP),
        ("GET / HTTP/1.1\nHost: a", b"", b"", "CRLF", Because.HTTP),
        ("HTTP/1.1 204 No Content", b"", b"", "CRLF", Because.HTTP),
        ("about HTTP/1.1 and others", b"", b"", "LF", Because.USUAL),
        ("Host: a", b"", b"GET / HTTP/1.1\r\n", "CRLF", Because.BEFORE),
    ],
)
def test_it_is_what_lines_end_in_here(typed: str, received: bytes, sent: bytes, ending: str, because: Because) -> None:
    found = settled(AUTO, typed, "text", whole=False, received=received, sent=sent)
    assert (found.behind, found.breaks, found.because) == (ending, ending, because)


def test_line_breaks_follow_where_nothing_is_put_behind() -> None:
    assert settled(AUTO, "a\n\n", "text", whole=False, received=b"x\r\n").breaks == "CRLF"
    assert settled(AUTO, "a\nb", "text", whole=True, received=b"x\r\n").breaks == "CRLF"


@pytest.mark.parametrize("ending", ["none", "CRLF", "\\x03"])
def test_one_that_was_chosen_is_kept(ending: str) -> None:
    assert settled(ending, "hello\\r\\n", "text", whole=True, received=b"x\r\n").behind == ending


@pytest.mark.parametrize(("ending", "data"), [("\\x03", b"hi\x03"), ("\\r\\n\\r\\n", b"hi\r\n\r\n"), (";", b"hi;")])
def test_one_of_ones_own_is_put_behind(ending: str, data: bytes) -> None:
    assert read("hi", "text", ending) == data


@pytest.mark.parametrize("ending", ["\\x3", "END", "CRFL", "\\{time}", "x" * (LONGEST_ENDING + 1)])
def test_one_of_ones_own_that_cannot_be_read_is_refused(ending: str) -> None:
    with pytest.raises(PayloadError):
        read("hi", "text", ending)
