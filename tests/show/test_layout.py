"""Text cut into lines."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.layout import LONGEST, fit, fit_parts, packed, plain, wrapped
from sockscope.show.sanitizer import cells


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("0.0.1.ip6.arpa", 6, ["0.0.1.", "ip6.", "arpa"]),
        ("to example.org", 8, ["to", "example.", "org"]),
        ("ab.cd ef", 7, ["ab.cd", "ef"]),
        ("2001:db8::1", 6, ["2001:", "db8::1"]),
        ("/etc/hosts", 7, ["/etc/", "hosts"]),
        ("one,two", 4, ["one,", "two"]),
        ("a.bcdefg", 4, ["a.", "bcde", "fg"]),
        ("日本.語語", 6, ["日本.", "語語"]),
        ("....", 2, ["..", ".."]),
    ],
)
def test_without_a_space_a_line_is_cut_behind_a_mark_or_where_the_room_ends(
    text: str, room: int, lines: list[str]
) -> None:
    assert wrapped(text, room) == lines


@given(text=st.text("ab .:/,語", max_size=80), room=st.integers(2, 20))
def test_every_line_fits_and_only_spaces_are_lost(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert all(cells(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_of_a_very_long_text_the_beginning_is_written_and_the_rest_counted() -> None:
    began_at = time.process_time()
    for letter in "xé":
        lines = wrapped(letter * 1_000_000, 76)
        assert len(lines) < LONGEST and lines[-1].endswith("more)")
        assert cells(fit(letter * 1_000_000, 76)) == 76
    assert time.process_time() - began_at < 1, "it takes as long as what is written"


@pytest.mark.parametrize(
    ("text", "room", "cut"),
    [
        ("a5 5a … → 06", 8, "a5 5a … "),
        ("a5 5a … → 06", 7, "a5 5a …"),
        ("a…… b", 4, "a…  "),
        ("a……", 3, "a……"),
        ("語語", 3, "語…"),
    ],
)
def test_what_is_cut_ends_in_one_ellipsis(text: str, room: int, cut: str) -> None:
    assert fit(text, room) == cut


@given(st.lists(st.text("ab …語", max_size=8), max_size=5), st.integers(1, 24))
def test_parts_are_cut_as_their_text_would_be(texts: list[str], room: int) -> None:
    parts = [(text, str(number)) for number, text in enumerate(texts)]
    fitted = fit_parts(parts, room)
    text = "".join(one for one, _ in fitted)
    assert cells(text) == room
    whole = "".join(texts)
    assert text.rstrip(" …") == whole[: len(text.rstrip(" …"))]
    assert cells(whole) > room or plain([fitted]) == whole.rstrip()


def test_things_are_packed_whole_and_what_has_no_room_is_said() -> None:
    things = ["one", "two", "three", "four"]
    assert packed(things, 11, 3) == ["one · two", "three", "four"]
    assert packed(things, 14, 2) == ["one · two", "three · four"]
    assert packed(things, 11, 2) == ["one · two", "three …"]
    assert packed(["something long"], 6, 1) == ["somet…"]
    assert packed([], 10, 3) == []
