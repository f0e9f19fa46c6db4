"""Canned replies: what is found in what arrives however it is cut, and what is refused or switched off."""

from itertools import accumulate

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.engine.listen.responders.responder import (
    Canned,
    Recipe,
    ResponderError,
    Response,
    compile_expression,
    make,
)
from sockscope.engine.listen.responders.response import ANSWER_BYTES, KEPT_BYTES
from tests.engine.replies import cut, give, places, sent

KINDS = pytest.mark.parametrize("datagrams", [False, True], ids=["stream", "datagrams"])


def canned(reply: tuple[bytes | int, ...], pattern: bytes | str, on: str = "expression") -> Recipe:
    return make("canned", reply=reply, on=on, pattern=pattern)


@KINDS
def test_a_reply_on_arrival_is_sent_once(datagrams: bool) -> None:
    responder = make("canned", reply=(b"220 ", b"hello\r\n"))(datagrams)
    assert responder.arrived() == Response(b"220 hello\r\n")
    assert give(responder, b"220 hello\r\n") is None


@pytest.mark.parametrize("on", ["text", "expression"])
def test_each_match_is_answered_in_order(on: str) -> None:
    responder = canned((b"<", 0, b">"), "ab", on)(False)
    assert responder.arrived() is None
    assert give(responder, b"a-b") is None
    assert give(responder, b"ab ab") == Response(b"<ab><ab>")
    assert give(responder, b"") is None
    assert give(responder, b"xabx") == Response(b"<ab>")


@given(st.text("ab", min_size=1, max_size=4), st.text("ab", max_size=40), places)
def test_a_text_is_found_wherever_the_stream_is_cut(text: str, stream: str, at: list[int]) -> None:
    for on in ("text", "expression"):
        assert sent(canned((b"!",), text, on)(False), *cut(stream.encode(), at)) == b"!" * stream.count(text)


@given(st.binary(min_size=1, max_size=8), st.binary(max_size=20), places)
def test_a_text_is_taken_as_it_is(text: bytes, before: bytes, at: list[int]) -> None:
    assert text in sent(canned((0,), text, "text")(False), *cut(before + text, at))


EXPRESSIONS = [
    rb"a.*z",
    rb"^ab",
    rb"(?m)^ab",
    rb"ab$",
    rb"\bab\b",
    rb"(?<=a+)b",
    rb"(?<!x)ab",
    rb"ab(?=z)",
    rb"(a|b)\1z",
    rb"(?>a+)b",
    rb"[ab]{3}",
    rb"a\Kb",
    rb"\Gab",
    rb"(?:abz){e<=1}",
    rb"(a)?b(?(1)x|z)",
]


@settings(max_examples=300)
@given(st.sampled_from(EXPRESSIONS), st.text("abxz \n", max_size=40), places)
def test_an_expression_finds_what_it_finds_in_all_that_has_arrived(source: bytes, stream: str, at: list[int]) -> None:
    receives = cut(stream.encode(), at)
    found, done = [], 0
    for seen in accumulate(receives):
        for match in regex.compile(source).finditer(seen, done):
            found.append(match[0])
            done = match.end()
    recipe = canned((b"<", 0, b">"), source)
    assert sent(recipe(False), *receives) == b"".join(b"<%b>" % one for one in found)
    assert recipe.fault == ""


def test_captures_go_into_the_reply() -> None:
    responder = canned((2, b" ", 1, b"(", 3, b") ", 0), r"(\w+)=(\w+)(;)?\n")(False)
    assert sent(responder, b"name=", b"val", b"ue\n") == b"value name() name=value\n"


@pytest.mark.parametrize("on", ["text", "expression"])
def test_datagrams_are_matched_one_by_one(on: str) -> None:
    responder = canned((b"<", 0, b">"), "ab", on)(True)
    assert [give(responder, data) for data in (b"a", b"b", b"abxab", b"")] == [None, None, Response(b"<ab><ab>"), None]


def test_each_datagram_begins_anew() -> None:
    responder = canned((b"!",), "^ab")(True)
    assert [give(responder, data) for data in (b"ab", b"xab", b"ab")] == [Response(b"!"), None, Response(b"!")]


@pytest.mark.parametrize("on", ["text", "expression"])
def test_an_empty_reply_is_an_empty_datagram(on: str) -> None:
    assert give(canned((), "ab", on)(True), b"ab") == Response(b"")


def test_clients_share_nothing_that_they_sent() -> None:
    recipe = canned((b"!",), "ab")
    one, other = recipe(False), recipe(False)
    assert [give(one, b"a"), give(other, b"b"), give(one, b"b")] == [None, None, Response(b"!")]


def test_a_match_may_be_as_long_as_what_is_kept_and_no_longer() -> None:
    text = b"x" * (KEPT_BYTES - 1) + b"y"
    assert sent(canned((b"!",), text, "text")(False), text[:30_000], text[30_000:-1], b"y") == b"!"
    long = b"a" + b"x" * KEPT_BYTES
    assert sent(canned((b"!",), "a[^z]*z")(False), long[:-1], b"z") == b"!"
    assert sent(canned((b"!",), "a[^z]*z")(False), long, b"z") == b""


def test_the_beginning_is_not_found_again_where_older_bytes_were_dropped() -> None:
    assert sent(canned((b"!",), r"^[^z]*z")(False), b"x" * (KEPT_BYTES + 9), b"z") == b""
    assert sent(canned((b"!",), r"^a")(False), *[b"a" * 500] * 3) == b"!"
    assert sent(canned((b"!",), r"^ab|a[^z]*z")(False), b"zza" + b"b" * (KEPT_BYTES - 1), b"b") == b""


@pytest.mark.parametrize("source", [r"a\Kbc", r"(?:abc){s<=1}"])
def test_what_does_not_tell_where_it_begins_is_found_across_receives(source: str) -> None:
    assert sent(canned((b"!",), source)(False), b"xa", b"b", b"c", b"xabc") == b"!!"


@pytest.mark.parametrize("source", [r"(a|aa)+$b", r"a.*b.*c.*d"])
def test_an_expression_that_takes_too_long_is_off_for_all_clients(source: str) -> None:
    recipe = canned((b"!",), rf"hit|{source}")
    one, other = recipe(False), recipe(False)
    assert give(one, b"hit") == Response(b"!")
    assert give(one, b"ab" * 3000 + b"a" * 3000) is None
    assert recipe.fault == "the expression takes too long; it is off"
    assert give(one, b"hit") is give(other, b"hit") is give(recipe(True), b"hit") is None


def test_searching_again_for_each_byte_is_off_before_it_costs_much() -> None:
    recipe = canned((b"!",), "a.*z")
    responder = recipe(False)
    assert give(responder, b"a" * 50) is None
    assert recipe.fault == ""
    for _ in range(10_000):
        give(responder, b"a")
    assert recipe.fault == "the expression takes too long; it is off"


@pytest.mark.parametrize("on", ["text", "expression"])
def test_bytes_one_by_one_do_not_make_a_plain_search_slow(on: str) -> None:
    recipe = canned((b"!",), "needle", on)
    responder = recipe(False)
    for _ in range(20_000):
        assert give(responder, b"n") is None
    assert sent(responder, b"eed", b"le") == b"!"
    assert recipe.fault == ""


@pytest.mark.parametrize("on", ["text", "expression"])
def test_replies_that_do_not_fit_are_off(on: str) -> None:
    recipe = canned((b"x" * (ANSWER_BYTES // 2),), "a", on)
    responder = recipe(False)
    assert len(sent(responder, b"aa")) == ANSWER_BYTES
    assert give(responder, b"aaa") is None
    assert "8 MiB" in recipe.fault
    assert give(responder, b"a") is None


def test_an_expression_that_turns_out_to_match_nothing_is_off() -> None:
    recipe = canned((b"!",), "(?<=ba)(?=dc)|x")
    responder = recipe(False)
    assert give(responder, b"baxdc") == Response(b"!")
    assert give(responder, b"badc") is None
    assert "without a byte" in recipe.fault


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("(", "at 2: missing )"),
        ("é日(", "at 4: missing )"),
        ("*a", "at 1: nothing to repeat"),
        ("[z-a]", "at 5: bad character range"),
        ("\\", "at 2: bad escape"),
        ("(?u)é", "UNICODE"),
        ("(" * 2000 + ")" * 2000, "recursion"),
        ("\udcff", "surrogate"),
        ("a" * 5000, "too large"),
        ("((a{1000}){1000}){1000}", "too large"),
        ("(?x) ( a {1000} ) { 1000 }", "too large"),
        ("a{100000000}", "too large"),
        ("(?r)a", "backwards"),
        ("", "for ever"),
        ("a*", "for ever"),
        ("a|", "for ever"),
        (r"\b", "for ever"),
        ("(?=a)", "for ever"),
        ("(?:foo){e}", "for ever"),
        ("(?R)", "too long"),
    ],
)
def test_a_bad_expression_is_refused_in_one_line(text: str, about: str) -> None:
    with pytest.raises(ResponderError, match=regex.escape(about)) as caught:
        compile_expression(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120


@given(st.text(st.sampled_from("()[]{}|*+?\\^$.,-:=!<>&~#aAb019 pPNKRGxL\né"), max_size=8))
def test_whatever_is_typed_compiles_or_is_refused(text: str) -> None:
    try:
        assert compile_expression(text).pattern == text.encode()
    except ResponderError as error:
        assert str(error).isprintable()


@pytest.mark.parametrize(
    ("reply", "on", "pattern", "about"),
    [
        ((0,), "arrival", "", r"\\& in the reply"),
        ((1,), "text", "a", r"\\1 in the reply"),
        ((b"x", 2), "expression", "(a)", r"\\2 in the reply"),
        ((), "text", "", "1 byte"),
        ((), "text", "x" * (KEPT_BYTES + 1), "64 KiB"),
        ((), "text", "\ud800", "surrogate"),
        ((), "expression", "(", "missing"),
        ((), "leaving", "", "arrival, text, expression"),
    ],
)
def test_what_cannot_be_replied_is_refused(reply: tuple[bytes | int, ...], on: str, pattern: str, about: str) -> None:
    with pytest.raises(ResponderError, match=about):
        canned(reply, pattern, on)


def test_canned_is_a_recipe_of_its_own() -> None:
    recipe: Recipe = Canned([b"pong"], "text", b"ping")
    assert give(recipe(False), b"ping") == Response(b"pong")
