"""What calls hold: values, in every field, of everything that an engine does."""

from pathlib import Path, PurePath

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.endpoint import Endpoint
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Facts
from sockscope.record.listener import Listener
from sockscope.request import Connect, Listen
from tests.conftest import wait_until
from tests.engine.loopback import V4

TAKES_STRINGS = ("getaddrinfo", "getnameinfo", "if_nametoindex", "do_handshake")
"""The calls of which an argument is a string of C's; any other string would be a text of our own making."""


def check(call: Call, value: Value) -> None:
    match value:
        case Symbol():
            assert value and " = " not in value and "(" not in value, call
        case str():
            assert call.name in TAKES_STRINGS, call
        case Struct():
            for _, field in value.fields:
                check(call, field)
        case tuple():
            for one in value:
                check(call, one)
        case _:
            assert value is None or isinstance(value, int | PurePath | Endpoint), call


def check_all(facts: Facts) -> set[str]:
    for call in facts.calls():
        assert isinstance(call.fd, int) and isinstance(call.arguments, tuple)
        assert (call.returned is None) == bool(call.error), call
        check(call, call.arguments)
        check(call, call.returned)
    return {call.name for call in facts.calls()}


def opened(engine: Engine, kind: str, host: str, **asked: object) -> tuple[Listener, Conversation]:
    listener = engine.listen(Listen(Address(host, 0, kind)))
    wait_until(lambda: listener.bound)
    target = Address(host, listener.bound[0].port, kind)
    conversation = engine.connect(Connect(target, **asked))  # type: ignore[arg-type]
    wait_until(lambda: conversation.state not in (State.CONNECTING, State.SECURING))
    return listener, conversation


@pytest.mark.parametrize("kind", ["tcp", "tls", "udp", "unix", "unixgram"])
def test_every_call_holds_values_and_no_text(engine: Engine, kind: str, tmp_path: Path) -> None:
    host = str(tmp_path / "s") if kind.startswith("unix") else V4
    options = ("SNDBUF=50000",) if kind != "tls" else ("LINGER=1", "NODELAY=on")
    listener, conversation = opened(engine, kind, host, options=options)
    engine.send(conversation, b"question")
    wait_until(lambda: not conversation.state.can_send or listener.flow.bytes_in)
    engine.finish_sending(conversation)
    engine.reset(conversation)
    engine.close(conversation)
    wait_until(lambda: not conversation.state.live)
    engine.stop_listening(listener)
    wait_until(lambda: not listener.state.live)
    named = check_all(conversation.facts) | check_all(listener.facts)
    for client in listener.clients.values():
        named |= check_all(client.facts)
    assert {"socket", "bind", "setsockopt", "close"} <= named


def test_a_call_has_the_fields_of_a_call() -> None:
    fields = ("name", "fd", "arguments", "returned", "error", "at_ns", "took_ns", "note", "answers")
    assert tuple(Call.__dataclass_fields__) == fields
