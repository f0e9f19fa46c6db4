"""What is copied of the traffic, how it is told, and what is too much."""

import pytest

from sockscope.net.socket_kind import UDP
from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading import copying
from sockscope.show.reading.copying import CopyError, as_shown, in_form, targets
from sockscope.show.reading.selection import direction
from sockscope.show.wall_clock import UNSET
from tests.show.made import SEGMENT, drop, made
from tests.show.reading.test_reader import TALK, reading


def test_what_is_selected_is_copied_as_it_is_shown() -> None:
    reader = reading(made(TALK), height=20)
    assert as_shown(reader, "auto", UNSET) == copying.Copied("one\n", "4 bytes received, as text")
    reader.select()
    reader.select()
    assert as_shown(reader, "hex", UNSET).text.startswith("00000000 6f 6e 65 0a")
    shown = as_shown(reader, "calls", UNSET)
    assert shown.what == "3 calls"
    assert [line[line.index("recv(") :].split(" ")[0] for line in shown.text.split("\n")] == 3 * ["recv(262144)"]
    assert ["+" in line for line in shown.text.split("\n")] == [False, True, True]


def test_a_dump_has_the_offsets_of_the_direction() -> None:
    reader = reading(made(TALK), "hex", height=20)
    reader.extend("line", True)
    chosen = direction(reader.stand.scroller.strand.tracks[0], EntryKind.RECEIVED)
    assert chosen
    assert in_form(chosen.to(7), "dump").text.startswith("00000000 6f")
    reader.go(4)
    assert as_shown(reader, "hex", UNSET).text.startswith("00000008 74 68")


def test_everything_that_can_be_copied_has_a_name() -> None:
    reader = reading(made(TALK))
    assert list(targets(reader)) == ["this call", "all received", "all sent"]
    reader.select()
    assert list(targets(reader)) == ["selection", "this call", "all received", "all sent"]
    assert targets(reading(made([("shutdown", b"")]))) == {}


def test_nothing_too_much_and_what_was_dropped_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CopyError, match="nothing to copy yet"):
        as_shown(reading(made()), "auto", UNSET)
    conversation = made([("in", b"x" * SEGMENT), ("in", b"y" * SEGMENT)])
    chosen = direction(conversation, EntryKind.RECEIVED)
    assert chosen
    monkeypatch.setattr(copying, "MOST", 300_000)
    with pytest.raises(CopyError, match="too much to copy"):
        in_form(chosen, "hex")
    drop(conversation, 1)
    assert in_form(chosen, "base64").what == "200,000 bytes received, as base64"
    drop(conversation, 1)
    with pytest.raises(CopyError, match="was dropped"):
        in_form(chosen, "hex")


def test_a_datagram_has_the_offsets_of_its_lines() -> None:
    reader = reading(made([("in", b"first"), ("in", b"second")], transport=UDP))
    reader.go(1)
    assert as_shown(reader, "hex", UNSET).text.startswith("00000000 73 65")


def test_line_ends_that_become_others_are_said_and_too_many_calls_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = reading(made([("in", b"a\r\nb\r\n")] * 5))
    assert as_shown(reader, "text", UNSET).what == "6 bytes received, as text, line ends as LF"
    monkeypatch.setattr(copying, "_MOST_CALLS", 4)
    reader.select()
    reader.select()
    for mode in ("hex", "calls"):
        with pytest.raises(CopyError, match="over 4 calls"):
            as_shown(reader, mode, UNSET)
