"""How each leg of a relay ended: the state and the remark of both say what really was."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.request import Connect
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.listen.relays import far, relay
from tests.engine.loopback import (
    bound_only,
    client_of,
    context_of,
    listening,
    only_client,
    read_to_end,
    row_of,
    send_reset,
)


def relayed(engine: Engine, end: Callable[..., None]) -> Conversation:
    """A client and its target, both connected, after `end(client, target, conversation)`."""
    with listening() as server:
        listener = relay(engine, Connect(Address("test", 1), rows=[row_of(server)]))
        with client_of(listener) as client, server.accept()[0] as target:
            target.settimeout(DEADLINE_S)
            conversation = only_client(listener)
            wait_until(lambda: far(conversation).state is State.CONNECTED)
            end(client, target, conversation)
            wait_until(lambda: not conversation.state.live and not far(conversation).state.live)
    return conversation


@pytest.mark.parametrize("first", ["client", "target"])
def test_an_orderly_end_is_told_of_each_leg_by_who_finished_first_there(engine: Engine, first: str) -> None:
    def end(client, target, conversation) -> None:  # type: ignore[no-untyped-def]
        one, other = (client, target) if first == "client" else (target, client)
        one.close()
        assert read_to_end(other) == b""
        other.close()

    conversation = relayed(engine, end)
    began, followed = (conversation, far(conversation))[:: 1 if first == "client" else -1]
    assert (began.state, began.finished) == (State.CLOSED_BY_PEER, (PEER, US))
    assert (followed.state, followed.finished) == (State.CLOSED_BY_US, (US, PEER))


@pytest.mark.parametrize("first", ["client", "target"])
def test_a_reset_is_the_ending_of_one_leg_and_the_remark_of_the_other(engine: Engine, first: str) -> None:
    conversation = relayed(engine, lambda client, target, _: send_reset(client if first == "client" else target))
    began, followed = (conversation, far(conversation))[:: 1 if first == "client" else -1]
    assert (began.state, began.facts.said) == (State.RESET_BY_PEER, "")
    assert (followed.state, followed.facts.said) == (State.RESET_BY_US, f"the {first} reset its connection")


def test_a_leg_whose_peer_had_finished_and_that_we_then_closed_says_both(engine: Engine) -> None:
    def end(client, target, conversation) -> None:  # type: ignore[no-untyped-def]
        client.shutdown(1)
        assert read_to_end(target) == b""
        engine.close(conversation)

    conversation = relayed(engine, end)
    assert (conversation.state, conversation.finished) == (State.PEER_THEN_US, (PEER,))
    assert (far(conversation).state, far(conversation).finished) == (State.CLOSED_BY_US, (US,))


def test_a_target_that_cannot_be_reached_failed_and_its_client_was_closed_by_us(engine: Engine) -> None:
    with bound_only() as refusing:
        listener = relay(engine, Connect(Address("test", 1), rows=[row_of(refusing)]))
        with client_of(listener) as client:
            with suppress(ConnectionResetError):
                assert read_to_end(client) == b""
            conversation = only_client(listener)
            wait_until(lambda: not conversation.state.live)
    assert (far(conversation).state, far(conversation).error) == (State.FAILED, "ECONNREFUSED")
    assert conversation.state is State.CLOSED_BY_US
    assert conversation.facts.said == "the target could not be reached: ECONNREFUSED"


def test_a_target_that_times_out_is_not_said_to_have_ended_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(client, target, conversation) -> None:  # type: ignore[no-untyped-def]
        connection = context_of(engine).connections[far(conversation)]
        engine.soon(connection._broke, "ETIMEDOUT")  # type: ignore[attr-defined]

    conversation = relayed(engine, end)
    assert (far(conversation).state, far(conversation).error) == (State.FAILED, "ETIMEDOUT")
    assert conversation.facts.said == "the connection with the target failed: ETIMEDOUT"
