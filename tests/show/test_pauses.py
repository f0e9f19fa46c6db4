"""Nagle and delayed acknowledgement: named where real sockets show them, never where it may be something else."""

import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from sockscope.net.clock import now_ns
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.show.details import details
from sockscope.show.pauses import LONGEST_NS, SHORTEST_NS, found_pauses, sends_at_once, told_pauses
from tests.conftest import DEADLINE_S
from tests.engine.loopback import connected_pair, read_exactly
from tests.facts import note
from tests.show.made import MS, NOW_NS, SECOND, START_NS, connected, receive, send

Sent = tuple[int, int]
"""After how many ms, how many bytes."""


def spoken(rounds: int, sends: tuple[Sent, ...], answer_ms: int) -> Conversation:
    """A conversation of so many exchanges, one each second."""
    conversation = connected()
    for number in range(rounds):
        for after_ms, size_bytes in sends:
            send(conversation, b"x" * size_bytes, at_ns=START_NS + number * SECOND + after_ms * MS)
        receive(conversation, b"y", at_ns=START_NS + number * SECOND + answer_ms * MS)
    return conversation


HEADER_BODY = ((0, 20), (1, 300))


def test_header_and_body_in_two_sends_are_named_with_the_option_that_helps() -> None:
    conversation = spoken(3, HEADER_BODY, 41)
    said = told_pauses(conversation)
    assert said.startswith("3 pauses of about 41 ms")
    assert "NODELAY=on (TCP_NODELAY)" in said
    assert said in [one.value for one in details(conversation, NOW_NS)]


@pytest.mark.parametrize(
    ("rounds", "sends", "answer_ms"),
    [
        (1, HEADER_BODY, 41),  # once may be chance
        (3, HEADER_BODY, 20),
        (3, HEADER_BODY, 80),
        (3, ((0, 300),), 41),  # one send: the peer takes its time
        (3, ((0, 20), (1, 5000)), 41),  # a whole segment goes at once
        (3, ((0, 20), (30, 300)), 41),  # we took our time
    ],
)
def test_another_shape_is_not_named(rounds: int, sends: tuple[Sent, ...], answer_ms: int) -> None:
    assert told_pauses(spoken(rounds, sends, answer_ms)) == ""


def test_where_single_sends_are_answered_as_late_it_is_the_peer() -> None:
    conversation = spoken(3, HEADER_BODY, 41)
    for number in range(3):
        send(conversation, b"x", at_ns=START_NS + (10 + number) * SECOND)
        receive(conversation, b"y", at_ns=START_NS + (10 + number) * SECOND + 41 * MS)
    assert told_pauses(conversation) == ""


def test_it_is_never_said_where_the_option_is_on_or_may_be() -> None:
    conversation = spoken(3, HEADER_BODY, 41)
    assert sends_at_once(conversation) is False, "nobody set it on a socket of ours"
    conversation.target = ""
    assert (sends_at_once(conversation), told_pauses(conversation)) == (None, "")
    note(conversation, Call("setsockopt", 7, (Symbol("TCP_NODELAY"), 1), 0, "", START_NS, 1))
    assert (sends_at_once(conversation), told_pauses(conversation)) == (True, "")
    conversation.options = {"NODELAY": "off"}
    assert told_pauses(conversation)
    conversation.options = {"NODELAY": "on"}
    assert told_pauses(conversation) == ""


@pytest.fixture
def peers() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of which the second answers a header of 4 bytes and a body of 60, each time it has both."""
    with connected_pair() as (ours, theirs):
        ours.settimeout(DEADLINE_S)

        def answer() -> None:
            while len(theirs.recv(4, socket.MSG_WAITALL)) == 4:
                read_exactly(theirs, 60)
                theirs.sendall(b"ok")

        answering = threading.Thread(target=answer)
        answering.start()
        yield ours, theirs
        ours.shutdown(socket.SHUT_WR)
        answering.join(DEADLINE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems delay for another time")
@pytest.mark.parametrize("at_once", [False, True])
def test_real_sockets_show_it_and_the_option_ends_it(peers: tuple[socket.socket, socket.socket], at_once: bool) -> None:
    ours, _ = peers
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, at_once)
    conversation = connected()
    for _ in range(40):  # the kernel acknowledges the first ones at once
        for data in (b"head", b"b" * 60):
            at_ns = now_ns()
            assert ours.send(data) == len(data)
            send(conversation, data, at_ns=at_ns)
        answer = ours.recv(2)
        receive(conversation, answer, at_ns=now_ns())
        if len(found_pauses(conversation)) >= 2 and not at_once:
            break
    found = found_pauses(conversation)
    assert bool(found) is not at_once
    assert all(SHORTEST_NS <= one <= LONGEST_NS for one in found)
