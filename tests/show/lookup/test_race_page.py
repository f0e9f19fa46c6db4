"""The page of the race: bars on one axis, outcomes, and a cell for the table of rows."""

import socket
from collections.abc import Sequence

import pytest

from sockscope.net.address import Address
from sockscope.net.endpoint import Endpoint
from sockscope.net.row import Row
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.request import Connect
from sockscope.request.question import Question
from sockscope.show.layout import Lines, plain
from sockscope.show.lookup.race import attempt_word
from sockscope.show.lookup.race_page import race_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe
from tests.engine.loopback import row
from tests.facts import RECORDER, at, note
from tests.show.made import MS, START_NS, made

A, B, C, D = (row(host, 80) for host in ("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"))
ROWS = (A, B, C, D)
BARS = "▏▎▍▌▋▊▉█"


def attempt(
    tried: Row, from_ms: float, to_ms: float = 0, error: str = "", *, won: bool = False, dialled_ms: int = 0
) -> Attempt:
    ended_at_ns = START_NS + int(to_ms * MS) if to_ms else 0
    return Attempt(tried.endpoint, START_NS + int(from_ms * MS), 7, ended_at_ns, error, won, dialled_ms * MS)


def race(*attempts: Attempt, rows: Sequence[Row] = ROWS) -> Conversation:
    conversation = made()
    conversation.request = Connect(Address("example.com", 80), rows=list(rows))
    for one in attempts:
        RECORDER.attempts.add(conversation, one)
        if one.won:
            RECORDER.connected(conversation, 7, at("127.0.0.1:4"), one.address, one.ended_at_ns)
    return conversation


def lines(conversation: Conversation | None, width: int = 118, after_ms: float = 0) -> list[str]:
    return plain(drawn(conversation, width, after_ms)).splitlines()


def drawn(conversation: Conversation | None, width: int, after_ms: float = 0) -> Lines:
    lookup = Lookup(1, Question("example.com", "80"))
    lookup.rows = ROWS
    return race_page(Subject(lookup, START_NS + int(after_ms * MS), conversation), width)


def bar(line: str) -> tuple[int, str]:
    """Where a line's bar begins, and the bar."""
    begins = next(place for place, character in enumerate(line) if character in BARS)
    return begins, line[begins:]


HAPPY = [
    attempt(A, 0, 400, "ECANCELED"),
    attempt(C, 250, 260, "ECONNREFUSED"),
    attempt(B, 260, 400, won=True),
]


def test_without_a_race_it_says_which_keys_begin_one() -> None:
    assert lines(None) == ["  Enter connects to the chosen row, C connects to the name as programs do."]


@pytest.mark.parametrize(("ports", "lacking"), [((), False), ((0, 0), True), ((0, 80), False)])
def test_without_a_port_it_says_that_one_is_needed_first(ports: Sequence[int], lacking: bool) -> None:
    lookup = Lookup(1, Question("example.com"))
    lookup.rows = tuple(row("192.0.2.1", port) for port in ports)
    text = plain(race_page(Subject(lookup, START_NS), 200))
    assert ("ask with a service or port first" in text) is lacking
    assert "Enter connects to the chosen row" in text


def test_each_row_has_its_start_its_time_and_its_outcome_in_the_order_of_the_attempts() -> None:
    said, a, c, b, d, axis, rules = lines(race(*HAPPY))
    assert said == "  ✓ connected to [2001:db8::2]:80 after 400 ms · 3 of 4 addresses tried"
    assert a.split()[:4] == ["–", "[2001:db8::1]:80", "+0", "400"]
    assert c.split()[:8] == ["✗", "192.0.2.1:80", "+250", "ms", "10", "ms", "ECONNREFUSED,", "refused"]
    assert b.split()[:7] == ["✓", "[2001:db8::2]:80", "+260", "ms", "140", "ms", "won"]
    assert d.split() == ["192.0.2.2:80", "not", "tried"]
    assert "cancelled, another was faster" in a
    assert axis.endswith("400 ms╵")
    assert "RFC 8305" in rules
    assert "250 ms" in rules


def test_all_bars_have_one_axis() -> None:
    _, a, c, b, _, axis, _ = lines(race(*HAPPY))
    zero = axis.index("╵")
    room = 118 - zero
    assert bar(a) == (zero, "█" * room)
    begins, drawn_b = bar(b)
    assert abs(begins - (zero + room * 260 / 400)) <= 1
    assert begins + len(drawn_b) == 118
    begins, drawn_c = bar(c)
    assert begins == zero + room * 250 // 400
    assert 1 <= len(drawn_c) <= 2


@pytest.mark.parametrize("to_ms", [0.5, 80, 333, 5000])
def test_a_bar_ends_in_an_eighth_of_a_cell_and_the_shortest_is_one(to_ms: float) -> None:
    conversation = race(attempt(A, 0, to_ms, "ECONNREFUSED"), attempt(C, to_ms, 10_000, won=True))
    _, short, *_, axis, _ = lines(conversation)
    room = 118 - axis.index("╵")
    _, drawn_as = bar(short)
    eighths = 8 * drawn_as.count("█") + " ▏▎▍▌▋▊▉".index(drawn_as.strip("█") or " ")
    assert abs(eighths - max(1, 8 * room * to_ms / 10_000)) <= 0.5


def test_a_bar_at_the_very_end_is_on_the_axis_too() -> None:
    last = lines(race(attempt(A, 0, 10_000, "ECANCELED"), attempt(C, 9_999.999, 10_000, won=True)))[2]
    assert len(last) == 118
    just_begun = lines(race(attempt(A, 0), attempt(C, 500)), after_ms=500)[2]
    assert (len(bar(just_begun)[1]), len(just_begun)) == (1, 118)


def test_what_runs_is_drawn_up_to_now() -> None:
    conversation = race(attempt(A, 0), attempt(C, 250))
    said, a, c, b, d, axis, _ = lines(conversation, after_ms=500)
    assert said == "  … connecting, 0.5 s so far · 2 of 4 addresses tried"
    assert a.startswith("  … [2001:db8::1]:80")
    assert "connecting" in a
    assert bar(a)[0] + len(bar(a)[1]) == bar(c)[0] + len(bar(c)[1]) == 118
    assert b.split() == ["·", "[2001:db8::2]:80", "waits", "its", "turn"]
    assert d.split()[0] == "·"
    assert axis.endswith("500 ms╵")


def test_a_race_that_has_not_begun_has_no_axis() -> None:
    said, *rows, rules = lines(race(), after_ms=20)
    assert "connecting" in said
    assert [one.split()[0] for one in rows] == ["·"] * 4
    assert "RFC 8305" in rules


def test_the_axis_is_labelled_in_round_milliseconds() -> None:
    axis = lines(race(attempt(A, 0, 47, won=True)), 200)[-2]
    assert axis.split() == ["╵0", "╵5", "╵10", "╵15", "╵20", "╵25", "╵30", "╵35", "╵40", "47", "ms╵"]
    room = 200 - axis.index("╵0")
    assert axis.index("╵20") - axis.index("╵0") == 20 * room // 47


@pytest.mark.parametrize("total_ms", [0.000001, 0.0034, 0.2, 9.99, 99.96, 1234, 10_000, 3_600_000])
@pytest.mark.parametrize("width", [40, 76, 118])
def test_any_time_has_an_axis_as_wide_as_the_bars(total_ms: float, width: int) -> None:
    shown = next(one for one in lines(race(attempt(A, 0, total_ms, won=True)), width) if one.endswith("ms╵"))
    assert cells(shown) == width


def test_the_look_up_of_the_conversation_is_the_first_bar() -> None:
    conversation = race(attempt(C, 12, 15, won=True), rows=())
    note(conversation, Call("getaddrinfo", -1, ("example.com",), 4, "", START_NS, 12 * MS))
    said, look_up, c, *_ = lines(conversation)
    assert said.startswith("  ✓ connected to 192.0.2.1:80 after 15 ms · 1 of 4 addresses tried")
    assert look_up.split()[:8] == ["✓", "look", "up", "the", "name", "+0", "12", "ms"]
    assert "found" in look_up
    assert c.split()[2:4] == ["+12", "ms"]


def test_a_look_up_that_failed_says_why() -> None:
    conversation = race(rows=())
    note(conversation, Call("getaddrinfo", -1, ("example.com",), None, "EAI_AGAIN", START_NS, 5 * MS))
    RECORDER.failed(conversation, "EAI_AGAIN")
    said, *rest = lines(conversation)
    assert said.startswith("  ✗ EAI_AGAIN after 5.0 ms · 0 of 4 addresses tried")
    assert any(line.startswith("  ✗ look up the name") and "EAI_AGAIN" in line for line in rest)


def test_a_look_up_under_way_is_drawn_up_to_now() -> None:
    look_up = lines(race(rows=()), after_ms=80)[1]
    assert look_up.startswith("  … look up the name")
    assert "asking" in look_up


def test_a_race_that_nobody_won_says_why() -> None:
    conversation = race(*[attempt(one, 0, 1, "ECONNREFUSED") for one in ROWS])
    RECORDER.failed(conversation, "ECONNREFUSED")
    assert lines(conversation)[0].startswith("  ✗ ECONNREFUSED after 1.0 ms · 4 of 4 addresses tried: ")


def test_a_race_that_was_cancelled_says_so() -> None:
    conversation = race(attempt(A, 0, 90, "ECANCELED"))
    RECORDER.closed(conversation)
    said, a, *_ = lines(conversation)
    assert said == "  – cancelled after 90 ms · 1 of 4 addresses tried"
    assert "another was faster" not in a


def test_a_race_that_waits_to_be_run_again_counts_down_and_the_latest_round_is_drawn() -> None:
    conversation = race(
        *[attempt(one, 0, 1, "ECONNREFUSED") for one in ROWS],
        attempt(A, 1000, 1002, "ECONNREFUSED", dialled_ms=1000),
        attempt(C, 1002, 1007, "ENETUNREACH", dialled_ms=1000),
    )
    conversation.dialling.retry_at_ns = START_NS + 3000 * MS
    said, a, c, *_ = lines(conversation, after_ms=1500)
    assert said == "  ✗ not connected · 2 of 4 addresses tried · tries again in 1.5 s"
    assert (a.split()[2:4], c.split()[2:4]) == (["+0", "2.0"], ["+2.0", "ms"])


def test_an_attempt_that_began_late_is_of_the_same_round() -> None:
    conversation = race(attempt(A, 0), attempt(C, 2000))  # such as after ctrl+z
    assert "2 of 4 addresses tried" in lines(conversation, after_ms=2100)[0]


def test_an_address_that_stands_twice_in_the_answer_is_tried_twice_in_one_round() -> None:
    conversation = race(attempt(C, 0, 1, "ECONNREFUSED"), attempt(C, 1, 2, "ECONNREFUSED"), rows=(C, C))
    assert sum("192.0.2.1:80" in line for line in lines(conversation)) == 2


# The cell of the table.


@pytest.mark.parametrize(
    ("tried", "word", "role"),
    [
        (A, "– cancelled, 400 ms", "muted"),
        (B, "✓ won, 140 ms", "good"),
        (C, "✗ ECONNREFUSED 10 ms", "bad"),
        (D, "not tried", "muted"),
    ],
)
def test_a_row_says_in_a_cell_what_became_of_it(tried: Row, word: str, role: str) -> None:
    assert attempt_word(tried, race(*HAPPY), START_NS) == (word, role)


def test_a_row_says_that_it_runs_or_waits() -> None:
    conversation = race(attempt(A, 0))
    assert attempt_word(A, conversation, START_NS + 300 * MS) == ("… connecting, 0.3 s", "busy")
    assert attempt_word(B, conversation, START_NS + 300 * MS) == ("· waits its turn", "muted")


def test_a_row_without_a_conversation_is_a_dash() -> None:
    assert attempt_word(A, None, START_NS) == ("–", "muted")


def test_a_row_that_the_conversation_was_not_opened_to_is_not_tried() -> None:
    datagrams = Row(socket.AF_INET, socket.SOCK_DGRAM, 17, "", C.sockaddr)
    conversation = race(attempt(C, 0, 1, won=True), rows=(C,))
    assert attempt_word(datagrams, conversation, START_NS) == ("not tried", "muted")
    assert attempt_word(A, race(rows=(C,)), START_NS) == ("not tried", "muted")


def test_of_several_rounds_a_row_tells_of_the_latest() -> None:
    conversation = race(attempt(C, 0, 1, "ECONNREFUSED"), attempt(C, 10, 15, "ETIMEDOUT"), rows=(C,))
    assert attempt_word(C, conversation, START_NS)[0] == "✗ ETIMEDOUT 5.0 ms"


@pytest.mark.parametrize("width", [40, 76, 118, 200])
def test_every_line_fits_and_is_harmless(width: int) -> None:
    hostile = Attempt(Endpoint(path="\x1b[2J\u202e" + "x" * 300), START_NS, 7, START_NS + MS, "ECONNREFUSED")
    for conversation in (race(hostile, *HAPPY), race(*HAPPY[:2]), race()):
        for line in drawn(conversation, width, 500):
            text = "".join(part for part, _ in line)
            assert cells(text) <= width
            assert safe(text) == text
