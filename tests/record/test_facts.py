"""Facts: the first and the latest calls are kept, and every call is noted as it went."""

import errno
import socket
import threading

import pytest

from sockscope.engine.syscall import make
from sockscope.net.clock import now_ns
from sockscope.net.error_name import error_name
from sockscope.record.fact import Call, Facts


def call(number: int, name: str = "recv") -> Call:
    return Call(name, number, (), 0, "", number, 0)


def facts_of(count: int) -> Facts:
    facts = Facts()
    for number in range(count):
        assert facts.add(call(number)) == number
    return facts


def test_a_few_facts_are_all_kept() -> None:
    facts = facts_of(Facts.FIRST + Facts.LATEST)
    assert [kept.at_ns for kept in facts.all()] == list(range(Facts.FIRST + Facts.LATEST))
    assert facts.dropped == 0


def test_of_many_facts_the_first_and_the_latest_are_kept_and_the_others_counted() -> None:
    facts = facts_of(1000)
    assert [kept.at_ns for kept in facts.all()] == [*range(Facts.FIRST), *range(1000 - Facts.LATEST, 1000)]
    assert facts.count == 1000
    assert facts.dropped == 1000 - Facts.FIRST - Facts.LATEST


def test_a_fact_keeps_its_number_and_a_dropped_one_is_none() -> None:
    facts = facts_of(1000)
    assert facts.get(0) == call(0)
    assert facts.get(999) == call(999)
    assert facts.get(500) is None
    assert facts.get(1000) is None


def test_the_latest_fact_of_a_name_is_found() -> None:
    facts = Facts()
    for number, name in enumerate(["socket", "connect", "recv", "connect", "close"]):
        facts.add(call(number, name))
    assert facts.last("connect") == call(3, "connect")
    assert facts.last("bind") is None


def test_facts_can_be_read_while_they_are_written() -> None:
    facts = Facts()
    done = threading.Event()

    def write() -> None:
        for number in range(20_000):
            facts.add(call(number))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        numbers = [kept.at_ns for kept in facts.all()]
        assert numbers == sorted(numbers)
        assert len(numbers) <= Facts.FIRST + Facts.LATEST + 1
    writer.join()
    assert len(facts.all()) == Facts.FIRST + Facts.LATEST


def test_a_call_that_succeeds_is_noted_with_its_result_and_duration() -> None:
    noted: list[Call] = []
    before_ns = now_ns()
    assert make(noted.append, "dup", 3, (), lambda: 4) == 4
    (fact,) = noted
    assert (fact.name, fact.fd, fact.arguments, fact.returned, fact.error) == ("dup", 3, (), 4, "")
    assert before_ns <= fact.at_ns <= fact.at_ns + fact.took_ns <= now_ns()


def test_a_call_that_fails_is_noted_and_still_raises() -> None:
    noted: list[Call] = []
    with socket.socket() as unconnected, pytest.raises(OSError) as raised:
        make(noted.append, "getpeername", 3, (), unconnected.getpeername)
    assert raised.value.errno == errno.ENOTCONN
    (fact,) = noted
    assert (fact.name, fact.returned, fact.error) == ("getpeername", None, "ENOTCONN")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OSError(errno.ECONNREFUSED, "refused"), "ECONNREFUSED"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "ECONNRESET"),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), "EAI_NONAME"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "EAI_AGAIN"),
        (socket.gaierror(-105, "not encodable"), "EAI_IDN_ENCODE"),
        (socket.gaierror(4711, "unheard of"), "EAI 4711"),
        (OSError(4711, "unheard of"), "errno 4711"),
        (OSError("AF_UNIX path too long"), "OSError"),
        (TimeoutError("timed out"), "TimeoutError"),
    ],
)
def test_an_error_has_the_name_that_people_search_for(error: OSError, name: str) -> None:
    assert error_name(error) == name


def test_the_clock_of_facts_never_goes_back() -> None:
    times = [now_ns() for _ in range(1000)]
    assert times == sorted(times)
