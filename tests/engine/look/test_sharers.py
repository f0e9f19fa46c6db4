"""A listener whose address others are bound to as well is said to be shared; and what is not read is not over."""

import socket

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.finding import Sharers
from sockscope.request import Listen
from sockscope.show.unheard import shared, stopped, unheard
from sockscope.ui.widgets.listeners import known_of
from tests.conftest import wait_until
from tests.engine.datagram.udp_peers import listen_udp
from tests.engine.look.test_explained import held_by_another
from tests.engine.loopback import V4, dialled, listen, only_client


def test_who_else_gets_clients_is_said(engine: Engine) -> None:
    other = socket.create_server((V4, 0), reuse_port=True)
    port = other.getsockname()[1]
    with held_by_another(other) as pid:
        listener = engine.listen(Listen(Address(V4, port), options=("REUSEPORT=on",)))
        wait_until(lambda: listener.bound and listener.findings)
    (found,) = listener.findings
    assert isinstance(found, Sharers)
    assert f"some of the clients go to sleep (pid {pid}" in shared(listener)
    assert known_of(listener) == (shared(listener), True)


def test_a_listener_alone_is_not_said_to_be_shared(engine: Engine) -> None:
    assert shared(listen(engine)) == ""
    listener = engine.listen(Listen(Address(V4, 0), options=("REUSEPORT=on",)))
    wait_until(lambda: listener.bound and not listener.looking)
    assert shared(listener) == ""


def test_an_end_that_waits_behind_unread_bytes_is_said(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        assert "its end would not be heard" in stopped(conversation) or "has not finished" in stopped(conversation)
        peer.sendall(b"hello")
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: "its end waits behind 5 bytes in the kernel, unread" in stopped(conversation))


def test_a_listener_of_datagrams_hears_no_refusal_and_says_so(engine: Engine) -> None:
    listener = listen_udp(engine)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", (V4, listener.bound[0].port))
        assert "and refusals too" in unheard(only_client(listener))
