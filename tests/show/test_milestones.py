"""The rails after very many calls: what tells how far it came is shown, also where its call is no longer kept."""

import pytest

from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call, Facts
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.record.milestone import BOUND, CLOSED
from sockscope.show.step import why, why_lost
from sockscope.show.steps import Progress, client_steps, server_steps
from tests.facts import AF_INET, RECORDER, STREAM, at, note
from tests.show.made import MS, SECOND, START_NS, connect, listener, made, secured
from tests.show.rails import detail

TRIES = 20
FIRST_FD = 7
WINNER_FD = FIRST_FD + TRIES - 1
NOW_NS = START_NS + 9 * SECOND
PEER = at("192.0.2.7:80")


def flood(subject: Conversation | Listener, calls: int = 200) -> None:
    """So many calls that make no milestone."""
    for _ in range(calls):
        RECORDER.note(subject, Call("setsockopt", WINNER_FD, (Symbol("TCP_NODELAY"), 1), 0, "", START_NS, 1000))


def assert_dropped(call: Call | None, subject: Conversation | Listener) -> None:
    """Only a milestone may know of the call."""
    assert call and call not in subject.facts.all()


def tried(fd: int, error: str = "ECONNREFUSED") -> tuple[Attempt, list[Call]]:
    """One address that was tried, and its calls but the last."""
    opened = Call("socket", -1, (AF_INET, STREAM), fd, "", START_NS, 40_000)
    bind = Call("bind", fd, (at("127.0.0.1:4000"),), 0, "", START_NS, 1000)
    dialled = Call("connect", fd, (PEER,), None if error else 0, error, START_NS, 3 * MS)
    attempt = Attempt(PEER, START_NS, fd, START_NS + 3 * MS, error, not error, opened=opened)
    attempt.bound, attempt.failed = bind, dialled if error else None
    return attempt, [opened, bind, dialled]


def dialling(*, winning: bool) -> Conversation:
    """Twenty addresses were tried, of whom the last won or none."""
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, ("example.com", "80"), TRIES, "", START_NS, 12 * MS))
    for fd in range(FIRST_FD, WINNER_FD + 1):
        attempt, calls = tried(fd, "" if winning and fd == WINNER_FD else "ECONNREFUSED")
        RECORDER.attempts.add(conversation, attempt)
        note(conversation, *calls)
        if attempt.won:
            connect(conversation, attempt, at("127.0.0.1:4000"))
        else:
            note(conversation, Call("close", fd, (), 0, "", START_NS, 1000))
    return conversation


def test_the_socket_of_the_winner_is_shown_after_many_tries_and_calls() -> None:
    conversation = dialling(winning=True)
    assert conversation.fd == WINNER_FD == 26
    before = client_steps(conversation, NOW_NS)
    assert detail(before, "socket") == "fd 26 · AF_INET, SOCK_STREAM · 40 µs"
    flood(conversation)
    assert_dropped(conversation.dialling.attempts[-1].opened, conversation)
    assert client_steps(conversation, NOW_NS) == before


def test_the_winner_is_the_one_that_began_first_where_it_was_faster() -> None:
    conversation = made()
    (first, first_calls), (second, second_calls) = tried(7, ""), tried(8)
    note(conversation, first_calls[0], second_calls[0])
    RECORDER.attempts.add(conversation, first)
    RECORDER.attempts.add(conversation, second)
    connect(conversation, first, at("127.0.0.1:4000"))
    flood(conversation, 1000)
    assert detail(client_steps(conversation, NOW_NS), "socket").startswith("fd 7 ")


def test_the_handshake_and_the_close_are_shown_after_many_calls() -> None:
    conversation = secured()
    before = client_steps(conversation, NOW_NS)
    assert detail(before, "TLS handshake").endswith(" · 20 ms")
    flood(conversation, 1000)
    assert client_steps(conversation, NOW_NS) == before
    note(conversation, Call("close", 7, (), None, "EIO", START_NS, 1000))
    RECORDER.closed(conversation)
    flood(conversation, 1000)
    assert_dropped(conversation.facts.milestones[CLOSED], conversation)
    close = client_steps(conversation, NOW_NS)[-1]
    assert (close.progress, close.detail) == (Progress.FAILED, "EIO")


def test_what_was_tried_in_vain_is_closed_and_explained_after_many_tries() -> None:
    conversation = dialling(winning=False)
    RECORDER.failed(conversation, "ECONNREFUSED")
    conversation.ended_at_ns = START_NS + 2 * SECOND
    steps = client_steps(conversation, NOW_NS)
    assert detail(steps, "connect") == "192.0.2.7:80 · refused · 20 tried"
    assert detail(steps, "close") == "closed, for it had failed after 2.0 s: refused"
    assert all(why_lost(conversation, attempt).word == "refused" for attempt in conversation.dialling.attempts)


def test_what_never_connected_and_was_never_opened_has_nothing_to_close() -> None:
    conversation = made()
    note(conversation, Call("socket", -1, (AF_INET, STREAM), None, "EMFILE", START_NS, 1000))
    RECORDER.failed(conversation, "EMFILE")
    close = client_steps(conversation, NOW_NS)[-1]
    assert (close.progress, close.detail) == (Progress.SKIPPED, "not called: there is no socket")


def test_an_error_is_explained_by_the_call_that_gave_it_after_many_others() -> None:
    """EADDRNOTAVAIL of connect means another thing where the socket was bound."""
    conversation = made()
    attempt, calls = tried(7, "EADDRNOTAVAIL")
    RECORDER.attempts.add(conversation, attempt)
    note(conversation, *calls)
    RECORDER.failed(conversation, "EADDRNOTAVAIL")
    assert why(conversation).word == "connection exists"
    flood(conversation, 1000)
    assert BOUND in conversation.facts.milestones
    assert why(conversation).word == why_lost(conversation, attempt).word == "connection exists"


def listening(*sockets: int) -> Listener:
    """A listener with these sockets."""
    bound = []
    found = listener()
    for fd in sockets:
        address = at(f"127.0.0.{fd}:80")
        calls = (
            Call("socket", -1, (AF_INET, STREAM), fd, "", START_NS, 30_000),
            Call("bind", fd, (address,), 0, "", START_NS, 9000),
            Call("listen", fd, (128,), 0, "", START_NS, 2000),
        )
        note(found, *calls)
        bound.append(Bound(fd, address, 128, calls))
    RECORDER.listeners.opened(found, tuple(bound))
    found.waiting_since_ns = START_NS
    return found


@pytest.mark.parametrize("sockets", [1, 2, 40])
def test_the_sockets_of_a_listener_are_shown_after_many_clients(sockets: int) -> None:
    server = listening(*range(5, 5 + sockets))
    before = server_steps(server, NOW_NS)[:3]
    assert [step.progress for step in before] == [Progress.DONE] * 3
    flood(server, 1000)
    assert server_steps(server, NOW_NS)[:3] == before


def test_the_latest_client_is_shown_after_many_calls_and_failed_accepts() -> None:
    server = listening(5)
    accepted = Call("accept", 5, (), (9, at("127.0.0.1:50000")), "", START_NS, 1000)
    note(server, *[Call("setsockopt", 5, (), 0, "", START_NS, 1000)] * Facts.FIRST, accepted)
    server.accepted = 1
    note(server, *[Call("accept", 5, (), None, "ECONNABORTED", START_NS, 1000)] * 1000)
    assert_dropped(accepted, server)
    assert detail(server_steps(server, NOW_NS), "accept") == "a new socket: fd 9 for 127.0.0.1:50000"


def test_a_client_without_an_address_is_shown_by_its_descriptor() -> None:
    server = listening(5)
    note(server, Call("accept", 5, (), 9, "", START_NS, 1000))
    server.accepted = 1
    assert detail(server_steps(server, NOW_NS), "accept") == "a new socket: fd 9"


def test_the_call_that_stopped_a_listener_is_blamed_although_others_followed() -> None:
    server = listener()
    note(server, Call("bind", 5, (at("127.0.0.1:80"),), None, "EADDRINUSE", START_NS, 1000))
    RECORDER.listeners.ended(server, ListenerState.FAILED, "EADDRINUSE")
    flood(server, 1000)
    assert why(server).word == "address in use"
    assert detail(server_steps(server, NOW_NS), "bind") == "127.0.0.1:80 · address in use"
