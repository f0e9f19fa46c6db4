"""A relay before its target is open: nothing that a client says by then is lost, and if none opens it is told why."""

import hashlib
import ssl
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.net.error_name import OWN_TIMEOUT
from sockscope.record.conversation import State
from sockscope.request import Connect, Listen
from sockscope.request.tls import ClientTls, ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.listen.relays import DATA, both_ended, digest_of_the_rest, far, pump, relay, to
from tests.engine.loopback import (
    V4,
    black_hole,
    bound_only,
    client_of,
    listening,
    only_client,
    port_of,
    read_to_end,
    sockets_open,
    wait_s,
    wait_until_given_back,
)

pytestmark = pytest.mark.engine(sample_s=0.05)  # look for what has been silent many times a second


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
def test_what_a_client_says_and_ends_before_the_target_is_open_is_not_lost(
    engine: Engine, let_go: Callable[[], None], ca: str, pair: str, tls: bool
) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaking = ssl.create_default_context(cafile=ca).wrap_bio(incoming, outgoing, server_hostname=V4)
    with listening() as server, ExitStack() as stack:
        request = Connect(Address("slow", server.getsockname()[1]))
        listener = relay(engine, request, tls=ServerTls(certificate=pair) if tls else None)
        client = stack.enter_context(client_of(listener))
        outgoing.write(b"" if tls else DATA)
        while tls:  # the client's last flight goes out together with all it has to say
            try:
                speaking.do_handshake()
                speaking.write(DATA)
                speaking.unwrap()
            except ssl.SSLWantReadError:
                if speaking.version():
                    break
                client.sendall(outgoing.read())
                incoming.write(client.recv(65536))
        sender = pump(client, outgoing.read())
        conversation = only_client(listener)
        wait_until(lambda: conversation.state is State.CONNECTED)
        wait_s(0.05)
        assert conversation.flow.calls_in == 0
        let_go()
        target = stack.enter_context(server.accept()[0])
        target.settimeout(DEADLINE_S)
        assert digest_of_the_rest(target) == hashlib.sha1(DATA).hexdigest()
        target.close()
        sender.join()
        wait_until(both_ended(conversation))


@pytest.mark.parametrize(
    ("failure", "near"),
    [("refused", "tcp"), ("refused", "tls"), ("not found", "tcp"), ("too slow", "tcp"), ("not trusted", "tcp")],
)
def test_a_client_whose_target_cannot_be_reached_is_told_why_and_closed(pair: str, failure: str, near: str) -> None:
    engine = Engine(Settings(connect_timeout_s=0.3))
    engine.start()
    before = sockets_open()
    with black_hole() as hole, bound_only() as refusing:
        untrusted = engine.listen(Listen(Address(V4, 0), tls=ServerTls(certificate=pair)))
        wait_until(lambda: untrusted.bound)
        request, error = {
            "refused": (to(refusing), "ECONNREFUSED"),
            "not found": (Connect(Address("::1", 80), family="IPv4"), "EAI_"),
            "too slow": (to(hole), OWN_TIMEOUT),
            "not trusted": (Connect(Address(V4, port_of(untrusted)), tls=ClientTls()), "CERTIFICATE_VERIFY_FAILED"),
        }[failure]
        listener = relay(engine, request, tls=ServerTls(certificate=pair) if near == "tls" else None)
        with client_of(listener) as client:
            conversation = only_client(listener)
            assert read_to_end(client) == b""
        wait_until(lambda: not listener.live_clients)
        reached = failure == "not trusted"
        how = "the TLS handshake with the target failed" if reached else "the target could not be reached"
        assert conversation.facts.said.startswith(f"{how}: {error}")
        assert conversation.state is State.CLOSED_BY_US
        assert (far(conversation).state, far(conversation).error[: len(error)]) == (State.FAILED, error)
    engine.stop()
    assert engine.fault == ""
    wait_until_given_back(before)
