"""The page of a watch: counts, times, the sparkline, the changes."""

import socket

import pytest

from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.lookup.watch import CHANGES_KEPT, Watch
from sockscope.request.question import Question
from sockscope.show.layout import plain
from sockscope.show.lookup.subject import Subject
from sockscope.show.lookup.watch_page import watch_page
from sockscope.show.sanitizer import cells, safe
from tests.show.made import MS, SECOND, START_NS

QUESTION = Question("example.com")


def watch(*answers: tuple[int, str]) -> Watch:
    """A watch with answers a second apart: milliseconds, and addresses with a canonical name or an error."""
    made = Watch(1, QUESTION, 1.0)
    for took_ms, words in answers:
        answered(made, took_ms, words)
    made.next_at_ns = START_NS + made.count * SECOND
    return made


def answered(made: Watch, took_ms: int, words: str) -> None:
    lookup = Lookup(1, QUESTION)
    failed = words.startswith("EAI_")
    hosts, _, canonical = words.partition(" = ")
    if not failed:
        lookup.rows = tuple(Row(socket.AF_INET, 1, 6, canonical, (host, 0)) for host in hosts.split())
    at_ns = START_NS + made.count * SECOND - took_ms * MS
    lookup.call = Call("getaddrinfo", -1, (), None, words if failed else "", at_ns, took_ms * MS)
    lookup.error = words if failed else ""
    lookup.state = LookupState.FAILED if failed else LookupState.ANSWERED
    made.add(lookup)
    made.lookup = lookup


def page(made: Watch | None, width: int = 118, now_ns: int | None = None) -> list[str]:
    at_ns = START_NS + (made.count - 1) * SECOND if made and now_ns is None else now_ns or 0
    return plain(watch_page(Subject(Lookup(1, QUESTION), at_ns, None, made), width)).splitlines()


def test_without_a_watch_it_says_which_key_begins_one() -> None:
    assert page(None) == ["  w asks again every second and watches the time and the answer."]


def test_counts_and_times_are_told() -> None:
    lines = page(watch((2, "192.0.2.1"), (4, "192.0.2.1"), (90, "EAI_AGAIN"), (12, "192.0.2.1")))
    assert lines[0] == "  ● every 1 s · 4 asked, 1 failed · again in 1.0 s · w stops"
    assert [line.split() for line in lines[1:3]] == [
        ["took", "min", "2.0", "ms", "·", "median", "4.0", "ms", "·", "max", "12", "ms"],
        ["failures", "took", "min", "90", "ms", "·", "median", "90", "ms", "·", "max", "90", "ms"],
    ]


def test_a_failure_has_a_sign_of_its_own_in_the_sparkline_and_does_not_scale_it() -> None:
    lines = page(watch((1, "a"), (8, "a"), (500, "EAI_AGAIN"), (4, "a")))
    assert lines[3] == "  ▂█×▅"
    assert lines[4] == "  the latest 4: ▁ 0 to █ 8.0 ms · × a failure · now is on the right"


def test_the_sparkline_shows_as_many_of_the_latest_as_fit() -> None:
    made = watch(*[(8 if number < 150 else 1, "a") for number in range(160)])
    sparkline = next(line.strip() for line in page(made, 40) if "█" in line)
    assert sparkline == "█" * 26 + "▂" * 10


def test_nothing_but_failures_has_no_scale() -> None:
    lines = page(watch((1, "EAI_AGAIN"), (1, "EAI_AGAIN")))
    assert lines[1].split()[:2] == ["failures", "took"]
    assert lines[2:4] == ["  ××", "  the latest 2: × a failure · now is on the right"]


def test_changes_are_told_with_the_newest_on_top() -> None:
    made = watch(
        (1, "192.0.2.1 192.0.2.2"),
        (1, "192.0.2.2 192.0.2.1"),
        (1, "192.0.2.2 192.0.2.3"),
        (1, "192.0.2.2 192.0.2.3 = other.example"),
        (1, "EAI_AGAIN"),
        (1, "192.0.2.9"),
    )
    lines = page(made)
    assert lines[lines.index(" 5 changes of the answer") + 1 :] == [
        "     0.0s ago  – no more EAI_AGAIN, no answer",
        "               + 192.0.2.9",
        "     1.0s ago  + now EAI_AGAIN, no answer",
        "               – 192.0.2.2, 192.0.2.3",
        "     2.0s ago  canonical name: none → other.example",
        "     3.0s ago  – 192.0.2.1",
        "               + 192.0.2.3",
        "     4.0s ago  only the order changed: 192.0.2.2, 192.0.2.1",
    ]


def test_changes_that_were_dropped_are_counted() -> None:
    made = watch(*[(1, f"192.0.2.{number % 2}") for number in range(CHANGES_KEPT + 11)])
    assert f" {CHANGES_KEPT + 10} changes of the answer, the latest {CHANGES_KEPT} are kept" in page(made)


def test_an_answer_that_stays_says_so() -> None:
    assert page(watch((1, "a"), (1, "a")))[-1] == "  The answer has not changed."
    assert page(watch((1, "a")))[-1] == "  Whether the answer changes shows from the second on."


@pytest.mark.parametrize(("state", "word"), [(LookupState.ASKING, "asking"), (LookupState.QUEUED, "queued")])
def test_a_lookup_that_hangs_is_counted_in_seconds(state: LookupState, word: str) -> None:
    made = Watch(1, QUESTION, 2.5)
    made.lookup = Lookup(1, QUESTION)
    made.lookup.state, made.lookup.asked_at_ns = state, START_NS
    assert page(made, now_ns=START_NS + 3400 * MS)[0] == (
        f"  ● every 2.5 s · 0 asked, 0 failed · {word}, 3.4 s so far · w stops"
    )


def test_what_was_stopped_keeps_its_times() -> None:
    made = watch((1, "a"))
    made.stopped = True
    lines = page(made)
    assert lines[0] == "  – stopped · 1 asked, 0 failed · w asks again"
    assert lines[1].split()[0] == "took"


@pytest.mark.parametrize("width", [40, 76, 118, 200])
def test_every_line_fits_and_is_harmless(width: int) -> None:
    hostile = "\x1b[2J\u202e[b]" + "x" * 300
    made = watch(*[(number, f"{hostile}{number} = {hostile}") for number in range(5)], (9, "EAI_AGAIN"))
    for line in watch_page(Subject(Lookup(1, QUESTION), START_NS, None, made), width):
        text = "".join(part for part, _ in line)
        assert cells(text) <= width
        assert safe(text) == text
