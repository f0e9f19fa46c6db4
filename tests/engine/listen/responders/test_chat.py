"""A room to talk in: lines go to the others, whole and under a name, and comings and goings are told."""

import re
import socket

from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.engine import Engine
from sockscope.engine.listen.responders.chat import LINE_BYTES, ROOM, Chat, Guest
from sockscope.engine.listen.responders.response import Response
from sockscope.request.answers import Answers
from tests.conftest import wait_until
from tests.engine.loopback import client_of, listen, read_exactly
from tests.engine.replies import cut, give, places

text = st.binary(max_size=60).filter(lambda line: b"\n" not in line and not line.startswith(b"/"))


def entered(room: Chat) -> Guest:
    guest = room(False)
    guest.arrived()
    return guest


def others(guest: Guest, *receives: bytes) -> bytes:
    return b"".join(answer.others for data in receives if (answer := give(guest, data)))


def test_who_comes_is_named_and_the_others_are_told() -> None:
    room = Chat()
    assert room(False).arrived() == Response(
        b"* you are guest 1; /nick NAME changes that; here are 1\n", others=b"* guest 1 came\n"
    )
    second = room(False)
    answer = second.arrived()
    assert isinstance(answer.data, bytes)
    assert answer.data.endswith(b"here are 2\n")
    assert second.left() == Response(b"", others=b"* guest 2 left\n")
    assert second.left() is None


@given(st.lists(text), places)
def test_each_line_is_passed_on_once_however_it_is_cut(lines: list[bytes], at: list[int]) -> None:
    guest = entered(Chat())
    said = b"".join(b"guest 1: %b\n" % line.removesuffix(b"\r") for line in lines if line.removesuffix(b"\r"))
    assert others(guest, *cut(b"".join(line + b"\n" for line in lines), at)) == said


def test_an_endless_line_is_passed_on_in_pieces() -> None:
    guest = entered(Chat())
    assert others(guest, *[b"x" * 1024] * 9).count(b"x") > LINE_BYTES
    assert len(guest._kept) <= LINE_BYTES


def test_each_datagram_is_a_line() -> None:
    guest = Chat()(True)
    guest.arrived()
    assert others(guest, b"one", b"two\n") == b"guest 1: one\nguest 1: two\n"


def test_a_name_can_be_changed_but_not_taken() -> None:
    room = Chat()
    first, second = entered(room), entered(room)
    assert others(first, b"/nick ada\r\nhello\n") == b"* guest 1 is ada now\nada: hello\n"
    assert give(second, b"/nick ada\n") == Response(b"* ada is somebody else's name\n")
    assert second.name == b"guest 2"
    for wrong in (b"/quit\n", b"/nick\n", b"/nick two words\n", b"/nick " + b"x" * 33 + b"\n"):
        answer = give(second, wrong)
        assert answer
        assert (answer.others, second.name) == (b"", b"guest 2")


def test_in_a_crowd_comings_and_goings_are_not_told() -> None:
    room = Chat()
    guests = [entered(room) for _ in range(ROOM + 1)]
    assert room(False).arrived().others == b""
    assert guests[0].left() == Response(b"")
    assert others(guests[1], b"hello\n") == b"guest 2: hello\n"


def line_of(client: socket.socket, pattern: bytes) -> None:
    found = b""
    while not found.endswith(b"\n"):
        found += read_exactly(client, 1)
    assert re.fullmatch(pattern, found), found


def test_clients_hear_each_other(engine: Engine) -> None:
    listener = listen(engine)
    engine.policies.set_answers(listener, Answers("chat"), keep_half_open=False)
    wait_until(lambda: listener.policy.answers.kind == "chat")
    with client_of(listener) as one:
        line_of(one, rb"\* you are guest 1; .*\n")
        with client_of(listener) as other:
            line_of(other, rb"\* you are guest 2; .*\n")
            line_of(one, rb"\* guest 2 came\n")
            other.sendall(b"hello\n")
            line_of(one, rb"guest 2: hello\n")
        line_of(one, rb"\* guest 2 left\n")
