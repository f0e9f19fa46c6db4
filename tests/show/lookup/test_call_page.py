"""The page of the call: the call, what it gave, and what the hints ask for."""

import socket

import pytest

from sockscope.net.hint import FLAGS
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.jobs import Job, Slots
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.layout import plain
from sockscope.show.lookup.call_page import ROWS_SHOWN, call_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe
from tests.show.made import MS, START_NS

LOCALHOST = Question("localhost", "80")
V6 = Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "localhost", ("::1", 80, 0, 0))
V4 = Row(socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 80))


def lookup(question: Question = LOCALHOST, *rows: Row, error: str = "", state: LookupState | None = None) -> Lookup:
    made = Lookup(1, question)
    made.asked_at_ns = START_NS
    if state is None:
        made.call = Call("getaddrinfo", -1, question.arguments(), None, error, START_NS, 2 * MS)
        made.rows, made.error = rows, error
    made.state = state or (LookupState.FAILED if error else LookupState.ANSWERED)
    return made


def page(made: Lookup, width: int = 118, after_ns: int = 0) -> str:
    return plain(call_page(Subject(made, START_NS + after_ns), width))


def turn(places: Slots) -> Job:
    return Job(places, lambda: None, lambda _: None, lambda: None, lambda _: None)


def test_an_answer_is_the_call_and_its_tuples_as_python_writes_them() -> None:
    assert page(lookup(Question("localhost", "80"), V6, V4)).splitlines() == [
        "  socket.getaddrinfo('localhost', '80', type=socket.SOCK_STREAM)",
        "  = 2 rows after 2.0 ms",
        "    (AF_INET6, SOCK_STREAM, 6, 'localhost', ('::1', 80, 0, 0))",
        "    (AF_INET, SOCK_DGRAM, 17, '', ('127.0.0.1', 80))",
        "  P copies the call as a program, J everything that is known as JSON.",
        " Hints: what was asked for",
        "  type stream     only SOCK_STREAM: one row for each address",
    ]


def test_the_tuples_mean_the_rows_when_python_reads_them() -> None:
    text = page(lookup(Question("localhost"), V6)).splitlines()[2].strip()
    names = {**socket.AddressFamily.__members__, **socket.SocketKind.__members__}
    assert eval(text, {"__builtins__": {}}, names) == (V6.family, V6.type, V6.protocol, V6.canonical, V6.sockaddr)


def test_of_thousands_of_rows_the_first_are_written_and_the_rest_counted() -> None:
    text = page(lookup(Question("localhost"), *[V4] * (ROWS_SHOWN + 1000)))
    assert text.count("SOCK_DGRAM, 17") == ROWS_SHOWN and "and 1,000 rows more" in text


def test_a_type_without_a_name_is_a_number() -> None:
    assert "(AF_INET, 77, 0, '', ('127.0.0.1', 0))" in page(
        lookup(Question("a"), Row(socket.AF_INET, 77, 0, "", ("127.0.0.1", 0)))
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question("a", family="IPv4", type="any"), ["IPv4", "AF_INET)", "type any", "stream, datagram and raw"]),
        (Question("a", family="IPv6", type="datagram"), ["AF_INET6)", "only SOCK_DGRAM"]),
        (Question("a", type="raw", protocol="UDP"), ["only SOCK_RAW", "only rows of UDP"]),
        (
            Question("a", flags=frozenset(FLAGS)),
            [word for flag in FLAGS.values() for word in (flag.name, flag.meaning)],
        ),
    ],
)
def test_each_hint_that_is_set_says_what_it_asks_for(question: Question, words: list[str]) -> None:
    text = page(lookup(question), 400)
    assert [word for word in words if word not in text] == []


def test_a_failure_is_explained() -> None:
    text = page(lookup(error="EAI_AGAIN"))
    assert "✗ EAI_AGAIN after 2.0 ms" in text
    assert "/etc/resolv.conf" in text


def test_while_asking_the_seconds_are_counted() -> None:
    made = lookup(state=LookupState.ASKING)
    made.job = turn(Slots(32, 128))
    made.job.begun = True
    text = page(made, after_ns=3200 * MS)
    assert "asking, 3.2 s so far" in text
    assert "c stops waiting" in text


def test_while_queued_it_says_who_is_before_it() -> None:
    made = lookup(state=LookupState.QUEUED)
    places = Slots(32, 128)
    places.under_way, places.hanging = 32, 2
    for _ in range(5):
        places.queue.append(turn(places))
    made.job = places.queue[3]
    text = page(made, 200, after_ns=1000 * MS)
    assert "queued, 1.0 s so far" in text
    assert "In flight: 32 lookups, beside 2 abandoned whose threads still hang (at most 32 at a time" in text
    assert "Waiting: 5 lookups, 3 of them before this one." in text


def test_a_lookup_without_a_turn_yet_is_drawn_too() -> None:
    assert "queued, 0.0 s so far" in page(lookup(state=LookupState.QUEUED))


def test_what_was_abandoned_says_so() -> None:
    made = lookup(state=LookupState.ABANDONED)
    made.ended_at_ns = START_NS + 1500 * MS
    assert "abandoned after 1.5 s" in page(made)


@pytest.mark.parametrize("width", [40, 76, 118, 200])
def test_every_line_fits_and_is_harmless(width: int) -> None:
    hostile = "\x1b[2J\u202e\u3164[b]" + "x" * 300  # U+3164 is a letter without ink, which repr leaves as it is
    row = Row(socket.AF_INET6, socket.SOCK_STREAM, 6, hostile, (hostile, 80, 0, 0))
    for line in call_page(Subject(lookup(Question(hostile, flags=frozenset(FLAGS)), row), START_NS), width):
        text = "".join(part for part, _ in line)
        assert cells(text) <= width
        assert safe(text) == text
