"""Sequences as they are written: what is read, and what is refused with line and place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.request.sequence import Pause, Send, SequenceError, Wait, read_sequence

AT = r"""
# a modem
send text AT+CSQ CRLF
wait regex "\+CSQ: (\d+)" 500ms
wait text "OK then"
send hex 01 03 #modbus
wait hex 01 ?? 03 2s
pause 1m
repeat 10
"""


def test_a_sequence_is_read_step_by_step() -> None:
    sequence = read_sequence(AT)
    send, number, ok, frame, answer, pause = sequence.steps
    assert sequence.runs == 10 and sequence.text == AT
    assert isinstance(send, Send) and send.payload.bytes(1) == b"AT+CSQ\r\n" and send.typed == "send text AT+CSQ CRLF"
    assert isinstance(number, Wait) and number.within_s == 0.5 and number.pattern.expression
    assert number.pattern.expression.search(b"+CSQ: 17")
    assert isinstance(ok, Wait) and (ok.within_s, ok.pattern.literal) == (1.0, b"OK then")
    assert isinstance(frame, Send) and frame.payload.bytes(1) == b"\x01\x03\x40\x21"
    assert isinstance(answer, Wait) and answer.within_s == 2 and answer.pattern.expression
    assert isinstance(pause, Pause) and pause.lasts_s == 60


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("send text hello", b"hello"),
        ('send text "hello you" LF', b"hello you\n"),
        (r'send text "say \"hi\"" none', b'say "hi"'),
        ('send text ""', b""),
        (r'send text a\r\n "\x03"', b"a\r\n\x03"),
        (r"  send   text \{rest1}abc  ", b"\x03abc"),
        ("send text it's", b"it's"),
        ("send text hi\r", b"hi"),
        ("send hex 0x48 65:6c", b"Hel"),
        (r"send text run\#", b"run7"),
    ],
)
def test_what_is_sent(line: str, data: bytes) -> None:
    (step,) = read_sequence(line).steps
    assert isinstance(step, Send) and step.payload.bytes(7) == data


def test_capitals_are_minded() -> None:
    text, expression = read_sequence("wait text ok\nwait regex ok").steps
    assert isinstance(text, Wait) and isinstance(expression, Wait)
    assert text.pattern.literal == b"ok" and not text.pattern.folded
    assert expression.pattern.expression and not expression.pattern.expression.search(b"OK")


@pytest.mark.parametrize(("line", "runs"), [("", 1), ("repeat 1", 1), ("repeat 1000000", 10**6), ("repeat forever", 0)])
def test_how_often_it_is_run(line: str, runs: int) -> None:
    assert read_sequence(f"pause 1ms\n{line}\n# the end").runs == runs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a step at least"),
        ("# nothing", "a step at least"),
        ("repeat 3", "a step at least"),
        ("sned text a", "line 1, 1: a line begins with send, wait, pause or repeat"),
        ("pause 1s\nsend a", "line 2, 6: send is followed by text or hex"),
        ("wait", "line 1, 1: wait is followed by text, hex or regex"),
        ("send text", "line 1, 10: something is missing here"),
        ("wait hex", "line 1, 9: something is missing here"),
        ("wait hex 2s", "line 1, 9: something is missing here"),
        ("send text hello you", "line 1, 17: that is no line end (none LF CRLF CR NUL)"),
        ("send text hello LF 2", "line 1, 17: that is too much"),
        ('send text "hello', 'line 1, 11: what begins with "'),
        ('send text "hello"LF', 'line 1, 11: what begins with "'),
        (r"send text a\q", r"line 1, 11: in what begins here, \q at 2: escapes are"),
        ("send hex 4", "line 1, 10: in what begins here, 4: a byte takes two"),
        ("wait regex (", "line 1, 12: in what begins here, that is no expression"),
        ("wait regex x*", "line 1, 12: that matches nothing but a place"),
        ("wait regex (?=OK)", "line 1, 12: that matches nothing but a place"),
        (r"wait regex \b", "line 1, 12: that matches nothing but a place"),
        (r"wait regex (?<=\+CSQ:)", "line 1, 12: that matches nothing but a place"),
        ("wait regex ^", "line 1, 12: that matches nothing but a place"),
        (r'send text hello "\q"', r"line 1, 17: in what begins here, \q at 1: escapes are"),
        (r'send text "a\q" "\q"', r"line 1, 17: in what begins here, \q at 1: escapes are"),
        ("send hex 01 , 02 4", "line 1, 18: in what begins here, 4: a byte takes two"),
        ("wait hex 01 , ?? x4 1s", "line 1, 18: in what begins here, x at 1 is not a hex digit"),
        ('wait text ""', "line 1, 11: in what begins here, there is nothing"),
        ("wait text OK soon", "line 1, 14: a time is written as 200ms"),
        ("wait text OK 5", "line 1, 14: a time is written as"),
        ("wait text OK 2h", "line 1, 14: a time is written as"),
        ("wait text two words 1s", "line 1, 15: that is too much: what holds spaces stands in quotes"),
        ("pause", "line 1, 6: something is missing here"),
        ("pause 0s", "line 1, 7: a time"),
        ("pause 1s\nrepeat", "line 2, 1: it is repeat 1 to"),
        ("pause 1s\nrepeat 0", "line 2, 8: it is repeat 1 to"),
        ("pause 1s\nrepeat ２", "line 2, 8: it is repeat 1 to"),
        ("repeat 2\npause 1s", "line 2, 1: repeat is the last line"),
        ("pause 1s\n" * 201, "at most 200 steps"),
        ("x" * 70_000, "at most 65,536 characters"),
    ],
)
def test_what_is_unclear_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(SequenceError) as caught:
        read_sequence(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("typed", [r"^\+CSQ", r"(?<=:)\d+", r"\bOK\b", "(?=O)OK", "a.c", r"(?!x)\w+"])
def test_an_expression_with_a_place_in_it_is_read(typed: str) -> None:
    (step,) = read_sequence(f"wait regex {typed}").steps
    assert isinstance(step, Wait) and step.pattern.expression


WORDS = ("send", "wait", "pause", "repeat", "text", "hex", "regex", "OK", '"a b"', '"', "1s", "LF", "\n", "(", "\0")


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_whatever_is_written_is_read_or_refused_in_a_line(text: str) -> None:
    try:
        sequence = read_sequence(text)
    except SequenceError as error:
        assert str(error).isprintable()
    else:
        assert read_sequence(sequence.text).runs == sequence.runs
