"""Marks of calls: in order, and the oldest go where there are too many."""

import pytest

from sockscope.show.reading import bookmarks as module
from sockscope.show.reading.bookmarks import Bookmarks
from tests.show.made import SEGMENT, drop, made


def test_the_oldest_mark_goes_first_whatever_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EACH", 3)
    bookmarks, track = Bookmarks(), made([("in", b"x")] * 9)
    for number in (8, 2, 5, 1):
        bookmarks.turn(track, number)
    assert bookmarks.of(track) == [1, 2, 5]
    bookmarks.turn(track, 2)
    assert bookmarks.of(track) == [1, 5] and not bookmarks.has(track, 2)


def test_marks_of_what_was_dropped_are_not_gone_to() -> None:
    bookmarks, track = Bookmarks(), made([("in", b"x" * SEGMENT)] * 3)
    for number in (0, 2):
        bookmarks.turn(track, number)
    drop(track)
    assert bookmarks.of(track) == [2]
