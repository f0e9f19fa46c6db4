"""How a relay ends: each side ends as the other did, whoever ends it and at whatever stage."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener
from sockscope.request.tls import ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.listen.relays import DATA, both_ended, far, pump, relay, relayed, to
from tests.engine.loopback import (
    MIB,
    black_hole,
    bound_only,
    client_of,
    listening,
    only_client,
    read_exactly,
    read_to_end,
    send_reset,
    sockets_open,
    wait_s,
    wait_until_given_back,
)

pytestmark = pytest.mark.engine(sample_s=0.05)  # look for what has been silent many times a second


@pytest.mark.parametrize("first", ["client", "target"])
def test_an_end_of_stream_is_passed_on_and_the_other_way_goes_on(engine: Engine, first: str) -> None:
    with relayed(engine) as (client, target, conversation):
        one, other = (client, target) if first == "client" else (target, client)
        one.sendall(b"last words")
        one.shutdown(socket.SHUT_WR)
        assert read_to_end(other) == b"last words"
        sender = pump(other, DATA * 4)
        assert read_to_end(one) == DATA * 4
        sender.join()
        wait_until(both_ended(conversation))
        states = [State.CLOSED_BY_PEER, State.CLOSED_BY_US]
        assert [conversation.state, far(conversation).state] == (states if first == "client" else states[::-1])
        assert conversation.facts.said == far(conversation).facts.said == ""


@pytest.mark.parametrize("first", ["client", "target"])
def test_a_reset_is_passed_on_as_a_reset(engine: Engine, first: str) -> None:
    with relayed(engine) as (client, target, conversation):
        one, other = (client, target) if first == "client" else (target, client)
        send_reset(one)
        with pytest.raises(ConnectionResetError):
            other.recv(1)
        wait_until(both_ended(conversation))
        reset, passed_on = (conversation, far(conversation))[:: 1 if first == "client" else -1]
        assert (reset.state, passed_on.state) == (State.RESET_BY_PEER, State.RESET_BY_US)
        assert passed_on.facts.said == f"the {first} reset its connection"


VERBS: dict[str, Callable[[Engine, Listener, Conversation], None]] = {
    "close": lambda engine, listener, conversation: engine.close(conversation),
    "close the target": lambda engine, listener, conversation: engine.close(far(conversation)),
    "reset": lambda engine, listener, conversation: engine.reset(conversation),
    "stop": lambda engine, listener, conversation: engine.stop_listening(listener),
}


@pytest.mark.parametrize("stage", ["open", "half closed", "dialling", "waiting to dial again"])
@pytest.mark.parametrize("verb", VERBS)
def test_whoever_ends_one_leg_ends_both(engine: Engine, verb: str, stage: str) -> None:
    before = sockets_open()
    with ExitStack() as stack:
        places = {"dialling": black_hole, "waiting to dial again": bound_only}
        server = stack.enter_context(places.get(stage, listening)())
        waits = stage == "waiting to dial again"
        listener = relay(engine, to(server, retry=waits))
        client = stack.enter_context(client_of(listener))
        conversation = only_client(listener)
        wait_until(
            lambda: far(conversation).dialling.attempts and bool(far(conversation).dialling.retry_at_ns) == waits
        )
        if stage in ("open", "half closed"):
            target = stack.enter_context(server.accept()[0])
        if stage == "half closed":
            client.shutdown(socket.SHUT_WR)
            assert read_to_end(target) == b""
        VERBS[verb](engine, listener, conversation)
        wait_until(both_ended(conversation))
        wait_until(lambda: not listener.live_clients)
    engine.stop_listening(listener)
    wait_until_given_back(before)


def test_when_a_client_fails_its_handshake_the_target_is_let_go(engine: Engine, pair: str) -> None:
    with listening() as server:
        listener = relay(engine, to(server), tls=ServerTls(certificate=pair))
        with client_of(listener) as client, server.accept()[0] as target:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            target.settimeout(DEADLINE_S)
            assert read_to_end(target) == b""
        conversation = only_client(listener)
        wait_until(both_ended(conversation))
        assert (conversation.error, far(conversation).state) == ("HTTP_REQUEST", State.CLOSED_BY_US)
        assert far(conversation).facts.said == "the TLS handshake with the client failed: HTTP_REQUEST"


@pytest.mark.parametrize("end", ["the target reads on", "the listener is stopped", "silence"])
def test_a_target_that_has_not_taken_everything_outlives_its_client(engine: Engine, end: str) -> None:
    with listening() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle_s = 0.0 if end == "the listener is stopped" else 0.2
        listener = relay(engine, to(server, options=("SNDBUF=4096",)), idle_s=idle_s)
        with client_of(listener) as client, server.accept()[0] as target:
            target.settimeout(DEADLINE_S)
            target.shutdown(socket.SHUT_WR)
            pump(client, DATA[: MIB // 2]).join()
            assert read_to_end(client) == b""
            conversation = only_client(listener)
            wait_until(lambda: not conversation.state.live)
            assert far(conversation).outgoing.queued_bytes and listener.live_clients == 1
            if end == "the target reads on":
                taken = b""
                for _ in range(6):  # slowly, but not silent
                    taken += read_exactly(target, 20_000)
                    wait_s(0.06)
                assert taken + read_to_end(target) == DATA[: MIB // 2]
            elif end == "the listener is stopped":
                engine.stop_listening(listener)
            wait_until(lambda: not far(conversation).state.live and not listener.live_clients)
            assert conversation.facts.said == ("closed: silent for 0.2 s" if end == "silence" else "")


def test_silence_closes_both_legs_and_says_so_and_a_busy_one_stays(engine: Engine) -> None:
    with relayed(engine, idle_s=0.3) as (client, target, conversation):
        for _ in range(8):
            target.sendall(b"x")
            assert client.recv(1) == b"x"
            wait_s(0.05)
        assert conversation.state is State.CONNECTED
        assert read_to_end(client) == read_to_end(target) == b""
        assert conversation.facts.said == "closed: silent for 0.3 s"
        wait_until(both_ended(conversation))
