"""What is settled for a lookup, made into a request."""

import pytest

from sockscope.net.hint import FLAGS
from sockscope.request.parse import YES
from sockscope.request.question import Question
from sockscope.request.resolve import Resolve, question
from sockscope.request.resolve_settings import EVERY, RECORD_TYPES, SERVERS
from sockscope.request.setting import For
from sockscope.request.settings import read_all, usual

RESOLVE = usual(For.RESOLVE)


def test_the_usual_asks_for_streams_of_any_family_and_the_canonical_name() -> None:
    assert question("a", "80", RESOLVE) == Question("a", "80", flags=frozenset({"CANONNAME"}))
    assert (SERVERS.read(RESOLVE), RECORD_TYPES.read(RESOLVE), EVERY.read(RESOLVE)) == ((), ("A", "AAAA"), 1.0)
    read_all(For.RESOLVE, RESOLVE)


def test_without_a_name_no_canonical_one_is_asked_for() -> None:
    assert question("", "80", {**RESOLVE, "PASSIVE": YES}).flags == {"PASSIVE"}


def test_every_flag_of_the_system_can_be_asked_for() -> None:
    everything = {**RESOLVE, **dict.fromkeys(FLAGS, YES), "family": "IPv6", "type": "datagram", "protocol": "UDP"}
    asked = question("a", "", everything)
    assert (asked.family, asked.type, asked.protocol, asked.flags) == ("IPv6", "datagram", "UDP", frozenset(FLAGS))
    assert {"PASSIVE", "CANONNAME", "NUMERICHOST", "NUMERICSERV", "V4MAPPED", "ALL", "ADDRCONFIG"} <= set(FLAGS)


def test_servers_and_types_are_lists() -> None:
    texts = {**RESOLVE, "servers": "@127.0.0.1:5353, [::1]:53", "types": "mx txt,caa"}
    assert SERVERS.read(texts) == ("127.0.0.1:5353", "[::1]:53")
    assert RECORD_TYPES.read(texts) == ("MX", "TXT", "CAA")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("types", "A BOGUS", "BOGUS' is no type of DNS records"),
        ("types", "\x1b[2J", "no type of DNS"),
        ("servers", "localhost", "given as its address"),
        ("every", "", "every 0.1 to 3600 seconds"),
        ("every", "0", "every 0.1"),
        ("every", "nan", "every 0.1"),
        ("every", "1e9", "every 0.1"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_all(For.RESOLVE, {**RESOLVE, name: value})


def test_what_is_typed_goes_before_what_is_settled() -> None:
    settled = {**RESOLVE, "servers": "127.0.0.1", "types": "TXT"}
    assert Resolve.read("a", "", settled) == Resolve(question("a", "", settled), servers=("127.0.0.1",), types=("TXT",))
    typed = Resolve.read("a @::1 MX", "80", settled)
    assert (typed.direct, typed.servers, typed.types) == (True, ("::1",), ("MX",))
    assert Resolve.read("a @", "", settled).servers == ()
    assert Resolve.read("a", "", {**settled, "direct": YES}).direct


@pytest.mark.parametrize("text", ["a", "a @", "a @127.0.0.1:5353", "a MX", "a @::1 @127.0.0.1 MX TXT"])
def test_a_request_can_be_written_as_it_was_typed(text: str) -> None:
    assert Resolve.read(text, "", RESOLVE).typed == text


def test_without_a_name_a_service_is_needed() -> None:
    assert Resolve.read("", "80", RESOLVE).question.service == "80"
    with pytest.raises(ValueError, match="a name is needed"):
        Resolve.read("", "", RESOLVE)
    with pytest.raises(ValueError, match="out of range"):
        Resolve.read("a", "70000", RESOLVE)
