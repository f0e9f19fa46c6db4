"""The front end without a screen, with real programs at the other end: every line is JSON, every byte is there."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.json_run import DEADLINE_S, Run, started
from tests.engine.loopback import V4, listening, read_exactly, read_to_end

HOSTILE = bytes(range(256)) + b"\x1b]0;title\x07\xf0\x9f\x98\x80\n"


def test_what_is_said_and_heard_is_there_byte_for_byte() -> None:
    with listening() as server, started(V4, str(server.getsockname()[1])) as run:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(DEADLINE_S)
            peer.sendall(HOSTILE)
            run.until(lambda event: event["event"] == "received")
            assert run.process.stdin
            run.process.stdin.write(HOSTILE)
            run.process.stdin.close()
            run.process.stdin = None
            assert read_to_end(peer) == HOSTILE
        assert run.end() == 0
    assert run.bytes_of("received") == run.bytes_of("sent") == HOSTILE
    assert run.states("conversation") == ["connected", "we_finished", "closed_by_us"]
    names = [event["call"] for event in run.events if event["event"] == "call"]
    assert names[:4] == ["getaddrinfo", "socket", "connect", "getsockopt"]
    connect, answer = (event for event in run.events if event.get("call") in ("connect", "getsockopt"))
    assert (connect["errno"], connect["result"]) == ("EINPROGRESS", None)
    assert (answer["errno"], answer["result"], answer["args"]) == ("", 0, ["SO_ERROR"])
    assert answer["monotonic_ns"] >= connect["monotonic_ns"] + connect["duration_ns"]
    assert {"shutdown", "close"} <= set(names)
    assert all(event["v"] == 1 and event["unix_ns"] and event["monotonic_ns"] for event in run.events)


def test_text_stands_beside_the_bytes_where_there_is_some() -> None:
    with listening() as server, started(V4, str(server.getsockname()[1])) as run:
        peer, _ = server.accept()
        with peer:
            peer.sendall("é\n".encode())
            assert run.until(lambda event: event["event"] == "received")["text"] == "é\n"
            peer.sendall(b"\xff")
            assert run.until(lambda event: event["event"] == "received")["text"] is None
        assert run.end() == 0


def test_a_listener_ends_with_its_first_client_and_standard_input_goes_to_it() -> None:
    with started("-l", "0") as run:
        port = run.listens()
        with socket.create_connection((V4, port), timeout=DEADLINE_S) as client:
            client.sendall(b"question")
            assert run.process.stdin
            run.process.stdin.write(b"answer")
            run.process.stdin.flush()
            assert read_exactly(client, 6) == b"answer"
        assert run.end() == 0
    assert (run.bytes_of("received"), run.bytes_of("sent")) == (b"question", b"answer")
    assert run.states("listener") == ["listening", "stopped"]


def test_with_k_it_goes_on_and_standard_input_goes_to_everybody() -> None:
    with started("-l", "-k", "0") as run:
        port = run.listens()
        clients = [socket.create_connection((V4, port), timeout=DEADLINE_S) for _ in range(3)]
        for _ in clients:
            run.until(lambda event: event.get("state") == "connected")
        assert run.process.stdin
        run.process.stdin.write(b"to all")
        run.process.stdin.flush()
        for client in clients:
            assert read_exactly(client, 6) == b"to all"
            client.close()
        for _ in clients:
            run.until(lambda event: event["event"] == "state" and event["state"].startswith(("closed", "peer_then")))
        assert run.process.poll() is None
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 128 + signal.SIGINT
    assert run.states("listener")[-1] == "stopped"


def test_curl_is_answered_and_jq_reads_every_line(peer_program: Callable[[str], str], tmp_path: Path) -> None:
    with started("-l", "--answer", "http", "0", stdin=subprocess.DEVNULL) as run:
        port = run.listens()
        curl = [peer_program("curl"), "-s", "-d", "a=b", f"http://{V4}:{port}/page"]
        assert subprocess.run(curl, stdout=subprocess.PIPE, check=True, timeout=DEADLINE_S).stdout
        assert run.end() == 0
    assert run.bytes_of("received").startswith(b"POST /page HTTP/1.1\r\n")
    lines = "\n".join(json.dumps(event) for event in run.events)
    read = subprocess.run(
        [peer_program("jq"), "-r", ".event"], input=lines.encode(), stdout=subprocess.PIPE, check=True, timeout=30
    )
    assert len(read.stdout.splitlines()) == len(run.events)


def test_openssl_speaks_tls_with_it_and_both_see_the_plaintext(peer_program: Callable[[str], str]) -> None:
    with started("-l", "--tls", "0") as run:
        port = run.listens()
        command = [peer_program("openssl"), "s_client", "-quiet", "-connect", f"{V4}:{port}"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as peer:
            try:
                assert peer.stdin and peer.stdout and run.process.stdin
                peer.stdin.write(b"secret\n")
                peer.stdin.flush()
                heard = run.until(lambda event: event["event"] == "received")
                assert (heard["call"], heard["text"]) == ("SSL_read", "secret\n")
                run.process.stdin.write(b"answer\n")
                run.process.stdin.flush()
                assert peer.stdout.readline() == b"answer\n"
            finally:
                peer.kill()
        run.end()
    (shaken,) = [event for event in run.events if event.get("call") == "do_handshake"]
    assert shaken["result"]["version"].startswith("TLSv1.")


def test_a_lookup_is_answered_and_over() -> None:
    with started("localhost", stdin=subprocess.DEVNULL) as run:
        assert run.end() == 0
    (answered,) = run.events
    assert (answered["subject"], answered["state"], answered["call"]) == ("lookup", "answered", "getaddrinfo")
    assert {row["address"]["host"] for row in answered["rows"]} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("arguments", "status"), [(("nowhere.invalid",), 1), ((V4, "1"), 1), (("-l", "192.0.2.1", "9"), 1)]
)
def test_what_fails_is_an_event_and_the_status(arguments: tuple[str, ...], status: int) -> None:
    with started(*arguments, stdin=subprocess.DEVNULL) as run:
        assert run.end() == status
    failed = [event for event in run.events if event.get("state") == "failed"]
    assert failed and failed[0]["errno"]


def test_what_cannot_be_asked_is_one_line_and_2() -> None:
    for arguments in ((), ("--demo",), (V4, "70000"), ("-l", "--receive", "x", "0")):
        with started(*arguments, stdin=subprocess.DEVNULL) as run:
            out, err = run.process.communicate(timeout=DEADLINE_S)
        assert (run.process.returncode, out) == (2, b"")
        assert err.startswith(b"sockscope: ") and err.count(b"\n") == 1


def test_silence_ends_it_where_that_was_asked_for() -> None:
    with listening() as server, started("-w", "0.3", V4, str(server.getsockname()[1])) as run:
        peer, _ = server.accept()
        with peer:
            began_at = time.monotonic()
            assert run.end() == 0
            assert time.monotonic() - began_at < DEADLINE_S / 2
    assert run.states("conversation")[-1] == "closed_by_us"


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    with listening() as server, started(V4, str(server.getsockname()[1])) as run:
        peer, _ = server.accept()
        with peer:
            run.until(lambda event: event.get("state") == "connected")
            assert run.process.stdout and run.process.stderr
            run.process.stdout.close()
            peer.sendall(b"nobody reads this")
            run.process.wait(DEADLINE_S)
            assert run.process.stderr.read() == b""


def test_a_slow_reader_loses_nothing_and_holds_the_peer_up() -> None:
    size_bytes = 48 * 1024 * 1024
    with listening() as server, started(V4, str(server.getsockname()[1]), stdin=subprocess.DEVNULL) as run:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(0.5)
            sent = 0
            piece = os.urandom(1 << 20)
            with pytest.raises(TimeoutError):
                while sent < size_bytes:
                    sent += peer.send(piece[sent % len(piece) :])
        assert sent < size_bytes, "the peer was held up"
        assert run.end() == 0
    expected = (piece * (sent // len(piece) + 1))[:sent]
    assert run.bytes_of("received") == expected


def slow(run: Run, pause_s: float) -> bytes:
    """Read what is written only after a while; return all of it."""
    threading.Event().wait(pause_s)  # a reader that does something else for so long is the condition itself
    assert run.process.stdout
    return run.process.stdout.read()


def test_all_of_standard_input_reaches_a_peer_that_reads_late(tmp_path: Path) -> None:
    said = os.urandom(1 << 20) * 40
    file = tmp_path / "said"
    file.write_bytes(said)
    with (
        listening() as server,
        file.open() as stdin,
        started(V4, str(server.getsockname()[1]), stdin=stdin.fileno()) as run,
    ):
        peer, _ = server.accept()
        with peer:
            run.until(lambda event: event["event"] == "sent")
            heard = threading.Thread(target=run.end)  # takes the lines meanwhile
            heard.start()
            assert read_to_end(peer) == said
        heard.join(DEADLINE_S)
    assert not [event for event in run.events if event["event"] == "refused"]


def test_the_first_peer_of_datagrams_is_heard_until_silence() -> None:
    with started("-u", "-l", "0", "-w", "0.5", stdin=subprocess.DEVNULL) as run:
        port = run.listens()
        with socket.socket(type=socket.SOCK_DGRAM) as peer:
            peer.connect((V4, port))
            for number in range(5):
                peer.send(b"%d" % number)
        assert run.end() == 0
    assert run.bytes_of("received") == b"01234"


def test_a_listener_that_is_not_to_accept_does_not() -> None:
    with started("-l", "--no-accept", "0", "-w", "0.3", stdin=subprocess.DEVNULL) as run, socket.socket() as client:
        client.connect((V4, run.listens()))
        assert run.end() == 0
    assert not [event for event in run.events if event.get("call") == "accept"]


@pytest.mark.parametrize(
    ("failing", "status", "said"),
    [
        ("epoll_wait:error=ENOMEM:when=4+", 1, "sockscope: cannot go on: waiting for the sockets failed (ENOMEM)\n"),
        ("epoll_wait:error=EINVAL:when=5", 0, "sockscope: something inside failed, and it went on: OSError\n"),
    ],
    ids=["without end", "once"],
)
def test_a_failing_loop_is_one_line(peer_program: Callable[[str], str], failing: str, status: int, said: str) -> None:
    strace = [peer_program("strace"), "-f", "-qq", "-o", os.devnull, "-e", f"inject={failing}"]
    command = [*strace, sys.executable, "-m", "sockscope", "--json", "-l", "0", "-w", "2"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (status, said)
    assert all(json.loads(line) for line in ran.stdout.splitlines())


def test_a_reader_that_is_slow_is_no_silence() -> None:
    size_bytes = 24 << 20
    with listening() as server, started("-w", "0.5", V4, str(server.getsockname()[1]), stdin=subprocess.DEVNULL) as run:
        peer, _ = server.accept()
        with peer:
            sending = threading.Thread(target=peer.sendall, args=(bytes(size_bytes),))
            sending.start()
            lines = slow(run, 2.0)
            sending.join(DEADLINE_S)
        assert (
            sum(json.loads(line).get("size", 0) for line in lines.splitlines() if b'"received"' in line) == size_bytes
        )


def test_a_signal_ends_it_although_nobody_reads() -> None:
    with listening() as server, started(V4, str(server.getsockname()[1]), stdin=subprocess.DEVNULL) as run:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(1.0)
            with pytest.raises(TimeoutError):
                while True:
                    peer.send(bytes(1 << 20))
            run.process.send_signal(signal.SIGTERM)
            assert run.process.wait(DEADLINE_S) == 128 + signal.SIGTERM


def test_what_was_told_to_ignore_a_hangup_ignores_it(peer_program: Callable[[str], str]) -> None:
    command = [peer_program("nohup"), sys.executable, "-m", "sockscope", "--json", "-l", "-k", "0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        run = Run(process)
        run.listens()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert run.end() == 128 + signal.SIGINT


def test_a_full_disk_is_one_line_and_1() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "sockscope", "--json", "localhost"]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=DEADLINE_S
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"sockscope: cannot write: ") and done.stderr.count(b"\n") == 1


BUSY_UNTIL_ALL_IS_OVER = """
from sockscope import cli
from sockscope.engine.engine import Engine
start = Engine.start
def started(engine):
    start(engine)
    while any(lookup.state.live for lookup in list(engine.names.lookups.values())):
        pass
Engine.start = started
raise SystemExit(cli.main())
"""


def test_a_full_disk_that_only_the_last_lines_meet_is_told_too() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", BUSY_UNTIL_ALL_IS_OVER, "--json", "localhost"]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=DEADLINE_S
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"sockscope: cannot write: ") and done.stderr.count(b"\n") == 1


def test_a_relay_is_left_alone_by_an_empty_standard_input() -> None:
    with listening() as server:
        target = f"{V4}:{server.getsockname()[1]}"
        with started("-l", "0", "--relay", target, stdin=subprocess.DEVNULL) as run:
            with socket.create_connection((V4, run.listens()), timeout=DEADLINE_S) as client:
                far, _ = server.accept()
                with far:
                    far.sendall(b"answer")
                    assert read_exactly(client, 6) == b"answer"
            assert run.end() == 0


def test_a_handshake_that_fails_is_a_failure() -> None:
    with listening() as server, started("--tls", V4, str(server.getsockname()[1]), stdin=subprocess.DEVNULL) as run:
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"HTTP/1.0 400 no\r\n\r\n")
            assert run.end() == 1


def test_dns_servers_that_were_asked_are_told(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((V4, 0))
        server = f"@{V4}:{silent.getsockname()[1]}"
        with started("-w", "0.3", "localhost", server, stdin=subprocess.DEVNULL) as run:
            began_at = time.monotonic()
            assert run.end() == 0
            assert time.monotonic() - began_at < DEADLINE_S / 2
            told = [(event["errno"], event["records"]) for event in run.events if event["event"] == "dns"]
            assert told and set(map(repr, told)) == {repr(("abandoned", []))}
    with started("::1", f"@{V4}:1", "MX", stdin=subprocess.DEVNULL) as run:
        assert run.end() == 0
        (remark,) = [event for event in run.events if event["event"] == "remark"]
        assert (remark["subject"], remark["kind"]) == ("lookup", "not asked")
    with started("localhost", f"@{V4}:1", stdin=subprocess.DEVNULL) as run:
        assert run.end() == 0
    assert {(event["event"], event["errno"]) for event in run.events if event["event"] == "dns"} == {
        ("dns", "ECONNREFUSED")
    }


def test_nc_and_socat_are_heard_byte_for_byte(peer_program: Callable[[str], str]) -> None:
    for command in (("nc", "-N", V4, "{}"), ("socat", "-", f"TCP:{V4}:{{}}")):
        with started("-l", V4, "0", stdin=subprocess.DEVNULL) as run:
            port = run.listens()
            words = [word.format(port) for word in command]
            subprocess.run([peer_program(words[0]), *words[1:]], input=HOSTILE, timeout=DEADLINE_S, check=True)
            assert run.end() == 0
        assert run.bytes_of("received") == HOSTILE


def test_dig_is_heard_and_a_number_is_resolved(peer_program: Callable[[str], str]) -> None:
    with started("-u", "-l", "-k", V4, "0", stdin=subprocess.DEVNULL) as run:
        command = [peer_program("dig"), f"@{V4}", "-p", str(run.listens()), "name.example", "+tries=1", "+time=1"]
        subprocess.run(command, timeout=DEADLINE_S, check=False, stdout=subprocess.DEVNULL)
        question = run.until(lambda event: event["event"] == "received")
        assert b"\x04name\x07example\x00" in base64.b64decode(question["base64"])
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 128 + signal.SIGINT
