"""What can be asked of the netcat without a screen: letters of nc, expectations, ranges of ports, files beside it."""

import json
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
    ROOT,
    SOCKSCOPE,
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
    MIB,
    V4,
    black_hole,
    bound_only,
    listening,
    read_to_end,
)

# The letters of nc.


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (b"a\nb\r\nc", b"a\r\nb\r\nc"),
        (b"\n\n", b"\r\n\r\n"),
        (b"\r", b"\r"),
        (b"a" * 300_000 + b"\n", b"a" * 300_000 + b"\r\n"),
    ],
)
def test_c_sends_crlf_for_each_line_feed_and_one_that_is_there_stays(said: bytes, sent: bytes) -> None:
    with listening() as server, sockscope("-C", V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            heard = threading.Thread(target=lambda: got.append(read_to_end(peer)))
            got: list[bytes] = []
            heard.start()
            say(process, said)
            heard.join(DEADLINE_S)
        assert ended(process)[0] == 0
    assert got == [sent]


@pytest.mark.parametrize("which", [NC, OURS])
def test_d_does_not_read_standard_input(peer_program: Callable[[str], str], which: str) -> None:
    command = (peer_program("nc"), "-d") if which == NC else (*SOCKSCOPE, "-d")
    with listening() as server, started(*command, V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            assert process.stdin
            process.stdin.write(b"never sent")
            process.stdin.flush()
            peer.sendall(b"answer")
            peer.shutdown(socket.SHUT_WR)
            assert process.stdout
            assert process.stdout.read() == b"answer"
            assert read_to_end(peer) == b""
        assert ended(process) == (0, b"", b"")


def test_q_ends_it_so_long_behind_the_end_of_standard_input_whatever_the_peer_does() -> None:
    with listening() as server, sockscope("-q", "0", "--no-shutdown", V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            status, out, err = ended(process, b"all")
            assert (status, out, err) == (0, b"", b"")
            assert read_to_end(peer) == b"all"


def test_no_shutdown_leaves_our_direction_open_until_the_peer_has_finished() -> None:
    with listening() as server, sockscope("--no-shutdown", V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            say(process, b"")
            peer.settimeout(0.3)
            with pytest.raises(TimeoutError):
                peer.recv(1)
            peer.settimeout(DEADLINE_S)
            peer.shutdown(socket.SHUT_WR)
            assert read_to_end(peer) == b""
        assert ended(process) == (0, b"", b"")


def test_n_looks_no_name_up() -> None:
    with sockscope("-n", "localhost", "9") as process:
        assert ended(process) == (
            2,
            b"",
            b"sockscope: -n: localhost is a name, and none is to be looked up (see sockscope --help)\n",
        )
    with listening() as server, sockscope("-nvv", V4, port_of(server), stdin=subprocess.DEVNULL) as process:
        server.accept()[0].close()
        assert ended(process)[:2] == (0, b"")


def test_the_letters_of_socket_options_mean_what_they_mean_to_nc() -> None:
    with listening() as server:
        words = ("-O", "4096", "-I", "8192", "-M", "9", "-T", "0x10", V4, port_of(server))
        with sockscope("-vv", *words, stdin=subprocess.DEVNULL) as process:
            server.accept()[0].close()
            status, _, err = ended(process)
    told = err.decode()
    assert status == 0
    for option in ("SO_SNDBUF, 4096", "SO_RCVBUF, 8192", "IP_TTL, 9", "IP_TOS, 16"):
        assert option in told, told


# What is said and waited for.


@pytest.mark.parametrize(
    ("steps", "status", "complaint"),
    [
        ("send text ping LF; wait text pong 2s; send text ping LF; wait regex p.ng 2s", 0, b""),
        (
            "send text ping LF; wait text pang 200ms",
            1,
            b"expect: step 2 (wait text pang 200ms): nothing like that came",
        ),
        ("send text ping LF\nwait hex 70 ?? 6e 67 2s\nrepeat 3", 0, b""),
    ],
)
def test_expect_says_and_waits_and_ends_by_what_came(steps: str, status: int, complaint: bytes) -> None:
    with listening() as server, sockscope("--expect", steps, V4, port_of(server)) as process:
        peer, _ = server.accept()
        answers = threading.Thread(target=lambda: answer_each_line(peer, b"pong\n"))
        answers.start()
        code, out, err = ended(process)
        answers.join(DEADLINE_S)
    assert code == status, err
    assert complaint in err and err.count(b"\n") == status
    assert set(out.split()) == {b"pong"}


def answer_each_line(peer: socket.socket, answer: bytes) -> None:
    with peer, peer.makefile("rb") as lines:
        for _ in lines:
            peer.sendall(answer)


def test_a_sequence_comes_from_a_file_too_and_a_wrong_one_is_2(tmp_path: Path) -> None:
    (tmp_path / "steps").write_text("send text ping LF\nwait text pong 2s\n")
    with listening() as server, sockscope("--expect", f"@{tmp_path}/steps", V4, port_of(server)) as process:
        peer, _ = server.accept()
        answers = threading.Thread(target=lambda: answer_each_line(peer, b"pong\n"))
        answers.start()
        assert ended(process) == (0, b"pong\n", b"")
        answers.join(DEADLINE_S)
    for wrong in ("shout text ping", "@/nowhere/steps"):
        with sockscope("--expect", wrong, V4, "9") as process:
            status, out, err = ended(process)
        assert (status, out, err.count(b"\n")) == (2, b"", 1)


def test_what_was_expected_of_nobody_is_1() -> None:
    with bound_only() as held, sockscope("--expect", "wait text pong", V4, port_of(held)) as process:
        status, out, err = ended(process)
    assert (status, out) == (1, b"")
    assert b"ECONNREFUSED" in err and b"expect: it never began" in err


def test_of_datagrams_the_answer_goes_to_who_spoke_last() -> None:
    with sockscope("-ulk", V4, "0") as process:
        port = listens(process)
        with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
            for speaker, words in ((one, b"first"), (other, b"second")):
                speaker.settimeout(DEADLINE_S)
                speaker.connect((V4, port))
                speaker.send(words)
                assert process.stdout
                assert process.stdout.read(len(words)) == words
            assert process.stdin
            process.stdin.write(b"answer")
            process.stdin.flush()
            assert other.recv(99) == b"answer"
            one.settimeout(0.2)
            with pytest.raises(TimeoutError):
                one.recv(99)
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 128 + signal.SIGTERM


def test_z_tells_open_refused_and_silent_ports_apart_in_order() -> None:
    with listening() as server, bound_only() as held:
        found = {int(port_of(server)): b"open, after", int(port_of(held)): b"refused (ECONNREFUSED)"}
        for port, words in found.items():
            with sockscope("-zv", V4, str(port)) as process:
                status, out, err = ended(process)
            assert (status, out) == (int(port != int(port_of(server))), b"")
            assert err.startswith(f"sockscope: {V4}:{port}: ".encode()) and words in err
    with black_hole() as full, sockscope("-zvw", "0.3", V4, port_of(full)) as process:
        status, out, err = ended(process)
    assert status == 1 and b"silent" in err


def test_z_tries_a_range_many_at_once() -> None:
    with listening() as server:
        port = int(port_of(server))
        first, last = max(1, port - 150), min(65535, port + 150)
        with sockscope("-zv", V4, f"{first}-{last}") as process:
            status, out, err = ended(process)
    lines = err.decode().splitlines()
    assert (status, out, len(lines)) == (0, b"", last - first + 1)
    assert [int(line.split(":")[2]) for line in lines] == list(range(first, last + 1))
    assert ": open" in lines[port - first]


@pytest.mark.parametrize(
    "words", [("-z", V4), ("-z", V4, "30-20"), ("-z", V4, "1-x"), ("-zl", V4, "9"), ("-zu", V4, "9")]
)
def test_a_range_that_is_none_is_2(words: tuple[str, ...]) -> None:
    with sockscope(*words) as process:
        status, out, err = ended(process)
    assert (status, out, err.count(b"\n")) == (2, b"", 1)


# Beside it.


def exchange(*options: str) -> tuple[int, bytes, bytes]:
    """Say `question`, hear `answer`."""
    with listening() as server, sockscope(*options, V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            say(process, b"question")
            assert read_to_end(peer) == b"question"
            peer.sendall(b"answer")
            peer.shutdown(socket.SHUT_WR)
            return ended(process)


def test_what_moves_goes_to_files_too(tmp_path: Path) -> None:
    both, dump = tmp_path / "both", tmp_path / "dump"
    assert exchange("--output", str(both), "--hex-dump", str(dump)) == (0, b"answer", b"")
    assert both.read_bytes() == b"questionanswer"
    sent, received = dump.read_text().splitlines()
    assert sent.split() == [">", *["00000000", "71", "75", "65", "73", "74", "69", "6f", "6e", "question"]]
    assert received.split() == ["<", *["00000000", "61", "6e", "73", "77", "65", "72", "answer"]]


def test_a_file_that_cannot_be_written_is_1_and_a_line_and_the_traffic_goes_on() -> None:
    status, out, err = exchange("--output", "/dev/full")
    assert (status, out, err.count(b"\n")) == (1, b"answer", 1)
    assert b"/dev/full is not written any more: No space left on device" in err
    with sockscope("--output", "/nowhere/file", V4, "9") as process:
        status, out, err = ended(process)
    assert (status, out, err.count(b"\n")) == (2, b"", 1)


def test_a_summary_tells_counts_times_and_the_end() -> None:
    status, out, err = exchange("--summary")
    assert (status, out, err.count(b"\n")) == (0, b"answer", 1)
    told = err.decode()
    assert "→ 8 bytes in 1, ← 6 bytes in 1; looked up " in told and ", first byte " in told and "nothing lost" in told
    status, out, err = exchange("--summary-json")
    summary = json.loads(err)
    assert (summary["state"], summary["bytes_in"], summary["bytes_out"]) == ("closed_by_us", 6, 8)
    order = [summary[f"{name}_ns"] for name in ("looked_up", "connected", "first_byte", "last_byte", "ended")]
    assert order == sorted(order) and summary["secured_ns"] is None


@pytest.mark.parametrize(("redirected", "status"), [(">/dev/full", 1), (">&-", 2)])
def test_a_name_that_cannot_be_written_is_a_line(redirected: str, status: int) -> None:
    shell = ("sh", "-c", f'exec "$@" {redirected}', "sh")
    with started(*shell, *SOCKSCOPE, "localhost", stdin=subprocess.DEVNULL) as process:
        assert ended(process)[::2] == (status, CLOSED if status == 2 else FULL)


FULL = b"sockscope: cannot write: No space left on device\n"
CLOSED = b"sockscope: standard output is closed (see sockscope --help)\n"


def test_who_reads_late_from_a_pipe_that_does_not_wait_gets_all() -> None:
    with listening() as server:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        command = (*SOCKSCOPE, V4, port_of(server))
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=writer) as process:
            os.close(writer)
            peer, _ = server.accept()
            with peer, os.fdopen(reader, "rb") as out:
                sender = threading.Thread(target=lambda: send_all(peer, 32 * MIB))
                sender.start()
                wait_until(stalls(peer))
                assert len(out.read()) == 32 * MIB
                sender.join(DEADLINE_S)
            assert process.wait(DEADLINE_S) == 0


def test_what_is_asked_for_at_the_end_is_told_behind_a_signal_too(tmp_path: Path) -> None:
    with listening() as server, sockscope("--summary", "--output", f"{tmp_path}/out", V4, port_of(server)) as process:
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"word")
            assert process.stdout
            assert process.stdout.read(4) == b"word"
            process.send_signal(signal.SIGTERM)
            status, _, err = ended(process)
    assert status == 128 + signal.SIGTERM
    assert b"4 bytes in 1" in err and (tmp_path / "out").read_bytes() == b"word"


def test_a_step_that_was_not_come_to_is_named() -> None:
    steps = "send text ping LF; wait text pong 5s"
    with listening() as server, sockscope("--expect", steps, V4, port_of(server)) as process:
        server.accept()[0].close()
        status, _, err = ended(process)
    assert status == 1 and b"expect: step " in err and b"the conversation ended before that" in err


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
def test_what_cannot_be_said_is_not_said_on_standard_output(redirected: str) -> None:
    shell = ("sh", "-c", f'exec "$@" {redirected}', "sh")
    with bound_only() as held, started(*shell, *SOCKSCOPE, "-v", V4, port_of(held)) as process:
        status, out, _ = ended(process)
    assert (status, out) == (1, b"")
