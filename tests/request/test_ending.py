"""Line ends: of one's own, and which is put where that is left to us."""

import pytest

from sockscope.request.ending import AUTO, settled
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
        ("hello\\r\\n\\{crc32}", "text", False, "LF"),
        ("68 69", "hex", False, "none"),
    ],
)
def test_one_is_put_behind_text_that_has_none(typed: str, mode: str, whole: bool, ending: str) -> None:
    assert settled(AUTO, typed, mode, whole=whole) == ending


@pytest.mark.parametrize("ending", ["none", "CRLF", "\\x03"])
def test_one_that_was_chosen_is_kept(ending: str) -> None:
    assert settled(ending, "hello\\r\\n", "text", whole=True) == ending


@pytest.mark.parametrize(("ending", "data"), [("\\x03", b"hi\x03"), ("\\r\\n\\r\\n", b"hi\r\n\r\n"), (";", b"hi;")])
def test_one_of_ones_own_is_put_behind(ending: str, data: bytes) -> None:
    assert read("hi", "text", ending) == data


@pytest.mark.parametrize("ending", ["\\x3", "END", "CRFL", "\\{time}", "x" * (LONGEST_ENDING + 1)])
def test_one_of_ones_own_that_cannot_be_read_is_refused(ending: str) -> None:
    with pytest.raises(PayloadError):
        read("hi", "text", ending)
