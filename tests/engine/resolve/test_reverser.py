"""Names of addresses: each asked for once, a few at a time, and given up for good."""

import socket
import threading
from collections.abc import Iterator

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.resolve import reverser
from sockscope.engine.resolve.name_info import InternetAddress
from sockscope.engine.resolve.reverser import AT_A_TIME, name_of
from sockscope.net.error_name import NOT_UTF8
from sockscope.net.row import Row
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.reverse import MOST, distinct
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.loopback import row


class Namer:
    """Stands in for getnameinfo: addresses in `slow` are not answered before `answer()`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.slow: set[str] = set()
        self._let_go = threading.Event()

    def __call__(self, sockaddr: InternetAddress, flags: int) -> tuple[str, str]:
        assert flags == socket.NI_NAMEREQD | socket.NI_NUMERICSERV
        self.asked.append(sockaddr[0])
        if sockaddr[0] in self.slow:
            assert self._let_go.wait(30)
        if sockaddr[0] == "10.0.0.99":
            raise socket.gaierror(socket.EAI_NONAME, "no name")
        return f"name-of-{sockaddr[0]}", str(sockaddr[1])

    def answer(self) -> None:
        self._let_go.set()


@pytest.fixture
def namer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Namer]:
    made = Namer()
    monkeypatch.setattr(reverser, "getnameinfo", made)
    yield made
    made.answer()


def lookup_of(*hosts: str, number: int = 1) -> Lookup:
    lookup = Lookup(number, Question("example.test"))
    lookup.rows = tuple(row(host, 80) for host in hosts)
    lookup.state = LookupState.ANSWERED
    return lookup


def test_localhost_has_a_name_and_the_call_is_a_fact() -> None:
    call, name = name_of(row("127.0.0.1", 80))
    assert name == socket.getnameinfo(("127.0.0.1", 0), socket.NI_NAMEREQD)[0]
    assert (call.name, call.arguments) == ("getnameinfo", ("127.0.0.1", "NI_NAMEREQD | NI_NUMERICSERV"))
    assert (call.returned, call.error) == (name, "")


def test_an_address_with_a_scope_is_asked_for_with_it() -> None:
    scoped = Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1234", 80, 0, socket.if_nametoindex("lo")))
    call, name = name_of(scoped)
    assert call.arguments[0] == f"fe80::1234%{socket.if_nametoindex('lo')}"
    assert name == "" and call.error.startswith("EAI_")


def test_each_address_is_asked_for_once_whatever_rows_have_it(engine: Engine, namer: Namer) -> None:
    lookup = lookup_of("10.0.0.1", "10.0.0.1", "::1", "10.0.0.99", "::1")
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and not lookup.reverse.waiting)
    assert lookup.reverse
    assert lookup.reverse.asked == ("10.0.0.1", "::1", "10.0.0.99")
    assert sorted(namer.asked) == ["10.0.0.1", "10.0.0.99", "::1"]
    names = {host: (call.error, name) for host, (call, name) in lookup.reverse.names.items()}
    assert names == {
        "10.0.0.1": ("", "name-of-10.0.0.1"),
        "::1": ("", "name-of-::1"),
        "10.0.0.99": ("EAI_NONAME", ""),
    }


def test_of_many_addresses_some_are_left_out_and_counted(engine: Engine, namer: Namer) -> None:
    lookup = lookup_of(*(f"10.0.1.{number}" for number in range(MOST + 5)))
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and not lookup.reverse.waiting)
    assert lookup.reverse
    assert (len(lookup.reverse.names), lookup.reverse.left_out) == (MOST, 5)


def test_a_lookup_without_addresses_has_no_names(engine: Engine) -> None:
    lookup = lookup_of()
    lookup.rows = (Row(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/a/path"),)
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse)
    assert lookup.reverse and (lookup.reverse.asked, lookup.reverse.waiting) == ((), False)
    assert distinct(lookup.rows) == {}


def test_what_hangs_holds_up_no_lookup_and_an_abandoned_name_never_comes(engine: Engine, namer: Namer) -> None:
    hosts = [f"10.0.2.{number}" for number in range(AT_A_TIME)]
    namer.slow = set(hosts)
    hanging, later = lookup_of(*hosts), lookup_of("10.0.0.1", number=2)
    engine.names.reverse(hanging)
    wait_until(lambda: len(namer.asked) == AT_A_TIME)
    engine.names.reverse(later)
    lookup = engine.names.resolve(Question("localhost"))
    wait_until(lambda: lookup.state is LookupState.ANSWERED)
    assert later.reverse and later.reverse.waiting, "its turn has not come"
    engine.names.abandon_reverse(hanging)
    wait_until(lambda: later.reverse and not later.reverse.waiting, what="the place was given to the next")
    assert hanging.reverse and hanging.reverse.abandoned
    namer.answer()
    again = lookup_of("10.0.0.2", number=3)
    engine.names.reverse(again)
    wait_until(lambda: again.reverse and not again.reverse.waiting)
    assert hanging.reverse.names == {}
    assert engine.fault == ""


def test_asking_again_begins_a_new_record(engine: Engine, namer: Namer) -> None:
    namer.slow = {"10.0.0.1"}
    lookup = lookup_of("10.0.0.1", "10.0.0.2")
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and "10.0.0.2" in lookup.reverse.names)
    first = lookup.reverse
    namer.slow = set()
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse is not first and lookup.reverse and not lookup.reverse.waiting)
    assert first and first.abandoned and "10.0.0.1" not in first.names


def test_abandoning_what_was_answered_changes_nothing(engine: Engine, namer: Namer) -> None:
    lookup = lookup_of("10.0.0.1")
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and not lookup.reverse.waiting)
    engine.names.abandon_reverse(lookup)
    other = lookup_of("10.0.0.2", number=2)
    engine.names.reverse(other)
    wait_until(lambda: other.reverse and not other.reverse.waiting)
    assert lookup.reverse and not lookup.reverse.abandoned


def test_a_name_that_is_no_utf_8_is_said_to_be_none(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def latin(*_: object) -> None:
        raise UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "invalid")

    monkeypatch.setattr(reverser, "getnameinfo", latin)
    lookup = lookup_of("10.0.0.1")
    engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and not lookup.reverse.waiting)
    assert lookup.reverse is not None
    call, name = lookup.reverse.names["10.0.0.1"]
    assert (call.error, name) == (NOT_UTF8, "")


def test_asking_again_and_again_while_answers_come_home_loses_no_turn(engine: Engine, namer: Namer) -> None:
    lookup = lookup_of("10.0.0.1", "10.0.0.2")
    for _ in range(300):
        engine.names.reverse(lookup)
    wait_until(lambda: lookup.reverse and not lookup.reverse.waiting)
    wait_until(lambda: not engine.names._reverser._jobs, what="no turn is kept")
    assert engine.fault == ""
