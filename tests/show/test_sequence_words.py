"""A sequence in words."""

import pytest

from sockscope.record.conversation import Conversation
from sockscope.record.recorder.sequences import SequenceRecorder
from sockscope.record.sequence import End, SequenceRun, StepRun
from sockscope.request.sequence import read_sequence
from sockscope.show.layout import plain
from sockscope.show.sanitizer import cells
from sockscope.show.sequence_words import line, progress, sequence_details, steps
from tests.facts import RECORDER
from tests.show.made import made as conversation

RECORDS = SequenceRecorder()
SECOND_NS = 1_000_000_000


def run_of(text: str) -> tuple[Conversation, SequenceRun]:
    sequence = read_sequence(text)
    made = conversation([])
    run = SequenceRun(sequence, SECOND_NS, tuple(StepRun() for _ in sequence.steps))
    RECORDS.begins(made, run)
    RECORDS.next_run(run)
    return made, run


def test_nothing_is_said_where_none_was_run() -> None:
    assert progress(conversation([]), 0) == "" and line(conversation([]), 0) == []


def test_how_far_it_is_and_how_it_ended() -> None:
    made, run = run_of("send text a\nwait text b\nrepeat 3")
    RECORDS.step_begins(run.steps[1], 0)
    assert progress(made, 3 * SECOND_NS) == "run 1 of 3 · step 2 of 2 · 0 losses · 2.0s"
    assert [one.value for one in sequence_details(made, 3 * SECOND_NS)] == [progress(made, 3 * SECOND_NS)]
    assert "b stops it" in line(made, 3 * SECOND_NS)[0][0]
    RECORDS.lost(run, run.steps[1])
    assert progress(made, 3 * SECOND_NS) == "run 1 of 3 · between runs · 1 loss · 2.0s"
    RECORDS.settles(run, settling=True)
    RECORDS.came_late(run, run.steps[1])
    assert progress(made, 3 * SECOND_NS) == "run 1 of 3 · waiting for what is late · 1 loss (1 late) · 2.0s"
    RECORDER.failed(made, "EPIPE")
    RECORDS.over(run, End.CONVERSATION)
    assert "ended: EPIPE · 1 loss (1 late)" in progress(made, 0)
    assert progress(made, 3 * SECOND_NS) == progress(made, 9 * SECOND_NS), "the time stops with the run"
    assert line(made, 0) == []


def test_each_step_has_its_times_losses_and_answer_and_what_is_foreign_is_harmless() -> None:
    _, run = run_of('send text "\\x1b" CRLF\nwait text b\nrepeat forever')
    RECORDS.step_done(run.steps[0])
    for took_ns in (1_000_000, 3_000_000, 2_000_000):
        RECORDS.step_begins(run.steps[1], 0)
        RECORDS.answered(run.steps[1], took_ns, b"b\x1b[2J\n")
    RECORDS.step_begins(run.steps[1], 0)
    RECORDS.lost(run, run.steps[1])
    head, send, wait = plain(steps(run, 120)).split("\n")
    assert head.split() == ["step", "last", "min", "median", "max", "times", "lost", "answer"]
    assert send.split() == ["●", "send", "text", '"\\x1b"', "CRLF", "–", "–", "–", "–", "–", "–"]
    assert " ".join(wait.split()) == "✗ wait text b 2.0 ms 1.0 ms 2.0 ms 3.0 ms 3 1 b␛[2J␊"


def test_only_a_wait_can_be_lost() -> None:
    _, run = run_of("send text a\nwait text b\npause 10ms")
    assert [line.split()[-1] for line in plain(steps(run, 120)).split("\n")[1:]] == ["–", "0", "–"]


def test_an_answer_that_was_there_before_its_wait_has_no_time() -> None:
    _, run = run_of("wait text b")
    RECORDS.step_begins(run.steps[0], 2_000_000)
    RECORDS.answered(run.steps[0], 1_000_000, b"b")
    _, wait = plain(steps(run, 120)).split("\n")
    assert wait.split() == ["●", "wait", "text", "b", "–", "–", "–", "–", "1", "0", "b"]


@pytest.mark.parametrize("width", [74, 80, 106, 200])
@pytest.mark.parametrize("answer", [b"yes", b"a long answer that goes on and on and on", "答え".encode() * 20])
def test_the_table_fits_its_room_and_tells_steps_apart(width: int, answer: bytes) -> None:
    """Also with the widest usual times; what is cut says so."""
    _, run = run_of("send text HELLO CRLF\nwait text temperature 500ms\nwait text pressure 500ms\nrepeat forever")
    for step in run.steps[1:]:
        for took_ns in (45_000, 9_940_000, 123_000_000):
            for _ in range(400):
                RECORDS.step_begins(step, 0)
                RECORDS.answered(step, took_ns, answer)
    lines = plain(steps(run, width)).split("\n")
    assert max(map(cells, lines)) <= width
    _, _, first, second = lines
    assert "wait text t" in first and "wait text p" in second
    assert first.split() and (answer == b"yes") == ("…" not in first.split("1,200")[1])


@pytest.mark.parametrize("width", [74, 80, 106, 200])
@pytest.mark.parametrize(
    ("before", "match", "behind"),
    [
        (b"", b"OK", b"\r\n" + b"z" * 60),
        (b"y" * 60, b"OK", b""),
        (b"y" * 50, b"OK", b"\r\n"),
        ("温度".encode() * 8, b"READY", b"z" * 40),
        (b"\x00\x01" * 12, b"\x06", b"\x07" * 30),
    ],
)
def test_what_was_waited_for_is_in_sight_however_late_it_came(
    width: int, before: bytes, match: bytes, behind: bytes
) -> None:
    _, run = run_of("send text HELLO\nwait text OK")
    (step,) = run.steps[1:]
    RECORDS.step_begins(step, 0)
    RECORDS.answered(step, 9_940_000, before + match + behind, (len(before), len(before) + len(match)))
    told = steps(run, width)
    assert max(map(cells, plain(told).split("\n"))) <= width
    [matched] = [text for text, role in told[-1] if role == "match"]
    assert matched == (match.hex() if match == b"\x06" else match.decode())


def test_a_match_that_is_wider_than_its_column_is_shown_from_its_beginning() -> None:
    _, run = run_of("wait text OK")
    RECORDS.step_begins(run.steps[0], 0)
    RECORDS.answered(run.steps[0], 1, b"y" * 8 + b"<" + b"m" * 55, (8, 64))
    assert "…<mmm" in plain(steps(run, 80))
