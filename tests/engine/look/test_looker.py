"""Looking behind a failure is bounded, and whatever goes wrong with it is no failure of its own."""

import threading
from pathlib import Path

from sockscope.engine.engine import Engine
from sockscope.engine.look import machine
from sockscope.engine.look.looker import WAITING, asks, look
from sockscope.engine.look.question import Question
from sockscope.net.endpoint import NOWHERE, endpoint
from sockscope.net.socket_kind import TCP, UNIX
from sockscope.record.finding import Finding
from tests.conftest import wait_until
from tests.engine.loopback import a_conversation, context_of

QUESTION = Question("EADDRINUSE", "bind", endpoint(("127.0.0.1", 1)), TCP)


def test_a_question_that_cannot_be_answered_takes_no_other_with_it() -> None:
    def broken() -> Finding:
        raise ZeroDivisionError

    found = look([broken, lambda: None, lambda: machine.privileges(QUESTION)])
    assert [type(one) for one in found] == [type(machine.privileges(QUESTION))]


def test_a_system_that_tells_nothing_leaves_all_unknown(tmp_path: Path) -> None:
    may = machine.privileges(QUESTION, tmp_path)
    assert (may.first_port, may.capabilities, may.has(10)) == (None, None, None)
    held = machine.descriptors(QUESTION, tmp_path)
    assert (held.used, held.system_used, held.system_limit) == (None, None, None)
    left = machine.memory(QUESTION, tmp_path)
    assert (left.available_bytes, left.most_buffer_bytes) == (None, None)


def test_the_servers_of_dns_are_those_that_are_asked_and_none_where_no_dns_is(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    question = Question("EAI_NONAME", "getaddrinfo", NOWHERE, TCP)
    assert asks(question) == [machine.nameservers]
    (tmp_path / "etc/resolv.conf").write_text("".join(f"nameserver 10.0.0.{n}\n" for n in range(1, 5)))
    assert machine.nameservers(question, tmp_path).servers == ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    (tmp_path / "etc/nsswitch.conf").write_text("hosts: files\n")
    assert machine.nameservers(question, tmp_path).servers == ()


def test_what_has_no_address_is_not_asked_about_one() -> None:
    assert asks(Question("ECONNREFUSED", "connect", NOWHERE, TCP)) == []
    assert asks(Question("ECONNREFUSED", "connect", NOWHERE, UNIX)) == []
    assert asks(Question("EMFILE", "socket", NOWHERE, TCP)) == [machine.descriptors]


def test_more_failures_at_once_than_are_looked_at_say_so(engine: Engine) -> None:
    gate = threading.Event()
    subjects = [a_conversation() for _ in range(WAITING + 1)]

    def hang() -> tuple[Finding, ...]:
        gate.wait()
        return ()

    def ask_all() -> None:
        for subject in subjects:
            context_of(engine).looker.ask(subject, hang)

    engine.soon(ask_all)
    wait_until(lambda: subjects[-1].facts.said)
    assert "was not asked" in subjects[-1].facts.said and not subjects[-1].looking
    assert all(one.looking for one in subjects[:-1])
    gate.set()
    wait_until(lambda: not any(one.looking for one in subjects))


def test_a_look_that_hangs_is_given_up(engine: Engine) -> None:
    gate, subject = threading.Event(), a_conversation()

    def hang() -> tuple[Finding, ...]:
        gate.wait()
        return (machine.privileges(QUESTION),)

    engine.soon(context_of(engine).looker.ask, subject, hang)
    wait_until(lambda: subject.looking)
    wait_until(lambda: not subject.looking, what="given up")
    assert subject.findings == ()
    gate.set()
