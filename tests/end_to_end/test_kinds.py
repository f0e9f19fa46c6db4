"""Datagrams and UNIX sockets, with real programs at the other end."""

import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.peers import (
    SAVED,
    V4_PORT,
    at_send_box,
    free_port,
    go_to_address,
    go_to_send_box,
    running,
    stderr_of,
    stdin_of,
    stdout_of,
    wait_until_said,
)
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, Terminal

PeerProgram = Callable[[str], str]
LARGEST = 65_507
GROUP = "239.1.2.3"


@contextmanager
def udp_socket(host: str = "127.0.0.1", port: int = 0) -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.settimeout(DEADLINE_S)
        made.bind((host, port))
        yield made


# UDP.


def test_each_datagram_of_dig_comes_from_another_port_and_is_a_conversation(peer_program: PeerProgram) -> None:
    with Terminal("-u", "-l", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        with running(peer_program("dig"), "@127.0.0.1", "-p", port, "name", "+tries=3", "+time=1", "+noedns"):
            terminal.wait_for("3 clients", "← 3 datagrams, 66 B", "04 6e 61 6d", "datagram of 22 bytes")
        rows = r"127\.0\.0\.1:(\d+) +open .* 22 B"
        terminal.wait(lambda: len(set(re.findall(rows, terminal.screen()))) == 3, "a row for each")


def test_datagrams_keep_their_boundaries_and_an_answer_reaches_one_peer_only(peer_program: PeerProgram) -> None:
    with Terminal("-u", "-l", "127.0.0.1", "0", size=ONE_PANE) as terminal, udp_socket() as second:
        port = terminal.find(V4_PORT)
        with running(peer_program("socat"), "-", f"UDP4:127.0.0.1:{port}") as first:
            stdin_of(first).write(b"abc")
            terminal.wait_for("datagram of 3 bytes")
            stdin_of(first).write(b"de")
            terminal.wait_for("datagram of 3 bytes", "datagram of 2 bytes", "← 2 datagrams, 5 B")
            second.sendto(b"", ("127.0.0.1", int(port)))
            terminal.wait_for("2 clients")
            go_to_send_box(terminal)
            terminal.press("for the first", "enter")
            assert stdout_of(first).read(64) == b"for the first"

        mine = f"127.0.0.1:{second.getsockname()[1]}"
        terminal.click(rf"{mine} +open")
        terminal.wait_for(f"UDP · {mine} open", "empty datagram")
        go_to_send_box(terminal)
        terminal.press("for the second", "enter")
        assert second.recv(64) == b"for the second"
        terminal.press("enter")
        terminal.wait_for("not sent: nothing is typed")

        with running(peer_program("nc"), "-u", "127.0.0.1", port) as third:
            stdin_of(third).write(b"from nc\n")
            terminal.click(r"127\.0\.0\.1:\d+ +open .* 8 B")
            terminal.wait_for("from nc")
            go_to_send_box(terminal)
            terminal.press("for nc", "enter")
            assert stdout_of(third).read(64) == b"for nc"
        terminal.wait_for("3 peers so far", "→ 3 datagrams, 33 B")


def test_a_closed_udp_port_is_told_a_server_found_later_and_too_much_refused() -> None:
    port = free_port(socket.SOCK_DGRAM)
    with Terminal(f"udp://127.0.0.1:{port}", size=ONE_PANE) as terminal:
        at_send_box(terminal)
        terminal.press("anybody?", "enter")
        terminal.wait_for("Refused", "nobody receives at that port", "(ICMP)", "connected")
        with udp_socket(port=port) as server:
            terminal.paste("x" * (LARGEST + 1))
            terminal.press("enter")
            terminal.wait_for("Not sent: EMSGSIZE, 65,508 bytes", "too many for one datagram")
            terminal.paste("y" * LARGEST)
            terminal.press("enter")
            data, peer = server.recvfrom(2 * LARGEST)
            assert data == b"y" * LARGEST
            server.sendto(b"got it", peer)
            terminal.wait_for("← 1 datagram, 6 B", "→ 2 datagrams, 64.0 KiB")


def test_an_unconnected_socket_hears_no_refusal_and_any_sender() -> None:
    with (
        udp_socket() as stranger,
        Terminal("--unconnected", f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}", size=ONE_PANE) as terminal,
    ):
        terminal.wait_for("not called: each sendto names the peer")
        at_send_box(terminal)
        terminal.press("anybody?", "enter")
        port = terminal.find(r"from 0\.0\.0\.0:([1-9]\d*)")
        stranger.sendto(b"me", ("127.0.0.1", int(port)))
        terminal.wait_for("→ 1 datagram, 8 B · ← 1 datagram, 2 B", f"127.0.0.1:{stranger.getsockname()[1]}")
        assert "refused" not in terminal.screen()


def test_a_datagram_to_a_group_is_received_and_answered(peer_program: PeerProgram) -> None:
    with Terminal("-4", "-u", "-l", "*", "0", "--join", f"{GROUP}%lo", size=ONE_PANE) as terminal:
        port = terminal.find(r"0\.0\.0\.0:([1-9]\d*)(?![\d…])")
        terminal.wait_for("Not only this machine", f"groups {GROUP}%lo")
        group = f"UDP4-DATAGRAM:{GROUP}:{port},ip-multicast-if=127.0.0.1,bind=127.0.0.1:0"
        with running(peer_program("socat"), "-", group) as sender:
            stdin_of(sender).write(b"to all")
            terminal.wait_for("1 client", "datagram of 6 bytes")
            go_to_send_box(terminal)
            terminal.press("back", "enter")
            assert stdout_of(sender).read(64) == b"back"


def test_what_we_send_to_a_group_leaves_through_the_interface_asked_for() -> None:
    with udp_socket(GROUP) as member:
        member.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
        )
        target = f"udp://{GROUP}:{member.getsockname()[1]}"
        with Terminal("--interface", "lo", target, size=ONE_PANE) as terminal:
            at_send_box(terminal)
            terminal.press("to all", "enter")
            assert member.recv(64) == b"to all"


def test_broadcast_needs_its_option() -> None:
    with udp_socket("0.0.0.0") as hears_all:
        target = f"udp://127.255.255.255:{hears_all.getsockname()[1]}"
        with Terminal(target, size=ONE_PANE) as terminal:
            terminal.wait_for("EACCES", "is a broadcast address", "BROADCAST=on", "permission denied")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 1
        with Terminal("--broadcast", target, size=ONE_PANE) as terminal:
            terminal.wait_for("options BROADCAST=on", "setsockopt(", "SO_BROADCAST, 1) = 0")
            at_send_box(terminal)
            terminal.press("to everybody", "enter")
            assert hears_all.recv(64) == b"to everybody"


# UNIX.


def test_a_unix_listener_knows_its_peer_and_takes_its_path_away(tmp_path: Path, peer_program: PeerProgram) -> None:
    path = tmp_path / "x.sock"
    with Terminal("-U", "-l", "x.sock", size=ONE_PANE, cwd=tmp_path) as terminal:
        terminal.wait_for("listening", "0 clients")
        with running(peer_program("socat"), "-", f"UNIX-CONNECT:{path}") as client:
            stdin_of(client).write(b"hello\n")
            terminal.wait_for(f"pid {client.pid} socat", "hello␊", "UNIX stream")
            go_to_send_box(terminal)
            terminal.press("and back", "enter")
            assert stdout_of(client).readline() == b"and back\n"

            with Terminal("-Ul", "x.sock", size=ONE_PANE, cwd=tmp_path) as other:
                other.wait_for("EADDRINUSE", "is in use, somebody has a socket there")
                assert "Remove" not in other.screen()
                other.press("ctrl+q")
                assert other.wait_exit() == 1
            stdin_of(client).write(b"still here\n")
            terminal.wait_for("still here␊")
        terminal.wait_for("closed by peer")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert not path.exists()


def test_a_path_that_was_left_behind_is_removed_when_a_person_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    with Terminal("-l", f"unix:{path}", size=ONE_PANE) as terminal:
        terminal.wait_for("Nobody has a socket at")
        assert path.exists()
        terminal.click(r"Remove \(Enter\)")
        terminal.wait_for("listening", "0 clients")
        with closing(socket.socket(socket.AF_UNIX)) as client:
            client.connect(str(path))
            terminal.wait_for("1 client", f"pid {os.getpid()} ")
        terminal.wait_for("closed by peer")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert not path.exists()


def test_after_our_end_a_program_behind_an_abstract_name_still_answers(peer_program: PeerProgram) -> None:
    name = f"sockscope-test-{os.getpid()}"
    with running(peer_program("socat"), "-dd", "-t60", f"ABSTRACT-LISTEN:{name}", "EXEC:tr a-z A-Z") as shouting:
        wait_until_said(stderr_of(shouting), b"listening on")
        with Terminal(f"unix:@{name}", size=ONE_PANE) as terminal:
            terminal.wait_for("not needed: an abstract name", f"pid {shouting.pid} socat")
            at_send_box(terminal)
            terminal.press("over unix", "enter")
            terminal.wait_for("→ 10 B in 1 · ← 0 B")
            terminal.press("ctrl+d")
            terminal.wait_for("SHUT_WR", "OVER UNIX␊", "closed by us")


def test_an_abstract_name_and_unix_datagrams_are_listened_to(tmp_path: Path, peer_program: PeerProgram) -> None:
    name, ours, theirs = f"sockscope-test-{os.getpid()}", tmp_path / "ours", tmp_path / "theirs"
    with Terminal("-l", f"unix:@{name}", size=ONE_PANE) as terminal:
        terminal.wait_for("listening")
        with running(peer_program("socat"), "-", f"ABSTRACT-CONNECT:{name}") as client:
            stdin_of(client).write(b"hello\n")
            terminal.wait_for(f"pid {client.pid} socat", "hello␊")

        go_to_address(terminal, "f4", f"unixgram:{ours}")
        terminal.wait_for("0 clients", "recvfrom tells who sent")
        with running(peer_program("socat"), "-", f"UNIX-SENDTO:{ours},bind={theirs}") as client:
            stdin_of(client).write(b"gram")
            terminal.wait_for("datagram of 4 bytes", "UNIX datagram")
            go_to_send_box(terminal)
            terminal.press("back", "enter")
            assert stdout_of(client).read(64) == b"back"
        terminal.press("ctrl+q")  # of datagrams nobody is disconnected
        assert terminal.wait_exit() == 0
    assert not ours.exists()


def test_unix_datagrams_are_sent_from_a_name_that_can_be_answered(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "server"))
        server.settimeout(DEADLINE_S)
        with Terminal("-u", "-U", str(tmp_path / "server"), size=ONE_PANE) as terminal:
            at_send_box(terminal)
            terminal.press("gram", "enter")
            data, peer = server.recvfrom(64)
            assert data == b"gram"
            server.sendto(b"answer", peer)
            terminal.wait_for("datagram of 6 bytes", "answer")


# Redis: the same question over both.


@pytest.fixture
def redis(tmp_path: Path, peer_program: PeerProgram) -> Iterator[tuple[int, Path]]:
    """The port and the path of a Redis server that keeps nothing."""
    port, path = free_port(), tmp_path / "redis.sock"
    where = ("--bind", "127.0.0.1", "--port", str(port), "--unixsocket", str(path), "--dir", str(tmp_path))
    with running(peer_program("redis-server"), *where, "--save", "", "--appendonly", "no") as server:
        wait_until_said(stdout_of(server), b"eady to accept connections")
        yield port, path


def test_redis_answers_the_ping_of_the_library_over_tcp_and_unix(redis: tuple[int, Path]) -> None:
    port, path = redis
    with Terminal("127.0.0.1", str(port), size=ONE_PANE, cwd=path.parent) as terminal:
        ping(terminal)
        go_to_address(terminal, "f3", f"unix:{path.name}")
        terminal.wait_for("redis-server", "UNIX stream")
        ping(terminal)


def ping(terminal: Terminal) -> None:
    """Pick the template, send it, and see the answer."""
    at_send_box(terminal)
    terminal.press(SAVED)
    terminal.wait_for("Saved and templates")
    terminal.press("Redis", "enter")
    terminal.wait_gone("Saved and templates")
    terminal.wait_for("PING", "CRLF")
    terminal.press("enter")
    terminal.wait_for("→ 6 B in 1 · ← 7 B in 1", "+PONG")
