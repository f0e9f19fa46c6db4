"""Lines of entries: a gutter that is ours alone, heads that say what happened and when, and what was dropped."""

import socket
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP, UNIXGRAM, SocketKind
from sockscope.net.value import Struct, Symbol
from sockscope.record.conversation import State
from sockscope.record.fact import Call, Facts
from sockscope.record.tape_entry import EntryKind
from sockscope.show.call_line import call_line
from sockscope.show.sanitizer import safe
from sockscope.show.traffic.lines import MODES, PAGE_BYTES, Look, page, pages
from sockscope.show.wall_clock import fixed
from tests.facts import AF_INET, RECORDER, STREAM, note
from tests.show.made import (
    MS,
    SECOND,
    SEGMENT,
    START_NS,
    Canned,
    all_lines,
    canned,
    datagrams,
    drop,
    entry,
    happen,
    history,
    lines_of,
    made,
    of_role,
    page_lines,
    receive,
    secured,
    send,
    text,
)

HEADS = {EntryKind.RECEIVED: ("← ", "in"), EntryKind.SENT: ("→ ", "out"), EntryKind.FACT: ("· ", "fact")}
BELOW = {"│ ", "┆ ", "│┄"}  # bytes, a line that goes on, bytes that begin within a character shown above
GUTTERS = {"← ", "→ ", "· ", *BELOW}


# The gutter.


@given(st.lists(canned, min_size=1, max_size=6), st.sampled_from(MODES), st.integers(1, 100))
@example([("in", "← 12:00:00.000000 5 bytes\n→ 1\n│ x\n· close(7)".encode())], "text", 80)
@example([("in", b"\xc2"), ("in", b"\x80")], "auto", 1)
def test_the_gutter_is_ours_alone(happened: list[Canned], mode: str, width: int) -> None:
    conversation = made(happened)
    look = Look(mode, width)
    for the_entry in conversation.tape.entries(0):
        expected = HEADS[the_entry.kind]
        lines = [
            line for i in range(pages(the_entry, look)) for line in page_lines(page(conversation, the_entry, i, look))
        ]
        assert [line[0] == expected for line in lines] == [True] + [False] * (len(lines) - 1)
        for line in lines[1:]:
            assert line[0][0] in BELOW
            assert line[0][1] == expected[1]
        for line in lines:
            assert line[0][0] in GUTTERS


@pytest.mark.parametrize("mode", ["hex", "text"])
@pytest.mark.parametrize("size_bytes", [PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES])
def test_a_record_of_several_pages_has_one_head(mode: str, size_bytes: int) -> None:
    lines = lines_of(made([("in", b"x" * size_bytes)]), mode)
    assert [i for i, line in enumerate(lines) if not line.startswith(("│ ", "┆ "))] == [0]
    assert lines[0].endswith(f"{size_bytes:,} bytes")


@given(st.lists(canned, min_size=1, max_size=6), st.sampled_from(MODES), st.integers(1, 100))
def test_every_part_of_every_line_is_harmless(happened: list[Canned], mode: str, width: int) -> None:
    for line in all_lines(made(happened), Look(mode, width)):
        assert safe(text(line)) == text(line)


foreign = st.text(st.characters())


@given(foreign, foreign, foreign, foreign, st.sampled_from(MODES))
def test_a_fact_is_written_harmlessly_whatever_it_holds(
    argument: str, result: str, error: str, meaning: str, mode: str
) -> None:
    conversation = made()
    path = Endpoint(socket.AF_UNIX, path=argument)
    given = (argument, Symbol(argument), path, Path(argument), Struct(((argument, 1),)))
    note(conversation, Call("connect", 7, given, result, error, START_NS, 1000, meaning))
    RECORDER.refuse(conversation, "connect", given, error, meaning)
    for line in all_lines(conversation, Look(mode, 80)):
        assert safe(text(line)) == text(line)


# The head of an entry.


def test_a_head_says_direction_time_delta_and_length() -> None:
    conversation = made()
    receive(conversation, b"x" * 1204, START_NS)
    send(conversation, b"y", at_ns=START_NS + 1500 * MS)
    receive(conversation, b"z" * 5, START_NS + 1500 * MS + 42_000)
    assert [text(line) for line in all_lines(conversation, Look("text", 2000)) if line[0][0] in ("← ", "→ ")] == [
        "← 00:16:40.000000            1,204 bytes",
        "→ 00:16:41.500000    +1.5 s  1 byte",
        "← 00:16:41.500042    +42 µs  5 bytes",
    ]


def test_a_head_shows_the_time_of_the_wall() -> None:
    conversation = made([("in", b"x")])
    line = page(conversation, entry(conversation), 0, Look("text", 80, wall=fixed(3600 * SECOND))).line(0)
    assert of_role(line, "time").strip() == "01:16:40.000000"


def test_a_clock_of_calls_that_overlap_may_go_back() -> None:
    conversation = made()
    receive(conversation, b"x", START_NS + 2 * MS)
    send(conversation, b"y", at_ns=START_NS)
    assert "-2.0 ms" in lines_of(conversation, number=1)[0]


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_partial_send_says_of_how_many(mode: str) -> None:
    conversation = made()
    send(conversation, b"x" * 4157, asked=20_000)
    assert lines_of(conversation, mode)[0].endswith("4,157 bytes of 20,000")


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_whole_send_and_a_receive_do_not(mode: str) -> None:
    conversation = made([("out", b"abc"), ("in", b"abc")])
    assert lines_of(conversation, mode, number=0)[0].endswith("3 bytes")
    assert lines_of(conversation, mode, number=1)[0].endswith("3 bytes")


def test_calls_show_what_was_asked_and_what_was_given() -> None:
    conversation = made()
    conversation.fd = 7
    send(conversation, b"x" * 5, asked=10, took_ns=7000)
    receive(conversation, b"y" * 3, START_NS + 1000, took_ns=5000)
    note(conversation, Call("recv", 7, (262144,), 0, "", START_NS + 2000, 4000, "peer finished sending"))
    note(conversation, Call("send", 7, (10,), None, "EPIPE", START_NS + 3000, 4000))
    assert [text(line).partition("  ")[2].strip() for line in all_lines(conversation, Look("calls", 200))] == [
        "send(7, 10) = 5 7 µs",
        "+1 µs  recv(7, 262144) = 3 5 µs",
        "+1 µs  peer finished sending recv(7, 262144) = 0 4 µs",
        "+1 µs  send(7, 10) = EPIPE 4 µs",
    ]


@given(st.lists(canned, min_size=1, max_size=20))
def test_calls_have_one_line_for_each_entry(happened: list[Canned]) -> None:
    conversation = made(happened)
    look = Look("calls", 80)
    assert len(all_lines(conversation, look)) == len(happened)
    assert {pages(the_entry, look) for the_entry in conversation.tape.entries(0)} == {1}


@pytest.mark.parametrize("mode", MODES)
def test_an_event_is_in_line_with_the_bytes_in_every_mode(mode: str) -> None:
    conversation = made([("in", b"x")])
    note(conversation, Call("recv", 7, (9,), None, "ECONNRESET", START_NS + MS, 1000, "reset by peer"))
    line = all_lines(conversation, Look(mode, 80))[-1]
    assert of_role(line, "event").strip() == "reset by peer"
    assert "ECONNRESET" in of_role(line, "error")


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_datagram_says_that_it_is_one_also_an_empty_one(mode: str) -> None:
    conversation = datagrams()
    for what, data in (("in", b"hello"), ("out", b""), ("in", b"x")):
        happen(conversation, what, data)
    heads = [
        text(line).split("  ")[-1] for line in all_lines(conversation, Look(mode, 80)) if line[0][0] in ("← ", "→ ")
    ]
    assert heads == ["datagram of 5 bytes", "empty datagram", "datagram of 1 byte"]


@pytest.mark.parametrize("transport", [UDP, UNIXGRAM])
@pytest.mark.parametrize(("state", "sent"), [(State.CONNECTED, "send"), (State.OPEN, "sendto")])
def test_calls_of_datagrams_are_named_as_they_were_made(transport: SocketKind, state: State, sent: str) -> None:
    conversation = datagrams(state, transport)
    happen(conversation, "in", b"hello")
    happen(conversation, "out", b"hi")
    RECORDER.closed(conversation)
    called = [of_role(line, "call").strip() for line in all_lines(conversation, Look("calls", 200))]
    assert called == ["recvfrom(7, 262144)", f"{sent}(7, 2)"], "also once it is closed"


def test_calls_of_tls_are_named_as_they_were_made_on_both_tracks() -> None:
    conversation = secured()
    happen(conversation, "out", b"hello")
    (_, plaintext), (_, wire) = conversation.tracks()
    wire.tape.sent(memoryview(b"\x17\x03\x03"), 3, START_NS, 1000)
    calls = {
        track: [of_role(line, "call").strip() for line in all_lines(track, Look("calls", 200)) if line[0][1] == "out"]
        for track in (plaintext, wire)
    }
    assert calls == {plaintext: ["SSL_write(7, 5)"], wire: ["send(7, 3)"]}
    heads = [text(line)[-7:] for track in calls for line in all_lines(track, Look("hex", 80)) if line[0][0] == "→ "]
    assert heads == ["5 bytes", "3 bytes"]


def test_a_call_is_written_as_strace_does() -> None:
    assert text(call_line(Call("socket", -1, (AF_INET, STREAM), 7, "", 0, 12_000))) == (
        "socket(AF_INET, SOCK_STREAM) = 7 12 µs"
    )


@pytest.mark.parametrize("mode", MODES)
def test_what_was_not_done_is_no_call_and_in_line_with_the_bytes(mode: str) -> None:
    conversation = made([("in", b"x")])
    RECORDER.refuse(conversation, "send", (5,), "EPIPE", "not sent: our direction is finished")
    line = all_lines(conversation, Look(mode, 100))[-1]
    assert text(line).startswith("⊘ "), "no mark of a call"
    assert text(line).endswith("not done: send, 5 · not sent: our direction is finished EPIPE")
    assert (of_role(line, "event"), of_role(line, "error")) == ("not done: ", "EPIPE")
    assert of_role(line, "call") == of_role(line, "result") == "", "nothing was called, and nothing returned"


def test_what_was_not_done_need_not_be_about_anything() -> None:
    conversation = made()
    RECORDER.refuse(conversation, "reset", (), "EOPNOTSUPP", "no reset")
    assert lines_of(conversation, "calls")[0].endswith("not done: reset · no reset EOPNOTSUPP")


# What was dropped.


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_bytes_that_are_dropped_after_the_layout_are_said(mode: str) -> None:
    conversation = made([("in", b"x" * 100)])
    shown = page(conversation, entry(conversation), 0, Look(mode, 80))
    drop(conversation)
    assert shown.height > 1
    assert {text(line[1:]) for line in page_lines(shown)[1:]} == {"dropped meanwhile"}


@pytest.mark.parametrize("mode", ["hex", "text"])
@pytest.mark.parametrize("number", [0, 1])
def test_bytes_that_are_dropped_before_the_layout_are_said(mode: str, number: int) -> None:
    conversation = made([("in", b"x" * (PAGE_BYTES + 100))])
    the_entry = entry(conversation)
    drop(conversation)
    shown = page(conversation, the_entry, number, Look(mode, 80))
    assert any("dropped" in text(line) for line in page_lines(shown))


def test_a_call_that_is_dropped_is_said() -> None:
    conversation = made([("setsockopt", b"")] * (Facts.FIRST + Facts.LATEST + 1))
    lines = all_lines(conversation, Look("calls", 80))
    assert [i for i, line in enumerate(lines) if "a call, dropped" in text(line)] == [Facts.FIRST]


@pytest.mark.parametrize("mode", MODES)
def test_the_first_kept_record_tells_no_time_since_one_that_is_gone(mode: str) -> None:
    conversation = made(keeping=history(0))
    for i in range(5):
        happen(conversation, "in", bytes([i]) * SEGMENT)
    first = entry(conversation, conversation.tape.first_entry)
    assert first.number > 0
    shown = page(conversation, first, 0, Look(mode, 80))
    assert of_role(shown.line(0)[:3], "delta").strip() == "", "the call before may have been long ago"
