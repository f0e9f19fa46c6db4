"""What the kernel tells of sockets: compared with what is asked of each socket itself, and with ss(8)."""

import os
import re
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sockscope.engine.kernel import sock_diag, tcp_view
from sockscope.engine.kernel.netlink import DONE, ERROR
from sockscope.engine.kernel.sock_diag import sockets, states
from sockscope.engine.kernel.tcp_view import views
from sockscope.net.endpoint import NOWHERE, endpoint
from sockscope.record.kernel_view import KernelView
from tests.conftest import wait_until
from tests.engine.loopback import both_families, family_of

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def pair(stack: ExitStack, host: str = "127.0.0.1") -> Pair:
    listening = stack.enter_context(socket.create_server((host, 0), family=family_of(host)))
    client = stack.enter_context(socket.create_connection(listening.getsockname()[:2]))
    return client, stack.enter_context(listening.accept()[0])


def inode(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


def view(sock: socket.socket) -> KernelView:
    ((found, one),) = views({inode(sock)})
    assert found == inode(sock)
    return one


@both_families
def test_a_socket_is_found_with_both_its_ends(opened: ExitStack, host: str) -> None:
    client, accepted = pair(opened, host)
    found = {one.inode: one for one in sockets(socket.IPPROTO_TCP, states("ESTAB"))}
    ours = found[inode(client)]
    assert (ours.local, ours.peer) == (endpoint(client.getsockname()), endpoint(client.getpeername()))
    assert (found[inode(accepted)].local, ours.uid) == (ours.peer, os.getuid())


def test_only_the_states_that_are_asked_for_come(opened: ExitStack) -> None:
    listening = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=7))
    (found,) = (one for one in sockets(socket.IPPROTO_TCP, states("LISTEN")) if one.inode == inode(listening))
    assert (found.state, found.peer, found.receive_queue, found.send_queue) == ("LISTEN", NOWHERE, 0, 7)
    assert all(one.inode != inode(listening) for one in sockets(socket.IPPROTO_TCP, states("ESTAB")))


def test_datagram_sockets_are_found_too(opened: ExitStack) -> None:
    sock = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    (found,) = (one for one in sockets(socket.IPPROTO_UDP) if one.inode == inode(sock))
    assert found.local == endpoint(sock.getsockname())


def test_what_is_unread_and_unacknowledged_is_in_the_queues(opened: ExitStack) -> None:
    client, accepted = pair(opened)
    client.sendall(b"x" * 1000)
    wait_until(lambda: view(accepted).unread_bytes == 1000)
    wait_until(lambda: view(client).unacknowledged_bytes == 0)
    assert (view(client).tcp.bytes_sent, view(accepted).tcp.bytes_received) == (1000, 1000)


def test_an_end_of_stream_is_no_byte(opened: ExitStack) -> None:
    client, accepted = pair(opened)
    client.shutdown(socket.SHUT_WR)
    wait_until(lambda: view(accepted).state == "CLOSE-WAIT")
    assert view(accepted).unread_bytes == 0
    wait_until(lambda: (view(client).state, view(client).unacknowledged_bytes) == ("FIN-WAIT-2", 0))


def test_what_was_acknowledged_and_what_arrived_are_bytes_of_the_stream(opened: ExitStack) -> None:
    client, accepted = pair(opened)

    def told() -> tuple[int | None, ...]:
        ours, theirs = view(client), view(accepted)
        acknowledged = ours.acknowledged_bytes(accepted=False), theirs.acknowledged_bytes(accepted=True)
        return *acknowledged, ours.arrived_bytes, theirs.arrived_bytes

    client.sendall(b"x" * 700)
    accepted.sendall(b"y" * 30)
    wait_until(lambda: told() == (700, 30, 30, 700))
    client.shutdown(socket.SHUT_WR)
    wait_until(lambda: (view(client).state, view(accepted).state) == ("FIN-WAIT-2", "CLOSE-WAIT"))
    assert told() == (700, 30, 30, 700)
    assert view(client).tcp.window_scales is not None
    assert "timestamps" in view(client).tcp.options


def test_a_view_says_what_ss_says(opened: ExitStack, peer_program: Callable[[str], str]) -> None:
    client, accepted = pair(opened)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.sendall(b"x" * 5000)
    assert accepted.recv(5000, socket.MSG_WAITALL)
    wait_until(lambda: view(client).unacknowledged_bytes == 0)
    sport = client.getsockname()[1]
    asked = [peer_program("ss"), "-Htinmo", "sport", f"= :{sport}"]
    told = subprocess.run(asked, capture_output=True, check=True, text=True, timeout=10).stdout
    ours = view(client)

    def said(name: str) -> list[int]:
        found = re.search(rf"\b{name}:?\(?([\d./]+)", told)
        assert found, told
        return [round(float(number) * 1000) for number in found[1].split("/")]

    tcp = ours.tcp
    assert [round(one or 0) for one in (tcp.rtt_us, tcp.rtt_variance_us)] == said("rtt")
    assert [(tcp.rto_us or 0)] == said("rto")
    thousands = {
        "cwnd": tcp.congestion_window,
        "mss": tcp.segment_bytes,
        "pmtu": tcp.path_mtu,
        "bytes_sent": tcp.bytes_sent,
        "bytes_acked": tcp.bytes_acked,
        "segs_out": tcp.segments_out,
        "segs_in": tcp.segments_in,
        "skmem:(?:.*?),rb": ours.receive_buffer_bytes,
        "skmem:(?:.*?),tb": ours.send_buffer_bytes,
    }
    for name, value in thousands.items():
        assert [(value or 0) * 1000] == said(name), name
    assert ours.congestion in told
    assert f"({ours.timer}," in told
    assert ours.timer == "keepalive"
    assert ours.timer_ms > 7_000_000


@pytest.mark.parametrize("size", [0, 8, 104, 232])
def test_a_kernel_that_tells_less_knows_less(size: int) -> None:
    whole = struct.pack("=8x57I", *range(1, 58))
    every, cut = tcp_view._numbers(whole), tcp_view._numbers(whole[:size])
    known = sum(end <= size for end in tcp_view._ENDS)
    assert list(cut) == [*every[:known], *[None] * (len(every) - known)]


class Silent:
    """A netlink socket that answers what a test wants."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)

    def __call__(self, *_: int) -> "Silent":
        return self

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def settimeout(self, _: float) -> None:
        pass

    def send(self, _: bytes) -> None:
        pass

    def recv(self, _: int) -> bytes:
        if not self._answers:
            raise TimeoutError
        return self._answers.pop(0)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body + bytes(-len(body) % 4)


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ([message(ERROR, struct.pack("=i", -1))], PermissionError),
        ([message(20, b"short"), message(20, bytes(72))], TimeoutError),
        ([b"\xff" * 40], TimeoutError),
    ],
    ids=["forbidden", "never ends", "no netlink at all"],
)
def test_what_the_kernel_does_not_tell_is_an_oserror(
    monkeypatch: pytest.MonkeyPatch, answers: list[bytes], raised: type[OSError]
) -> None:
    monkeypatch.setattr(socket, "socket", Silent(*answers))
    with pytest.raises(raised):
        list(sockets(socket.IPPROTO_TCP))


def test_what_is_cut_off_or_unknown_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = message(20, bytes([socket.AF_INET, 99]) + bytes(70))
    monkeypatch.setattr(socket, "socket", Silent(message(20, b"short") + strange + message(DONE, b"")))
    (found,) = sock_diag.dump(socket.AF_INET, socket.IPPROTO_TCP, 1)
    assert sock_diag.read(found).state == "99"
