"""The kernel is asked about our TCP sockets again and again, by one dump, and never for more than its share."""

import errno
import socket
import time

import pytest

from sockscope.engine import kernel_watch
from sockscope.engine.engine import Engine
from sockscope.engine.kernel import tcp_view
from sockscope.net.address import Address
from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.flow import Flow, Meter
from sockscope.record.kernel_view import SAMPLES_KEPT, KernelHistory, KernelView, Sample, TcpInfo
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.recorder import Recorder
from sockscope.record.waiting import WAITING_KEPT
from sockscope.request import Connect
from tests.conftest import wait_until
from tests.engine.datagram.udp_peers import listen_udp, open_udp
from tests.engine.loopback import V4, client_of, dialled, ended, listen, only_client, port_of, stall

SOON = pytest.mark.engine(look_s=0.02)
NOTHING_MOVED = TcpInfo(*[None] * 13, *[0] * 14)


def seen(conversation: Conversation) -> KernelView:
    wait_until(lambda: conversation.kernel)
    assert conversation.kernel
    assert conversation.kernel.latest
    return conversation.kernel.latest


@pytest.fixture
def dumps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sockets were asked about, each time."""
    asked: list[int] = []
    ask = tcp_view.views

    def views(inodes: dict[int, Conversation], waits: None = None) -> list[tuple[int, KernelView]]:
        asked.append(len(inodes))
        return ask(inodes, waits)

    monkeypatch.setattr(tcp_view, "views", views)
    return asked


@SOON
def test_both_ends_are_looked_at_by_one_dump(engine: Engine, dumps: list[int]) -> None:
    listener = listen(engine)
    ours = engine.connect(Connect(Address(V4, port_of(listener))))
    assert seen(ours).state == seen(only_client(listener)).state == "ESTAB"
    engine.send(ours, b"x" * 700)
    wait_until(lambda: seen(only_client(listener)).tcp.bytes_received == 700)
    assert max(dumps) == 2


@SOON
def test_what_the_peer_has_not_acknowledged_is_seen_while_it_waits(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, _peer):
        stall(engine, conversation, 4_000_000)
        wait_until(lambda: 0 < seen(conversation).unacknowledged_bytes <= conversation.flow.bytes_out)
        assert seen(conversation).timer


@SOON
def test_nothing_is_asked_without_a_socket(engine: Engine, dumps: list[int]) -> None:
    with dialled(engine) as (conversation, _peer):
        seen(conversation)
        engine.close(conversation)
        wait_until(ended(conversation))
    wait_until(lambda: not engine._context.connections)
    asked = len(dumps)
    with dialled(engine) as (conversation, _peer):
        seen(conversation)
    assert 0 not in dumps[asked:]


@SOON
def test_a_kernel_that_does_not_tell_is_asked_ever_more_seldom(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def refuse(*_: object) -> list[tuple[int, KernelView]]:
        raise PermissionError(errno.EPERM, "")

    monkeypatch.setattr(tcp_view, "views", refuse)
    monkeypatch.setattr(engine._kernel, "_wait", waits.append)
    with dialled(engine) as (conversation, _peer):
        for _ in range(8):
            told = len(waits)
            engine.soon(engine._kernel._look)
            wait_until(lambda told=told: len(waits) > told)
        assert [wait for wait in waits if wait][:7] == [1, 2, 4, 8, 16, 32, 60]
        assert conversation.kernel is None
        assert conversation.state.live


@SOON
def test_it_takes_no_more_than_its_share(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def slow(*_: object) -> list[tuple[int, KernelView]]:
        ends = time.thread_time() + 0.1
        while time.thread_time() < ends:
            pass
        return []

    monkeypatch.setattr(tcp_view, "views", slow)
    monkeypatch.setattr(engine._kernel, "_wait", waits.append)
    with dialled(engine):
        engine.soon(engine._kernel._look)
        wait_until(lambda: any(waits))
    assert max(waits) >= 0.1 / kernel_watch.SHARE


@SOON
def test_what_many_sockets_will_take_is_waited_for_at_once(
    engine: Engine, dumps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    with dialled(engine) as (conversation, _peer):
        seen(conversation)
        monkeypatch.setattr(kernel_watch, "EACH_S", 60 * kernel_watch.SHARE)
        monkeypatch.setattr(engine._kernel, "_wait", waits.append)
        engine.soon(engine._kernel._look)
        wait_until(lambda: any(wait > 50 for wait in waits))
        asked, told = len(dumps), len(waits)
        engine.soon(engine._kernel._look)
        wait_until(lambda: len(waits) > told)
        assert len(dumps) == asked


@SOON
def test_sockets_without_a_tcp_are_left_out(engine: Engine, dumps: list[int]) -> None:
    other = open_udp(engine, V4, port_of(listen_udp(engine)))
    with dialled(engine) as (conversation, _peer):
        seen(conversation)
        assert set(dumps) == {1}
        assert other.kernel is None


def view(at_ns: int, sent: int) -> KernelView:
    return KernelView(at_ns, "ESTAB", 0, sent, "", 0, 0, "cubic", 1, 1, 0, NOTHING_MOVED._replace(segments_out=sent))


def test_only_what_moved_is_kept_and_not_for_ever() -> None:
    history = KernelHistory()
    for at_ns in range(3 * SAMPLES_KEPT):
        history.add(view(at_ns, at_ns // 2))
    samples = list(history.samples())
    assert len(samples) == SAMPLES_KEPT
    last = 3 * SAMPLES_KEPT // 2 - 1
    assert samples[-1] == Sample(2 * last, 0, 0, 0, last, 0, 0, 0, 0)
    assert history.latest == view(3 * SAMPLES_KEPT - 1, last)
    assert history.moved_at_ns == 2 * last


@pytest.mark.engine(look_s=0.02, sample_s=0.02)
def test_who_waits_to_be_accepted_is_told_the_longest_first(engine: Engine) -> None:
    listener = listen(engine)
    engine.policies.set_accepting(listener, accepting=False, one_at_a_time=False)
    with client_of(listener) as first:
        wait_until(lambda: len(listener.waiting) == 1)
        first.sendall(b"hello")
        with client_of(listener) as second:
            wait_until(lambda: len(listener.waiting) == 2)
            wait_until(lambda: listener.waiting[0].sent_bytes == 5)
            assert [one.peer for one in listener.waiting] == [endpoint(one.getsockname()) for one in (first, second)]
            assert listener.waiting[0].since_ns < listener.waiting[1].since_ns
            second.shutdown(socket.SHUT_WR)
            wait_until(lambda: listener.queues == ((2, listener.queues[0][1]),))
            assert listener.waiting[1].sent_bytes == 0
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.waiting == () and listener.accepted == 2)


def test_who_waits_is_bounded_and_keeps_its_place() -> None:
    listener, recorder = Listener(1, ":1", Flow(Meter())), Recorder()
    many = [(Endpoint(socket.AF_INET, "127.0.0.1", port), 0) for port in range(1, 2 * WAITING_KEPT)]
    recorder.listeners.wait(listener, many[-1:], 1)
    recorder.listeners.wait(listener, many, 2)
    assert len(listener.waiting) == WAITING_KEPT
    assert (listener.waiting[0].peer, listener.waiting[0].since_ns) == (many[-1][0], 1)
    recorder.listeners.ended(listener, ListenerState.STOPPED)
    assert listener.waiting == ()
