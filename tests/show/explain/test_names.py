"""What a failed lookup means for the very question; the errors are those that the real getaddrinfo gives."""

import socket

import pytest

from sockscope.net.address import Address
from sockscope.net.error_name import RESOLVER_TIMEOUT, error_name
from sockscope.net.hint import FAMILIES, PROTOCOLS, TYPES
from sockscope.record.fact import Call
from sockscope.record.finding import Nameservers
from sockscope.request import Connect
from sockscope.request.question import Question
from sockscope.show.explain.errors import explain
from sockscope.show.explain.here import explain_here
from sockscope.show.explain.names import explain_question
from sockscope.show.explain.situation import Situation
from sockscope.show.lookup.pages import NAMES
from sockscope.show.step import why
from tests.show.clients import lookup_timed_out
from tests.show.made import MS, START_NS, made


def error_of(question: Question) -> str:
    """What the system says."""
    flags = 0
    for flag in question.chosen:
        flags |= getattr(socket, flag.python.removeprefix("socket."))
    hints = (FAMILIES[question.family], TYPES[question.type], PROTOCOLS[question.protocol], flags)
    with pytest.raises(OSError) as raised:
        socket.getaddrinfo(question.host, question.service or None, *hints)
    return error_name(raised.value)


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        (Question("::1", family="IPv4"), "EAI_ADDRFAMILY", "::1 is an address of IPv6, another family than asked for"),
        (Question("127.0.0.1", family="IPv6"), "EAI_ADDRFAMILY", "127.0.0.1 is an address of IPv4"),
        (Question("127.0.0.1", "no-such"), "EAI_SERVICE", "no-such is not the name of a service for stream sockets"),
        (Question("x.example", flags=frozenset({"NUMERICHOST"})), "EAI_NONAME", "x.example is no address in numbers"),
        (Question("", "80", flags=frozenset({"CANONNAME"})), "EAI_BADFLAGS", "AI_CANONNAME"),
        (Question("127.0.0.1", type="stream", protocol="UDP"), "EAI_SOCKTYPE", "stream and the protocol UDP"),
    ],
)
def test_what_was_asked_is_said_to_be_wrong(question: Question, error: str, words: str) -> None:
    assert error_of(question) == error
    assert words in explain_question(question, explain(error)).meaning


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a" * 64, "has 64 characters, and 63 are the most"),
        ("a..b", "nothing stands between two dots"),
        ("", "Neither a name nor a service"),
        ("x.example", "nobody who was asked knows x.example."),
    ],
)
def test_a_name_that_is_not_found_says_why_where_that_can_be_seen(name: str, words: str) -> None:
    assert words in explain_question(Question(name), explain("EAI_NONAME")).meaning


def test_a_name_without_an_address_of_that_family_exists() -> None:
    told = explain_question(Question("x.example", family="IPv6"), explain("EAI_NODATA"))
    assert told.meaning == "x.example exists, but has no address of IPv6."


def test_an_unusable_answer_is_one_about_that_name() -> None:
    told = explain_question(Question("x.example"), explain("EAI_AGAIN"))
    assert "no usable answer about x.example: silence" in told.meaning


@pytest.mark.parametrize(
    ("name", "error", "servers", "said"),
    [
        ("x.example", "EAI_NONAME", ("10.0.0.1",), " By /etc/resolv.conf the DNS server is 10.0.0.1."),
        ("x.example", "EAI_AGAIN", ("10.0.0.1", "::1"), " By /etc/resolv.conf the DNS servers are 10.0.0.1, ::1."),
        ("x.example", RESOLVER_TIMEOUT, ("10.0.0.1",), " By /etc/resolv.conf the DNS server is 10.0.0.1."),
        ("x.example", "EAI_NONAME", (), ""),
        ("x.example", "EAI_SERVICE", ("10.0.0.1",), ""),
        ("a..b", "EAI_NONAME", ("10.0.0.1",), ""),
        ("::1", "EAI_NODATA", ("10.0.0.1",), ""),
    ],
)
def test_the_servers_of_dns_are_named_where_they_may_have_been_asked(
    name: str, error: str, servers: tuple[str, ...], said: str
) -> None:
    conversation = made()
    conversation.request = Connect(Address(name, 80))
    call = None if error == RESOLVER_TIMEOUT else Call("getaddrinfo", -1, (name, "80"), None, error, START_NS, MS)
    unknown = explain_here(Situation(error, conversation, call))
    told = explain_here(Situation(error, conversation, call, None, (Nameservers(servers),)))
    assert told.meaning == f"{unknown.meaning}{said}"
    assert name in unknown.meaning or error == "EAI_SERVICE"


def test_a_lookup_that_took_too_long_has_one_name_and_says_that_the_name_may_exist() -> None:
    conversation = lookup_timed_out()
    assert (why(conversation).name, why(conversation).word) == ("lookup timeout", "lookup timeout")
    assert "the name may well exist" in why(conversation).meaning
    assert len(why(conversation).word) <= 14, "it fits into the column of states"


def test_the_keys_that_show_the_sources_are_those_of_their_pages() -> None:
    keys = {page: str(NAMES.index(page) + 1) for page in ("sources", "DNS")}
    assert f"{keys['sources']} shows the sources, {keys['DNS']} what DNS says" in explain("EAI_NONAME").advice
