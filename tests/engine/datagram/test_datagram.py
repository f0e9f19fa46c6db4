"""UDP through the engine's verbs: what arrives, what is said where nothing does, and every datagram counted."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sockscope.engine.datagram import sockets as datagram_socket
from sockscope.engine.engine import Engine
from sockscope.engine.kernel.multicast import send_through
from sockscope.engine.listen.responders.responder import make
from sockscope.net.address import Address, AddressError
from sockscope.net.value import Struct
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.tape import Kind
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    ECHO,
    V4,
    V6,
    all_calls,
    both_families,
    calls,
    family_of,
    needs_ipv6,
    port_of,
    refusals,
    sockets_open,
    target_of,
    wait_until_given_back,
)
from tests.facts import at

GROUP = "239.77.1.3"


@contextmanager
def peer(host: str = V4, port: int = 0) -> Iterator[socket.socket]:
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        made.bind((host, port))
        made.settimeout(DEADLINE_S)
        yield made


def nobody_at(host: str = V4) -> int:
    """A port that was free a moment ago."""
    with peer(host) as free:
        return int(free.getsockname()[1])


def open_udp(engine: Engine, host: str, port: int, **asked: Any) -> Conversation:
    conversation = engine.connect(Connect(Address(host, port, "udp"), **asked))
    wait_until(lambda: conversation.state is not State.CONNECTING, what="opened")
    return conversation


def opened_to(engine: Engine, other: socket.socket, **asked: Any) -> Conversation:
    conversation = open_udp(engine, *other.getsockname()[:2], **asked)
    assert conversation.state is (State.CONNECTED if asked.get("connected", True) else State.OPEN)
    return conversation


def listen_udp(engine: Engine, host: str = V4, port: int = 0, **asked: Any) -> Listener:
    listener = engine.listen(Listen(Address(host, port, "udp"), **asked))
    wait_until(lambda: listener.state is not ListenerState.OPENING, what="opened")
    return listener


def datagrams(conversation: Conversation, kind: Kind = Kind.RECEIVED) -> list[bytes | None]:
    tape = conversation.tape
    return [tape.read(one.offset, one.size_bytes) for one in tape.records(0) if one.kind is kind]


def heard(conversation: Conversation, count: int) -> list[bytes | None]:
    wait_until(lambda: conversation.flow.calls_in >= count, what=f"{count} datagrams heard")
    assert conversation.flow.calls_in == count
    return datagrams(conversation)


def settle(engine: Engine, conversation: Conversation) -> None:
    """Let the engine do what was asked of it before."""
    conversation.options = {}
    engine.read_options(conversation)
    wait_until(lambda: conversation.options)


def address_of(conversation: Conversation) -> tuple[str, int]:
    return conversation.local.host, conversation.local.port


def remarked(conversation: Conversation) -> str:
    wait_until(lambda: conversation.facts.said)
    return conversation.facts.said


def of_peer(listener: Listener, other: socket.socket) -> list[Conversation]:
    """The conversations of one peer, by its port."""
    port = other.getsockname()[1]
    return [client for client in listener.clients.values() if client.peer.port == port]


# A socket that we open.


@both_families
@pytest.mark.parametrize("connected", [True, False])
def test_boundaries_are_kept_both_ways_and_an_empty_datagram_ends_nothing(
    engine: Engine, host: str, connected: bool
) -> None:
    with peer(host) as other:
        ours = opened_to(engine, other, connected=connected)
        for data in (b"one", b"", b"two"):
            engine.send(ours, data)
        came = [other.recvfrom(100) for _ in range(3)]
        assert [data for data, _ in came] == [b"one", b"", b"two"]
        sender = came[0][1]
        wait_until(lambda: address_of(ours)[1] == sender[1], what="the port is known, at the latest by sending")
        for data in (b"1", b"", b"23"):
            other.sendto(data, sender)
        assert heard(ours, 3) == [b"1", b"", b"23"]
        assert datagrams(ours, Kind.SENT) == [b"one", b"", b"two"]
        assert (ours.flow.bytes_in, ours.flow.bytes_out, ours.flow.calls_out) == (3, 6, 3)
        assert ours.state.live
        assert ours.facts.said == ""
        engine.close(ours)
        wait_until(lambda: ours.state is State.CLOSED_BY_US)
        assert [call.returned for call in calls(ours, "close")] == [0]
        anew = opened_to(engine, other, connected=connected)  # most likely with the same descriptor
        engine.send(anew, b"anew")
        data, sender = other.recvfrom(100)
        other.sendto(data, sender)
        assert heard(anew, 1) == [b"anew"]


def test_a_connected_socket_hears_that_it_is_refused_until_somebody_is_there(engine: Engine) -> None:
    port = nobody_at()
    ours = open_udp(engine, V4, port)
    engine.send(ours, b"anybody?")
    assert remarked(ours).startswith("refused: the peer's machine answered that nobody receives at that port")
    (refused,) = [call for call in all_calls(ours.facts) if call.error]
    assert (refused.name, refused.error) == ("recvfrom", "ECONNREFUSED")
    assert ours.state is State.CONNECTED
    with peer(V4, port) as other:
        engine.send(ours, b"now?")
        data, sender = other.recvfrom(100)
        assert data == b"now?"
        other.sendto(b"yes", sender)
        assert heard(ours, 1) == [b"yes"]
        assert ours.facts.said == "", "it is refused no more"


@both_families
def test_a_connected_socket_hears_no_stranger(engine: Engine, host: str) -> None:
    with peer(host) as other, peer(host) as stranger:
        ours = opened_to(engine, other)
        stranger.sendto(b"stranger", address_of(ours))
        other.sendto(b"friend", address_of(ours))
        assert heard(ours, 1) == [b"friend"]


@both_families
def test_an_unconnected_socket_is_not_told_of_a_refusal_and_hears_strangers_by_name(engine: Engine, host: str) -> None:
    with peer(host) as other, peer(host) as stranger:
        ours = opened_to(engine, other, connected=False)
        engine.send(ours, b"x")
        back = (host, other.recvfrom(100)[1][1])
        stranger.sendto(b"stranger", back)
        heard(ours, 1)
        other.sendto(b"friend", back)
        assert heard(ours, 2) == [b"stranger", b"friend"]
        port = stranger.getsockname()[1]
        (told,) = calls(ours, "recvfrom")
        assert told.note.startswith("from ")
        assert f":{port}, which is not whom we send to" in told.note
    with peer(host) as stranger:
        ours = open_udp(engine, host, nobody_at(host), connected=False)
        engine.send(ours, b"anybody?")
        wait_until(lambda: address_of(ours)[1])
        stranger.sendto(b"no", (host, address_of(ours)[1]))
        heard(ours, 1)
        assert (ours.facts.said, [call.error for call in ours.facts.all() if call.error]) == ("", [])


@pytest.mark.parametrize(("host", "largest"), [(V4, 65507), pytest.param(V6, 65527, marks=needs_ipv6)])
def test_the_largest_datagram_passes_and_one_byte_more_is_said(engine: Engine, host: str, largest: int) -> None:
    with peer(host) as other:
        ours = opened_to(engine, other)
        for size_bytes in (largest, largest + 1, 2):
            engine.send(ours, bytes(size_bytes))
        assert [len(other.recv(100_000)) for _ in range(2)] == [largest, 2]
        assert remarked(ours) == f"not sent: EMSGSIZE, {largest + 1:,} bytes: too many for one datagram"
        assert [(call.fd, call.arguments) for call in calls(ours, "send")] == [(ours.fd, (largest + 1,))]
        wait_until(lambda: ours.flow.calls_out == 2)
        assert (ours.flow.bytes_out, ours.state) == (largest + 2, State.CONNECTED)


@pytest.mark.parametrize("connected", [True, False])
def test_what_the_buffer_is_too_small_for_is_cut_off_and_its_real_size_said(engine: Engine, connected: bool) -> None:
    with peer() as other:
        ours = opened_to(engine, other, connected=connected, read_bytes=3)
        engine.send(ours, b"x")
        _, sender = other.recvfrom(10)
        other.sendto(b"hello", sender)
        other.sendto(b"abc", sender)
        assert heard(ours, 2) == [b"hel", b"abc"]
        assert ours.facts.said == "cut off: the datagram had 5 bytes, 2 of them are lost"
        (cut,) = calls(ours, "recvfrom")
        assert (cut.fd, cut.arguments, cut.returned) == (ours.fd, (3, "MSG_TRUNC"), 5)
        assert ours.flow.bytes_in == 6


def test_a_source_address_and_port_are_used_and_one_that_is_taken_is_said(engine: Engine) -> None:
    with peer() as other:
        port = nobody_at("127.0.0.2")
        ours = opened_to(engine, other, source=Address("127.0.0.2", port, "udp"))
        engine.send(ours, b"x")
        assert other.recvfrom(10) == (b"x", ("127.0.0.2", port))
        assert ours.local == at(f"127.0.0.2:{port}")
        taken = open_udp(engine, *other.getsockname(), source=target_of(other, "udp"))
        assert (taken.state, taken.error) == (State.FAILED, "EADDRINUSE")


def test_while_reading_is_stopped_datagrams_wait_in_the_kernel(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other)
        engine.read(ours, reading=False)
        settle(engine, ours)
        other.sendto(b"waits", address_of(ours))
        for _ in range(2):  # what was asked for goes first, what came in second
            settle(engine, ours)
        assert ours.reading_stopped
        began_s = time.process_time()
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.recv(1)
        assert time.process_time() - began_s < 0.05, "what waits keeps the engine busy"
        assert ours.flow.calls_in == 0
        engine.read(ours, reading=True)
        assert heard(ours, 1) == [b"waits"]
        assert not ours.reading_stopped


def test_there_is_nothing_to_finish_nor_to_reset_nor_to_secure(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other)
        engine.finish_sending(ours)
        assert remarked(ours) == "datagrams have no end of stream: there is nothing to finish"
        engine.reset(ours)
        wait_until(lambda: ours.facts.said == "datagrams have no connection to reset")
        assert [one.error for what in ("shutdown", "reset") for one in refusals(ours, what)] == ["EOPNOTSUPP"] * 2
        engine.send(ours, b"still here")
        assert other.recv(100) == b"still here"
    with pytest.raises(AddressError, match="TLS needs a stream"):
        engine.connect(Connect(Address(V4, 1, "udp"), tls=Connect(Address(V4, 1, "tls")).security))


def test_a_broadcast_needs_its_option(engine: Engine) -> None:
    everybody = "127.255.255.255"
    failed = open_udp(engine, everybody, 9)
    assert (failed.state, failed.error) == (State.FAILED, "EACCES")
    with peer("0.0.0.0") as other:
        port = other.getsockname()[1]
        ours = open_udp(engine, everybody, port, connected=False)
        engine.send(ours, b"no")
        assert "EACCES" in remarked(ours)
        assert "BROADCAST=on" in ours.facts.said
        engine.set_option(ours, "BROADCAST=on")
        engine.send(ours, b"to all")
        assert other.recv(100) == b"to all"
        assert ours.options["BROADCAST"] == "on"
        allowed = open_udp(engine, everybody, port, options=("BROADCAST=on",))
        engine.send(allowed, b"and again")
        assert other.recv(100) == b"and again"


def test_options_are_read_back_as_the_kernel_has_them(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other, options=("RCVBUF=8192", "TTL=7"))
        engine.read_options(ours)
        wait_until(lambda: ours.options)
        assert {name: ours.options.get(name) for name in ("RCVBUF", "TTL", "BROADCAST", "NODELAY")} == {
            "RCVBUF": "16384",
            "TTL": "7",
            "BROADCAST": "off",
            "NODELAY": None,
        }


# Files.


def test_a_file_goes_out_whole_in_datagrams(engine: Engine, tmp_path: Path) -> None:
    content = bytes(range(256)) * 700
    (tmp_path / "file").write_bytes(content)
    with peer() as other:
        ours = opened_to(engine, other)
        engine.send_file(ours, tmp_path / "file")
        came = b""
        while len(came) < len(content):
            came += other.recv(2000)
        assert came == content
        wait_until(lambda: ours.transfer and not ours.transfer.live)
        assert ours.transfer
        assert (ours.transfer.outcome, ours.transfer.sent_bytes) == ("sent", len(content))
        assert set(map(len, filter(None, datagrams(ours, Kind.SENT)))) == {1400}
        engine.send_file(ours, tmp_path / "none")
        wait_until(lambda: ours.facts.said == "not sent: the file cannot be read")


def test_a_file_that_is_refused_ends_there_and_only_what_was_sent_counts(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(1_000_000))
    ours = open_udp(engine, V4, nobody_at())
    engine.send_file(ours, tmp_path / "file")
    wait_until(lambda: ours.transfer and not ours.transfer.live)
    assert ours.transfer
    assert ours.transfer.outcome == "ECONNREFUSED"
    assert ours.transfer.sent_bytes == ours.flow.bytes_out < 1_000_000


# Listeners.


@both_families
def test_each_peer_is_a_conversation_and_an_answer_reaches_it_alone(engine: Engine, host: str) -> None:
    listener = listen_udp(engine, host)
    at = (host, port_of(listener))
    with peer(host) as one, peer(host) as two:
        one.sendto(b"one", at)
        two.sendto(b"two", at)
        one.sendto(b"", at)
        wait_until(lambda: listener.flow.calls_in == 3)
        (first,), (second,) = of_peer(listener, one), of_peer(listener, two)
        assert (datagrams(first), datagrams(second)) == ([b"one", b""], [b"two"])
        assert (first.state, first.local) == (State.OPEN, listener.bound[0].address)
        engine.send(second, b"for two")
        engine.send(first, b"for one")
        assert (one.recvfrom(100)[0], two.recvfrom(100)[0]) == (b"for one", b"for two")
        engine.close(first)
        wait_until(lambda: first.state is State.CLOSED_BY_US)
        one.sendto(b"again", at)
        wait_until(lambda: len(of_peer(listener, one)) == 2)
        assert (heard(of_peer(listener, one)[1], 1), datagrams(first)) == ([b"again"], [b"one", b""])
        assert (listener.accepted, listener.live_clients) == (3, 2)
        engine.send_to_all(listener, b"all")
        assert (one.recv(100), two.recv(100)) == (b"all", b"all")


@pytest.mark.parametrize(
    ("recipe", "asked", "answered"),
    [
        (make("echo"), b"same", b"same"),
        (make("echo"), b"", b""),
        (make("time", clock=lambda: 0), b"", (2_208_988_800).to_bytes(4, "big")),
        (make("canned", reply=[b"<", 1, b">"], on="expression", pattern="a(.)c"), b"abc", b"<b>"),
        (make("canned", reply=[b"welcome"]), b"", b"welcome"),
    ],
)
def test_a_listener_answers_each_datagram(engine: Engine, recipe: Any, asked: bytes, answered: bytes) -> None:
    listener = listen_udp(engine)
    engine.set_responder(listener, recipe)
    with peer() as one:
        one.sendto(asked, (V4, port_of(listener)))
        assert one.recv(100) == answered


def test_a_request_in_a_datagram_is_answered_and_a_file_served(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"f" * 3000)
    listener = listen_udp(engine, answers=Answers("http"))
    with peer() as one:
        one.sendto(b"GET /x HTTP/1.1\r\n\r\n", (V4, port_of(listener)))
        assert one.recv(5000).startswith(b"HTTP/1.1 200 ")
        engine.set_answers(listener, Answers("file", file=tmp_path / "file"), keep_half_open=False)
        settle(engine, of_peer(listener, one)[0])
        for _ in range(2):
            one.sendto(b"", (V4, port_of(listener)))
            assert [len(one.recv(5000)) for _ in range(3)] == [1400, 1400, 200]


def test_beyond_the_bound_the_peer_silent_for_the_longest_gives_way(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagram_socket, "PEERS", 3)
    listener = listen_udp(engine)
    with ExitStack() as stack:
        peers = [stack.enter_context(peer()) for _ in range(4)]
        for count, at in enumerate([0, 1, 2, 0, 3], 1):
            peers[at].sendto(b"x", (V4, port_of(listener)))
            wait_until(lambda count=count: listener.flow.calls_in == count)
        states = [of_peer(listener, one)[0].state for one in peers]
        assert states == [State.OPEN, State.CLOSED_BY_US, State.OPEN, State.OPEN]
        assert of_peer(listener, peers[1])[0].facts.said == "forgotten: the listener keeps 3 peers apart"
        assert (listener.live_clients, listener.accepted) == (3, 4)


@pytest.mark.parametrize("failing", ["arrived", "received"])
def test_a_responder_that_fails_ends_its_own_peer_only(engine: Engine, failing: str) -> None:
    def fail(*_: memoryview) -> None:
        raise ZeroDivisionError

    made: list[Any] = []

    class Recipe:
        fault = ""

        def __call__(self, _: bool) -> Any:
            responder = make("echo")(True)
            if not made:
                setattr(responder, failing, fail)
            made.append(responder)
            return responder

    listener = listen_udp(engine)
    engine.set_responder(listener, Recipe())
    at = (V4, port_of(listener))
    with peer() as one, peer() as two:
        one.sendto(b"x", at)
        wait_until(lambda: of_peer(listener, one))
        wait_until(lambda: not of_peer(listener, one)[0].state.live)
        assert (of_peer(listener, one)[0].state, of_peer(listener, one)[0].error) == (State.FAILED, "ZeroDivisionError")
        for other in (two, one):
            other.sendto(b"goes on", at)
            assert other.recv(100) == b"goes on"


@pytest.mark.parametrize("name", ["", "*"])
def test_both_families_are_bound_at_one_port_and_stopping_closes_all(engine: Engine, name: str) -> None:
    before = sockets_open()
    listener = listen_udp(engine, name, **ECHO)
    assert len(listener.bound) == (2 if socket.has_ipv6 else 1)
    ports = {bound.port for bound in listener.bound}
    assert len(ports) == 1
    with ExitStack() as stack:
        for host in [V4, V6][: len(listener.bound)]:
            one = stack.enter_context(peer(host))
            one.sendto(b"x", (host, port_of(listener)))
            assert one.recv(10) == b"x"
        second = listen_udp(engine, V4, port_of(listener))
        assert (second.state, second.error) == (ListenerState.FAILED, "EADDRINUSE")
        engine.stop_listening(listener)
        wait_until(lambda: listener.state is ListenerState.STOPPED)
        assert {client.state for client in listener.clients.values()} == {State.CLOSED_BY_US}
    wait_until_given_back(before)


def test_what_a_full_buffer_lost_is_counted_so_that_nothing_is_missing(engine: Engine) -> None:
    listener = listen_udp(engine, accepting=False, options=("RCVBUF=16384",), **ECHO)
    with ExitStack() as stack:
        peers = [stack.enter_context(peer()) for _ in range(3)]
        for _ in range(100):
            for one in peers:
                one.sendto(bytes(500), (V4, port_of(listener)))
        wait_until(lambda: listener.lost_datagrams, what="the loss is known while nothing is read")
        assert listener.flow.calls_in == 0
        engine.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.flow.calls_in and listener.flow.calls_in + listener.lost_datagrams == 300)
        assert listener.flow.bytes_in == 500 * listener.flow.calls_in
        assert sum(client.flow.calls_in for client in listener.clients.values()) == listener.flow.calls_in
        wait_until(lambda: listener.flow.calls_out == listener.flow.calls_in, what="each is echoed")


def test_what_was_lost_is_known_also_right_after_the_end(engine: Engine) -> None:
    listener = listen_udp(engine, accepting=False, options=("RCVBUF=4096",))
    with peer() as one:
        for _ in range(100):
            one.sendto(bytes(500), (V4, port_of(listener)))
    engine.stop_listening(listener)
    wait_until(lambda: not listener.state.live)
    assert listener.lost_datagrams > 0


# Groups.


@pytest.mark.parametrize(("host", "family"), [("*", "any"), ("*", "IPv4"), ("*", "dual"), (GROUP, "any")])
def test_what_is_sent_to_a_group_arrives(engine: Engine, host: str, family: str) -> None:
    if family == "dual" and not socket.has_dualstack_ipv6():
        pytest.skip("no dual stack here")
    listener = listen_udp(engine, host, family=family, groups=(f"{GROUP}%lo",))
    assert listener.state is ListenerState.LISTENING, listener.reason
    ours = open_udp(engine, GROUP, port_of(listener), connected=False, interface="lo")
    engine.send(ours, b"by us")
    wait_until(lambda: listener.flow.calls_in == 1)
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        noted: list[Call] = []
        send_through(sender, noted.append, "lo")
        sender.sendto(b"by another", (GROUP, port_of(listener)))
        wait_until(lambda: listener.flow.bytes_in == 15)


@needs_ipv6
def test_an_ipv6_group_is_joined_by_the_ipv6_socket_only(engine: Engine) -> None:
    listener = listen_udp(engine, "*", groups=("ff02::1234%lo", f"{GROUP}%lo"))
    assert listener.state is ListenerState.LISTENING, listener.reason
    joined = [call for call in calls(listener, "setsockopt") if call.arguments[0] == "IPV6_JOIN_GROUP"]
    assert [call.arguments[1] for call in joined] == [Struct((("multiaddr", "ff02::1234"), ("interface", "lo")))]
    assert len([call for call in calls(listener, "setsockopt") if call.arguments[0] == "IP_ADD_MEMBERSHIP"]) == 1


@pytest.mark.parametrize(("host", "group"), [(V4, GROUP), ("0.0.0.0", "ff02::1"), ("239.9.9.9", GROUP)])
def test_a_listener_that_would_hear_nothing_of_its_group_says_so(engine: Engine, host: str, group: str) -> None:
    listener = listen_udp(engine, host, groups=(f"{group}%lo",))
    assert listener.state is ListenerState.FAILED
    assert listener.reason.startswith(f"to hear {group}%lo, listen at * with IPv")


# Real peers.


def test_socat_is_answered(engine: Engine, peer_program: Callable[[str], str]) -> None:
    listener = listen_udp(engine, **ECHO)
    command = [peer_program("socat"), "-t", "0.2", "-", f"UDP4:{V4}:{port_of(listener)}"]
    answered = subprocess.run(command, input=b"from socat\n", capture_output=True, timeout=DEADLINE_S, check=False)
    assert (answered.stdout, answered.stderr) == (b"from socat\n", b"")


@needs_ipv6
def test_socat_answers(engine: Engine, peer_program: Callable[[str], str]) -> None:
    port = nobody_at(V6)
    socat = subprocess.Popen([peer_program("socat"), f"UDP6-LISTEN:{port},bind=[{V6}]", "PIPE"])
    try:
        ours = open_udp(engine, V6, port)

        def answered() -> bool:
            engine.send(ours, b"to socat")  # refused as long as it is starting
            return ours.flow.calls_in > 0

        wait_until(answered)
        assert (datagrams(ours)[0] or b"").startswith(b"to socat")  # its pipe joins what comes quickly
    finally:
        socat.terminate()
        socat.wait(DEADLINE_S)
