"""What can be settled: answers, relays, sending by itself, options, the library; and what cannot be."""

import shlex
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.end_to_end.peers import (
    AT_SEND_BOX,
    OPTIONS,
    REPEAT,
    SAVE,
    SAVED,
    V4_PORT,
    at_send_box,
    connected_to,
    free_port,
    go_to_address,
    go_to_send_box,
    go_to_traffic,
    running,
    stdin_of,
    stdout_of,
)
from tests.end_to_end.refused import refused
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, Terminal
from tests.engine.loopback import MIB, listening, read_exactly
from tests.engine.tls_peers import s_server, write_pems

PeerProgram = Callable[[str], str]
SINCE_1900_S = 2_208_988_800


def curl(program: str, url: str) -> str:
    done = subprocess.run([program, "-sm", "10", url], capture_output=True, text=True, check=False)
    return done.stdout


def empty_send_box(terminal: Terminal) -> None:
    go_to_send_box(terminal)
    terminal.press("end", "ctrl+u")
    terminal.wait_for(" to send")


# A listener that answers.


def test_http_time_and_a_canned_reply_are_answered_over_streams(peer_program: PeerProgram) -> None:
    with Terminal("-l", "127.0.0.1", "0", "--answer", "http", "--reply", r"hello\r\n", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        program = peer_program("curl")
        assert curl(program, f"http://127.0.0.1:{port}/") == "This is sockscope.\n"
        terminal.wait_for("GET / HTTP/1.1", "http answers")

        terminal.click("answer  http")
        terminal.wait_for("answer  file", "the file to answer with")
        terminal.click("answer  file")
        terminal.wait_for("answer  time", "time answers")
        with running(peer_program("nc"), "127.0.0.1", port) as nc:
            told = int.from_bytes(stdout_of(nc).read(4)) - SINCE_1900_S
            assert abs(told - time.time()) < 60
            terminal.wait_for("we finished")

        for answer in ("time", "words", "chat", "none"):
            terminal.click(f"answer  {answer}")
        terminal.click("answer  echo")
        terminal.wait_for("canned answers")
        with closing(connected_to(terminal)) as client:
            assert read_exactly(client, 7) == b"hello\r\n"


def test_time_and_echo_are_answered_over_udp(peer_program: PeerProgram) -> None:
    with Terminal("-ul", "127.0.0.1", "0", "--answer", "time", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        with running(peer_program("nc"), "-u", "127.0.0.1", port) as nc:
            stdin_of(nc).write(b"?")
            told = int.from_bytes(stdout_of(nc).read(4)) - SINCE_1900_S
            assert abs(told - time.time()) < 60
        terminal.press_alone("e")
        terminal.wait_for("echo answers")
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE_S)
            client.connect(("127.0.0.1", int(port)))
            for datagram in (b"\0again\xff", b""):
                client.send(datagram)
                assert client.recv(64) == datagram


def test_an_expression_from_the_sheet_answers_and_one_that_takes_too_long_is_off() -> None:
    with Terminal("-l", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        terminal.wait_for("listening")
        settle(terminal, "(unclosed", r"got \1\n")
        terminal.wait_for("the expression at", "missing )")
        terminal.press("esc")
        terminal.wait_gone("How to listen")
        settle(terminal, "user (a+)", r"hello \1\n")
        terminal.wait_gone("How to listen")
        terminal.wait_for("answer  canned")
        with closing(connected_to(terminal)) as client:
            client.sendall(b"us")  # one receive or two: what is no match yet is kept
            client.sendall(b"er aaa!user a?")
            assert read_exactly(client, 18) == b"hello aaa\nhello a\n"

            settle(terminal, "(a|aa)+$", "never", steps=0)
            terminal.wait_gone("How to listen")
            terminal.wait_for("canned answers")
            client.sendall(b"a" * 4000 + b"b")
            terminal.wait_for("the expression takes too long; it is off")
            go_to_send_box(terminal)
            terminal.press("and yet it moves", "enter")
            assert read_exactly(client, 17) == b"and yet it moves\n"


def settle(terminal: Terminal, expression: str, reply: str, steps: int = 2) -> None:
    """Let the listener reply to an expression, by the sheet; it is so many steps to these choices."""
    go_to_address_line(terminal)
    terminal.press(OPTIONS)
    terminal.wait_for("How to listen", "What clients are answered")
    terminal.press(*["right"] * steps)
    terminal.find(r"│ +answer +(canned)")
    fill(terminal, "For canned:", reply)
    terminal.press("tab")
    terminal.wait_for("When to give the canned reply")
    terminal.press(*["right"] * steps)
    terminal.find(r"reply on +(expression)")
    fill(terminal, "What has to arrive", expression)
    terminal.press(SAVE)


def fill(terminal: Terminal, about: str, text: str) -> None:
    """Go on to the next entry of a sheet, which selects what stands there, and type another text."""
    terminal.press("tab")
    terminal.wait_for(about)
    terminal.press(text)
    terminal.wait_for(text)


def go_to_address_line(terminal: Terminal) -> None:
    terminal.press("f4", "esc", "a")
    terminal.wait_for("Options", "Saved")


# A listener that passes on.


def test_curl_reaches_a_server_behind_a_relay_to_a_unix_socket(tmp_path: Path, peer_program: PeerProgram) -> None:
    with (
        Terminal("-l", "unix:server", "--answer", "http", size=ONE_PANE, cwd=tmp_path) as behind,
        Terminal("-l", "127.0.0.1", "0", "--relay", "unix:server", size=ONE_PANE, cwd=tmp_path) as relay,
    ):
        behind.wait_for("listening")
        port = relay.find(V4_PORT)
        assert curl(peer_program("curl"), f"http://127.0.0.1:{port}/x?y") == "This is sockscope.\n"
        behind.wait_for("GET /x?y HTTP")
        relay.wait_for("GET /x?y HTTP", "passed on to unix:server", "(w changes)")
        go_to_traffic(relay)
        relay.press("w")
        relay.wait_for("SO_PEERCRED", "GET /x?y HTTP")


def test_a_relay_takes_plain_text_to_tls(tmp_path: Path, peer_program: PeerProgram) -> None:
    pems = write_pems(tmp_path)
    with (
        s_server(peer_program("openssl"), pems) as (server, port),
        Terminal("-l", "127.0.0.1", "0", "--relay", f"tls://127.0.0.1:{port} unverified", size=ONE_PANE) as terminal,
        closing(connected_to(terminal, r"bind +127\.0\.0\.1:(\d+)")) as client,
    ):
        client.sendall(b"through TLS\n")
        assert any(b"through TLS" in line for line in stdout_of(server))
        stdin_of(server).write(b"and back\n")
        assert read_exactly(client, 9) == b"and back\n"
        terminal.wait_for("passed on to tls://", "1 client")


# Sending by itself.


def test_a_file_shows_how_far_it_is_and_a_repeated_text_counts(tmp_path: Path) -> None:
    (tmp_path / "large.bin").touch()
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(64 * MIB)
    with (
        listening() as server,
        Terminal("127.0.0.1", str(server.getsockname()[1]), size=ONE_PANE, cwd=tmp_path) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        peer.settimeout(DEADLINE_S)
        at_send_box(terminal)
        terminal.press(r"number \#", REPEAT)
        terminal.wait_for("Send again and again")
        terminal.press("end", "ctrl+u")
        terminal.wait_gone("every             1")
        terminal.press("0.2", "enter")
        assert read_exactly(peer, 27) == b"number 1\nnumber 2\nnumber 3\n"
        terminal.wait_for("sent again every 200 ms", "ctrl+r stops it")
        go_to_traffic(terminal)
        terminal.press_alone("b")
        terminal.wait_gone("b stops it")

        empty_send_box(terminal)
        terminal.press("tab")
        terminal.wait_gone(AT_SEND_BOX)
        terminal.press("left")
        terminal.wait_for("as  file")
        at_send_box(terminal)
        terminal.press("large.bin", "enter")
        terminal.wait_for(" large.bin ", "━", "of 64.0 MiB", "b stops it", "stalled")
        go_to_traffic(terminal)
        terminal.press_alone("b")
        terminal.wait_gone("b stops it")
        terminal.press_alone("c")
        received = 0
        while piece := peer.recv(MIB):
            received += len(piece)
        assert 0 < received < 64 * MIB


def test_reading_stops_and_goes_on_and_an_option_is_set_in_the_details() -> None:
    with (
        listening() as server,
        Terminal("-O", "RCVBUF=20000", "127.0.0.1", str(server.getsockname()[1]), size=ONE_PANE) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        terminal.wait_for("connected")
        go_to_traffic(terminal)
        terminal.press("p")
        terminal.wait_for("reading is stopped", "reading stopped")
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            for _ in range(1000):
                peer.send(bytes(MIB))
        assert "← 0 B in 0" in terminal.screen()
        terminal.press("p")
        terminal.wait_gone("reading stopped")
        terminal.wait_gone("← 0 B in 0")

        terminal.press("d")
        terminal.wait_for("NODELAY               off", "RCVBUF             40,000")
        terminal.press("tab")
        terminal.wait_quiet()
        terminal.press("tab")
        terminal.wait_quiet()
        terminal.press("NODELAY=on", "enter")
        terminal.wait_for("NODELAY                on")
        terminal.press("NODELAY=perhaps", "enter")
        terminal.wait_for("NODELAY is on or off")
        terminal.press("esc")
        terminal.wait_for("TCP_NODELAY, 1) = 0")


def test_a_connection_is_tried_again_until_a_server_appears() -> None:
    port = free_port()
    with Terminal("127.0.0.1", str(port), size=ONE_PANE) as terminal:
        terminal.wait_for("ECONNREFUSED")
        go_to_traffic(terminal)
        terminal.press("R")
        terminal.wait_for("again in")
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(DEADLINE_S)
            with closing(server.accept()[0]) as peer:
                terminal.wait_for("connected")
                peer.sendall(b"late, but here")
                terminal.wait_for("late, but here")


# The library.


def test_what_was_saved_is_found_by_the_next_run_and_a_broken_library_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    library = tmp_path / "sockscope" / "library.toml"
    with listening() as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with Terminal(address, size=ONE_PANE) as terminal, closing(server.accept()[0]):
            at_send_box(terminal)
            terminal.press(r"good day\x21", SAVE)
            save_as(terminal, "my greeting")
            go_to_address(terminal, "f3", address)
            with closing(server.accept()[0]):
                terminal.wait_for("#2 ")
                terminal.press("f3", "esc", "a", SAVE)
                save_as(terminal, "my server")
        assert library.read_text().count("my ") == 2

        with Terminal(size=ONE_PANE) as terminal:
            terminal.wait_for("Resolve F2")
            terminal.press("f3")
            terminal.wait_for("Connect F3")
            pick(terminal, "my server")
            terminal.press("enter")
            with closing(server.accept()[0]) as peer:
                peer.settimeout(DEADLINE_S)
                at_send_box(terminal)
                pick(terminal, "my greeting")
                terminal.press("enter")
                assert read_exactly(peer, 10) == b"good day!\n"

                library.write_text("this is [no TOML")
                terminal.press(SAVED)
                terminal.wait_for("library.toml is not TOML", "library.toml.broken-1")
        assert library.with_name("library.toml.broken-1").read_text() == "this is [no TOML"


def save_as(terminal: Terminal, name: str) -> None:
    terminal.wait_for("Under which it is found again")
    terminal.press(name, "enter")
    terminal.wait_for(f"saved as {name}")


def pick(terminal: Terminal, name: str) -> None:
    terminal.press(SAVED)
    terminal.wait_for("Saved and templates", name)
    terminal.press(name, "enter")
    terminal.wait_gone("Saved and templates")


# What cannot be.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("-l --answer nonsense 0", "none, echo, canned, http, file, time"),
        ("-l --relay udp://x 0", "a port is missing"),
        ("-l --idle x 0", "the idle time is a number of seconds"),
        (f"-l unix:/{'x' * 200}", "107 bytes at most"),
        (f"-U /{'x' * 200}", "107 bytes at most"),
        (r"-l --reply 'a\q' 0", "escapes are"),
        ("-l --answer canned 0", "a canned answer needs a reply"),
        ("--relay x:1 localhost 1", "that is for a listener"),
        ("-l --no-verify 0", "not for a listener"),
    ],
)
def test_a_setting_that_cannot_be_read_is_one_line_and_exit_2(arguments: str, words: str) -> None:
    status, out, said = refused(*shlex.split(arguments))
    assert (status, out, said.count("\n")) == (2, "", 1)
    assert words in said


def test_what_no_socket_can_have_is_said_in_a_line_and_nothing_is_opened(
    tmp_path: Path, peer_program: PeerProgram
) -> None:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x")
    for name in ("one", "two"):
        written = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
        command = (peer_program("openssl"), "req", "-x509", *curve, *written)
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / "rubbish.pem").write_text("rubbish")
    cases = {
        "-l --tls --cert missing.pem 0": "missing.pem cannot be read: No such file",
        "-l --tls --cert one.pem --key two.key 0": "the key two.key does not match the certificate one.pem",
        "-l --ssl --cert rubbish.pem 0": "rubbish.pem is not a PEM certificate",
        "-O NONSENSE=1 127.0.0.1 1": "NONSENSE is not an option; there are NODELAY",
        "-lu --join 10.0.0.1 0": "10.0.0.1 is no multicast group",
        "-l --relay udp://127.0.0.1:1 0": "a stream cannot be relayed to datagrams",
    }
    with ExitStack() as stack:
        runs = [
            (stack.enter_context(Terminal(*shlex.split(case), size=ONE_PANE, cwd=tmp_path)), words)
            for case, words in cases.items()
        ]
        for terminal, words in runs:
            terminal.wait_for(words)
            assert "listening ·" not in terminal.screen()
            if terminal.alive():
                terminal.press("ctrl+q")
            assert terminal.wait_exit() == 2


def test_a_listener_in_a_folder_that_is_not_there_fails_and_the_program_exits_with_1(tmp_path: Path) -> None:
    with Terminal("-Ul", "missing/x.sock", size=ONE_PANE, cwd=tmp_path) as terminal:
        terminal.wait_for("ENOENT", "no such folder", "failed")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 1
