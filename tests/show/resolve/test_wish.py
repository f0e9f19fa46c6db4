"""Wishes for a lookup, made into a question."""

import pytest

from sockscope.net.resolve.hint import FLAGS
from sockscope.net.resolve.question import Question
from sockscope.show.resolve.wish import RESOLVE, check, interval_s, question, servers, types
from sockscope.show.wish import YES


def test_the_usual_asks_for_streams_of_any_family_and_the_canonical_name() -> None:
    assert question("a", "80", RESOLVE) == Question("a", "80", flags=frozenset({"CANONNAME"}))
    assert (servers(RESOLVE), types(RESOLVE), interval_s(RESOLVE)) == ((), ("A", "AAAA"), 1.0)
    check(RESOLVE)


def test_without_a_name_no_canonical_one_is_asked_for() -> None:
    assert question("", "80", {**RESOLVE, "PASSIVE": YES}).flags == {"PASSIVE"}


def test_every_flag_of_the_system_can_be_wished_for() -> None:
    everything = {**RESOLVE, **dict.fromkeys(FLAGS, YES), "family": "IPv6", "type": "datagram", "protocol": "UDP"}
    asked = question("a", "", everything)
    assert (asked.family, asked.type, asked.protocol, asked.flags) == ("IPv6", "datagram", "UDP", frozenset(FLAGS))
    assert {"PASSIVE", "CANONNAME", "NUMERICHOST", "NUMERICSERV", "V4MAPPED", "ALL", "ADDRCONFIG"} <= set(FLAGS)


def test_servers_and_types_are_lists() -> None:
    wishes = {**RESOLVE, "servers": "@127.0.0.1:5353, [::1]:53", "types": "mx txt,caa"}
    assert servers(wishes) == ("127.0.0.1:5353", "[::1]:53")
    assert types(wishes) == ("MX", "TXT", "CAA")


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
        check({**RESOLVE, name: value})
