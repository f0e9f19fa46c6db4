"""Without a screen it is a netcat: the same bytes as nc, and an exit status that tells whether anything was lost."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import DEADLINE_S, wait_until
from tests.end_to_end.plain_run import (
    NC,
    OURS,
    SOCKSCOPE,
    client,
    connected,
    ended,
    listens,
    port_of,
    say,
    send_all,
    sockscope,
    stalls,
    started,
)
from tests.engine.loopback import (
    DATA,
    MIB,
    V4,
    bound_only,
    listening,
    read_exactly,
    read_to_end,
    send_reset,
)

# What both do.


@pytest.mark.parametrize("which", [NC, OURS])
@pytest.mark.parametrize(
    ("said", "answer", "peer_first"),
    [
        (b"hello\n", b"world\n", False),
        (b"", b"only you", True),
        (b"\0\xff\r\n" * 9, b"", False),
        (DATA[:40_000], DATA[40_000:80_000], True),
    ],
)
def test_a_client_says_and_hears_the_same_as_nc(
    peer_program: Callable[[str], str], which: str, said: bytes, answer: bytes, peer_first: bool
) -> None:
    with listening() as server, started(*client(peer_program, which), V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            heard = threading.Thread(target=lambda: got.append(read_to_end(peer)))
            got: list[bytes] = []
            if peer_first:
                peer.sendall(answer)
                peer.shutdown(socket.SHUT_WR)
                heard.start()
            else:
                heard.start()
                say(process, said)
                heard.join(DEADLINE_S)
                peer.sendall(answer)
                peer.shutdown(socket.SHUT_WR)
            status, out, err = ended(process, said if peer_first else b"")
            heard.join(DEADLINE_S)
    assert (status, out, err) == (0, answer, b"")
    assert got == [said]


@pytest.mark.parametrize("which", [NC, OURS])
def test_a_server_takes_one_client_and_ends_with_it(peer_program: Callable[[str], str], which: str) -> None:
    with bound_only() as free:
        port = port_of(free)
    listen = (peer_program("nc"), "-N", "-l", V4, port) if which == NC else (*SOCKSCOPE, "-l", V4, port)
    with started(*listen) as process:
        with connected(int(port)) as peer:
            say(process, b"answer")
            assert read_to_end(peer) == b"answer"
            peer.sendall(b"question")
        status, out, err = ended(process)
    assert (status, out, err) == (0, b"question", b"")


def test_a_closed_reader_ends_it_quietly() -> None:
    with listening() as server, sockscope(V4, port_of(server), stdin=subprocess.DEVNULL) as process:
        peer, _ = server.accept()
        assert process.stdout
        process.stdout.close()
        process.stdout = None
        with peer:
            peer.sendall(b"x" * 100_000)
            assert process.wait(DEADLINE_S) == 0
            assert process.stderr
            assert process.stderr.read() == b""


def test_who_reads_slowly_holds_up_the_peer_and_not_the_other_direction() -> None:
    with listening() as server, sockscope(V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            sender = threading.Thread(target=lambda: send_all(peer, 64 * MIB), daemon=True)
            sender.start()
            assert process.stdin
            process.stdin.write(b"still heard")
            process.stdin.flush()
            assert read_exactly(peer, 11) == b"still heard"
            memory = Path(f"/proc/{process.pid}/statm")
            wait_until(stalls(peer))
            assert int(memory.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") < 100 * MIB
            assert process.stdout
            left = 64 * MIB
            while left:
                left -= len(process.stdout.read1(MIB))  # type: ignore[attr-defined]
            sender.join(DEADLINE_S)
            status, out, err = ended(process)
    assert (status, out, err) == (0, b"", b"")


# Where ours differs on purpose: nc is silent and ends with 0 after a reset.


def test_a_reset_is_1_and_a_line(peer_program: Callable[[str], str]) -> None:
    outcomes = {}
    for which in (NC, OURS):
        command = (*client(peer_program, which), V4)
        with listening() as server, started(*command, port_of(server), stdin=subprocess.DEVNULL) as process:
            peer, _ = server.accept()
            assert read_to_end(peer) == b""
            peer.sendall(b"half")
            assert process.stdout
            assert process.stdout.read(4) == b"half"
            send_reset(peer)
            outcomes[which] = ended(process)
    assert outcomes[NC] == (0, b"", b"")
    status, out, err = outcomes[OURS]
    assert (status, out, err.count(b"\n")) == (1, b"", 1)
    assert b": ECONNRESET: " in err


def test_nobody_there_is_1_and_a_line_that_explains() -> None:
    with bound_only() as held, sockscope(V4, port_of(held)) as process:
        status, out, err = ended(process)
    assert (status, out, err.count(b"\n")) == (1, b"", 1)
    assert b": ECONNREFUSED: " in err


def test_a_port_in_use_is_1_and_a_line() -> None:
    with listening() as held, sockscope("-l", V4, port_of(held)) as process:
        status, out, err = ended(process)
    assert (status, out, err.count(b"\n")) == (1, b"", 1)
    assert b": EADDRINUSE: " in err


def test_a_signal_ends_it_at_once() -> None:
    with listening() as server, sockscope(V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            process.send_signal(signal.SIGTERM)
            assert ended(process) == (128 + signal.SIGTERM, b"", b"")


def test_the_port_that_the_kernel_chose_is_said_and_k_takes_many() -> None:
    with sockscope("-l", "-k", V4, "0", stdin=subprocess.DEVNULL) as process:
        port = listens(process)
        for words in (b"one", b"two"):
            with connected(port) as peer:
                peer.sendall(words)
                assert process.stdout
                assert process.stdout.read(3) == words
        process.send_signal(signal.SIGINT)
        assert ended(process) == (128 + signal.SIGINT, b"", b"")


# What is told where it is asked for.


def test_v_tells_what_a_person_wants_to_know_and_vv_each_call() -> None:
    for option, words in (
        ("-v", (b"connected to ", b"we finished sending, after 2 bytes", b"; nothing lost")),
        ("-vv", (b"getaddrinfo(", b"= EINPROGRESS", b"shutdown(")),
    ):
        with listening() as server, sockscope(option, V4, port_of(server)) as process:
            peer, _ = server.accept()
            with peer:
                say(process, b"hi")
                assert read_to_end(peer) == b"hi"
            status, out, err = ended(process)
            assert (status, out) == (0, b"")
            assert all(one in err for one in words), err


def test_a_name_is_written_as_getent_writes_it(peer_program: Callable[[str], str]) -> None:
    getent = subprocess.run([peer_program("getent"), "ahosts", "localhost"], capture_output=True, check=True)
    streams = [line.split() for line in getent.stdout.splitlines() if b"STREAM" in line]
    with sockscope("localhost", stdin=subprocess.DEVNULL) as process:
        status, out, err = ended(process)
    assert (status, [line.split() for line in out.splitlines()], err) == (0, streams, b"")


def test_why_adds_the_rules_and_reverse_gives_names() -> None:
    with sockscope("--why", "localhost", stdin=subprocess.DEVNULL) as process:
        status, out, err = ended(process)
    assert (status, err) == (0, b"")
    assert (out.splitlines()[0].split()[1] == b"STREAM" and b"precedence" in out) or b"prec." in out
    with sockscope("--reverse", V4, stdin=subprocess.DEVNULL) as process:
        status, out, err = ended(process)
    assert (status, err) == (0, b"")
    assert out.decode().split() == [socket.getnameinfo((V4, 0), 0)[0]]


def test_without_a_screen_there_has_to_be_something_to_do() -> None:
    with sockscope(stdin=subprocess.DEVNULL) as process:
        status, out, err = ended(process)
    assert (status, out, err.count(b"\n")) == (2, b"", 1)
    assert b"without a screen" in err
