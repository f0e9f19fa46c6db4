"""A question and its answer in the words people use."""

import socket

import pytest

from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.call_text import value_text
from tests.conftest import wait_until
from tests.facts import at


@pytest.mark.parametrize(
    ("question", "written"),
    [
        (Question("localhost"), '"localhost", NULL, AF_UNSPEC, SOCK_STREAM'),
        (Question("localhost", "80", "IPv4"), '"localhost", "80", AF_INET, SOCK_STREAM'),
        (Question("", "80", "IPv6", flags=frozenset({"PASSIVE"})), 'NULL, "80", AF_INET6, SOCK_STREAM, AI_PASSIVE'),
        (Question("a", type="any", flags=frozenset({"CANONNAME"})), '"a", NULL, AF_UNSPEC, 0, AI_CANONNAME'),
        (
            Question("a", type="raw", flags=frozenset({"PASSIVE", "CANONNAME"})),
            '"a", NULL, AF_UNSPEC, SOCK_RAW, AI_PASSIVE | AI_CANONNAME',
        ),
    ],
)
def test_a_question_is_written_as_the_call_it_makes(question: Question, written: str) -> None:
    assert ", ".join(map(value_text, question.arguments())) == written


def test_a_row_speaks_in_words() -> None:
    row = Row(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("fe80::1", 80, 0, 2))
    assert (row.family_word, row.type_word, row.protocol_word) == ("IPv6", "stream", "TCP")
    assert (row.host, row.port, row.endpoint) == ("fe80::1%2", 80, at("[fe80::1%2]:80"))


def test_a_row_of_datagrams_speaks_in_words() -> None:
    row = Row(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "", ("127.0.0.1", 53))
    assert (row.family_word, row.type_word, row.protocol_word) == ("IPv4", "datagram", "UDP")
    assert (row.host, row.port, row.endpoint) == ("127.0.0.1", 53, at("127.0.0.1:53"))


def test_what_has_no_word_is_shown_as_it_is() -> None:
    row = Row(socket.AF_NETLINK, 5, 132, "", ("", 0))
    assert (row.family_word, row.type_word, row.protocol_word) == ("AF_NETLINK", "5", "132")
    raw = Row(socket.AF_INET, socket.SOCK_RAW, 0, "", ("127.0.0.1", 0))
    assert (raw.type_word, raw.protocol_word) == ("raw", "any")


@pytest.mark.parametrize("state", list(LookupState))
def test_a_lookup_lives_while_an_answer_is_awaited(state: LookupState) -> None:
    assert state.live is (state.value in ("queued", "asking"))


def test_a_lookup_takes_time_until_it_is_answered() -> None:
    lookup = Lookup(1, Question("localhost"))
    first_ns = lookup.took_ns
    wait_until(lambda: lookup.took_ns > first_ns)
    lookup.call = Call("getaddrinfo", -1, (), 1, "", 10, 1234)
    assert lookup.took_ns == 1234
