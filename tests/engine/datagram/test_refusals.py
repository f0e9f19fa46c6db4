"""Refusals (ICMP) of datagrams that a socket without a peer of its own sends (ip(7), IP_RECVERR)."""

import time

from sockscope.engine.engine import Engine
from sockscope.engine.kernel.icmp import take_error
from sockscope.net.endpoint import endpoint
from sockscope.show.details import details
from sockscope.show.step import why_troubled
from tests.conftest import wait_until
from tests.engine.datagram.udp_peers import open_udp, peer
from tests.engine.loopback import both_families, bound_only, calls


@both_families
def test_a_refusal_is_heard_without_connect(engine: Engine, host: str) -> None:
    with bound_only(host) as taken:  # of TCP: the port is free for datagrams, and stays so
        port = taken.getsockname()[1]
        conversation = open_udp(engine, host, port, connected=False)
        engine.send(conversation, b"x")
        wait_until(lambda: why_troubled(conversation) and not conversation.looking)
        (refused,) = (call for call in calls(conversation, "recvfrom") if call.error)
        assert (refused.error, refused.note.endswith(f"says {host}")) == ("ECONNREFUSED", True)
        told = why_troubled(conversation)
        assert told and told.meaning.startswith(f"Nobody on this machine listens at {endpoint((host, port))}")
        shown = {one.label: one.value for one in details(conversation, time.monotonic_ns())}
        assert "as the socket asks for them (IP_RECVERR)" in shown["not heard"]


def test_the_loop_is_not_woken_for_it_again_and_the_conversation_goes_on(engine: Engine) -> None:
    with peer() as other:
        port = other.getsockname()[1]
        other.close()
        conversation = open_udp(engine, "127.0.0.1", port, connected=False)
        engine.send(conversation, b"x")
        wait_until(lambda: any(call.error for call in calls(conversation, "recvfrom")))
        with peer(port=port) as late:
            engine.send(conversation, b"y")
            assert late.recv(9) == b"y"
            late.sendto(b"z", ("127.0.0.1", conversation.endpoints.local.port))
            wait_until(lambda: conversation.flow.bytes_in == 1)
            assert why_troubled(conversation) is None
            assert len([call for call in calls(conversation, "recvfrom") if call.error]) == 1


def test_a_socket_without_errors_has_none_to_take() -> None:
    with peer() as alone:
        assert take_error(alone) is None
