"""The steps that open a listener: what was undone because of another address is not shown as done."""

import pytest

from sockscope.net.endpoint import NOWHERE
from sockscope.net.socket_kind import UNIX
from sockscope.net.value import Symbol, Value
from sockscope.record.fact import Call
from sockscope.record.finding import OwnHolder
from sockscope.record.listener import Listener, ListenerState
from sockscope.show.opening import OPENING_STEPS, opening_step
from sockscope.show.step import Progress
from tests.facts import AF_INET, AF_INET6, AF_UNIX, RECORDER, STREAM, at
from tests.show.made import START_NS, listener

AHEAD, DONE, FAILED = Progress.AHEAD, Progress.DONE, Progress.FAILED


def call(name: str, fd: int, *arguments: Value, gives: Value = 0, error: str = "") -> Call:
    return Call(name, fd, arguments, None if error else gives, error, START_NS, 1000)


def one_open(fd: int = 5, address: str = "[::1]:80") -> list[Call]:
    """The calls that open one address."""
    return [
        call("socket", -1, AF_INET6, STREAM, gives=fd),
        call("bind", fd, at(address)),
        call("getsockname", fd, gives=at(address)),
        call("listen", fd, 4096),
    ]


SECOND = {
    "socket": [call("socket", -1, AF_INET, STREAM, error="EMFILE")],
    "bind": [
        call("socket", -1, AF_INET, STREAM, gives=6),
        call("bind", 6, at("127.0.0.1:80"), error="EADDRINUSE"),
        call("close", 6),
    ],
    "option": [
        call("socket", -1, AF_INET, STREAM, gives=6),
        call("setsockopt", 6, Symbol("SO_RCVBUF"), 1, error="EPERM"),
        call("close", 6),
    ],
    "listen": [
        *one_open(6, "127.0.0.1:80")[:3],
        call("listen", 6, 4096, error="EADDRINUSE"),
        call("close", 6),
    ],
}
ERRORS = {"socket": "EMFILE", "bind": "EADDRINUSE", "option": "EPERM", "listen": "EADDRINUSE"}


def failed_at(step: str, *, before: int = 0) -> Listener:
    """A listener whose first address was opened and whose second could not be, after so many tries of the same."""
    again = [*one_open(), *SECOND["bind"], call("close", 5)]
    made = listener(*again * before, *one_open(), *SECOND[step], call("close", 5))
    RECORDER.listeners.gave_back(made, [at("[::1]:80")])
    RECORDER.listeners.ended(made, ListenerState.FAILED, ERRORS[step])
    return made


@pytest.mark.parametrize(
    ("step", "lit"),
    [
        ("socket", [FAILED, AHEAD, AHEAD]),
        ("bind", [DONE, FAILED, AHEAD]),
        ("option", [DONE, FAILED, AHEAD]),
        ("listen", [DONE, DONE, FAILED]),
    ],
)
@pytest.mark.parametrize("before", [0, 2])
def test_no_step_behind_the_one_that_failed_is_lit(step: str, lit: list[Progress], before: int) -> None:
    found = [opening_step(failed_at(step, before=before), name) for name in OPENING_STEPS]
    assert [progress for progress, _ in found] == lit
    assert all(not detail for progress, detail in found if progress is AHEAD)
    failed = next(detail for progress, detail in found if progress is FAILED)
    assert "[::1]:80" in failed and failed.endswith(" closed again"), "the one that had been opened is not kept"
    assert failed.count("[::1]:80") == 1


def test_the_only_address_was_not_closed_again() -> None:
    made = listener(*SECOND["bind"])
    RECORDER.listeners.ended(made, ListenerState.FAILED, "EADDRINUSE")
    assert "closed again" not in opening_step(made, "bind")[1]


def test_who_of_us_holds_the_address_is_said() -> None:
    made = listener(*SECOND["bind"])
    RECORDER.looks(made, (OwnHolder(3, True, at("127.0.0.1:80"), NOWHERE),))
    RECORDER.listeners.ended(made, ListenerState.FAILED, "EADDRINUSE")
    assert opening_step(made, "bind") == (FAILED, "127.0.0.1:80 · in use by us · its listener 127.0.0.1:80")


def test_an_abstract_name_is_in_use_and_no_path_is() -> None:
    made = listener(
        call("socket", -1, AF_UNIX, STREAM, gives=5),
        call("bind", 5, at("@app"), error="EADDRINUSE"),
        call("close", 5),
        transport=UNIX,
    )
    RECORDER.listeners.ended(made, ListenerState.FAILED, "EADDRINUSE")
    assert opening_step(made, "bind") == (FAILED, "@app · name in use")
