"""Talking to real programs: what they see at their end, and what the screen says at ours."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.end_to_end.peers import (
    V4_PORT,
    V6_PORT,
    at_send_box,
    connected_to,
    go_to_address,
    go_to_send_box,
    go_to_traffic,
    running,
    socat_port,
    stderr_of,
    stdin_of,
    stdout_of,
)
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, Terminal
from tests.engine.loopback import bound_only, listening, needs_ipv6, read_exactly, send_reset

PeerProgram = Callable[[str], str]


def test_curls_request_is_seen_byte_for_byte_and_the_answer_typed_by_hand_arrives(
    tmp_path: Path, peer_program: PeerProgram
) -> None:
    body = bytes(range(256))
    with Terminal("-l", "0", size=ONE_PANE, cwd=tmp_path) as terminal:
        port = terminal.find(V4_PORT)
        url = f"http://127.0.0.1:{port}/a%20page?q=1"
        with running(peer_program("curl"), "-sv", "-H", "X-Mark: seen", "--data-binary", "@-", url) as curl:
            stdin_of(curl).write(body)
            stdin_of(curl).close()
            request = b"".join(line[2:] for line in lines_to(stderr_of(curl), b"> \r\n") if line[:2] == b"> ") + body
            terminal.wait_for("connected", f"{len(request)} B")
            go_to_traffic(terminal)
            terminal.press("h")
            terminal.wait_for("X-Mark: seen")
            terminal.press("x")
            received = terminal.wait(lambda: list(tmp_path.glob("sockscope-export-*/received.bin")), "an export")[0]
            terminal.wait(lambda: received.read_bytes() == request, f"the export is {request!r}")

            go_to_send_box(terminal)
            terminal.press(
                r"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhi\x00\t\\\xff!\r\n", "enter"
            )
            assert stdout_of(curl).read(9) == b"hi\0\t\\\xff!\r\n"
        terminal.wait_for("closed by peer")


def lines_to(stream: object, last: bytes) -> list[bytes]:
    """Read lines up to a known one."""
    lines: list[bytes] = []
    while not lines or lines[-1] != last:
        line = stream.readline()  # type: ignore[attr-defined]
        assert line, lines
        lines.append(line)
    return lines


def test_an_http_server_answers_the_request_that_was_typed(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("a page from disk")
    server = (sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path))
    with running(*server) as http:
        port = stdout_of(http).readline().split()[5].decode()
        with Terminal("127.0.0.1", port, size=ONE_PANE) as terminal:
            at_send_box(terminal)
            for before, then in (("auto", "none"), ("none", "LF"), ("LF", "CRLF")):
                terminal.click(f"end  {before}")
                terminal.wait_for(f"end  {then}")
            go_to_send_box(terminal)
            terminal.press("GET /page.txt HTTP/1.0", "enter")
            terminal.wait_for("→ 24 B in 1")
            terminal.press("enter")
            terminal.wait_for("peer finished")
            go_to_traffic(terminal)
            terminal.press("h")
            terminal.wait_for("200 OK", "a page from disk")
        assert b'"GET /page.txt HTTP/1.0" 200' in stderr_of(http).readline()


def test_after_our_end_the_answer_still_arrives(tmp_path: Path, peer_program: PeerProgram) -> None:
    """The peer answers at our end of stream, and finishes its own side when a file says so."""
    script = "SYSTEM:wc -c; until test -e finish; do sleep 0.02; done"
    socat = (peer_program("socat"), "-dd", "-t60", "TCP-LISTEN:0,bind=127.0.0.1", script)
    with running(*socat, cwd=tmp_path) as counter, Terminal(f"127.0.0.1:{socat_port(counter)}", size=ONE_PANE) as mine:
        at_send_box(mine)
        mine.press("hello", "enter")
        mine.wait_for("→ 6 B in 1")
        mine.press("ctrl+d")
        mine.wait_for("we finished", "← 2 B in 1")
        go_to_traffic(mine)
        mine.press("h")
        mine.wait_for("SHUT_WR", "│ 6␊")
        (tmp_path / "finish").touch()
        mine.wait_for("closed by us")


def test_lines_typed_faster_than_the_screen_follows_are_sent_as_they_were_typed() -> None:
    """A slow line to the terminal delivers several keys at once."""
    with listening() as server, Terminal("127.0.0.1", str(server.getsockname()[1]), size=ONE_PANE) as terminal:
        at_send_box(terminal)
        with closing(server.accept()[0]) as peer:
            terminal.press("one", "enter", "two", "enter", "three", "enter")
            peer.settimeout(DEADLINE_S)
            assert read_exactly(peer, 14) == b"one\ntwo\nthree\n"


@needs_ipv6
def test_our_client_talks_to_an_ipv6_peer(peer_program: PeerProgram) -> None:
    socat = (peer_program("socat"), "-dd", "TCP6-LISTEN:0,bind=[::1]", "EXEC:tr a-z A-Z")
    with running(*socat) as shouting:
        port = socat_port(shouting)
        with Terminal(f"[::1]:{port}", size=ONE_PANE) as terminal:
            terminal.wait_for("AF_INET6", f"[::1]:{port}", "connected")
            at_send_box(terminal)
            terminal.press("over six", "enter")
            terminal.wait_for("→ 9 B in 1")
            terminal.press("ctrl+d")
            terminal.wait_for("OVER SIX", "closed by us")


@needs_ipv6
def test_an_ipv6_peer_talks_to_our_listener(peer_program: PeerProgram) -> None:
    with Terminal("-l", "[::1]:0", size=ONE_PANE) as terminal:
        port = terminal.find(V6_PORT)
        with running(peer_program("socat"), "-", f"TCP6:[::1]:{port}") as client:
            stdin_of(client).write(b"over six\n")
            terminal.wait_for("over six", "[::1]:", "connected")
            assert "127.0.0.1" not in terminal.screen()
            go_to_send_box(terminal)
            terminal.press("and back", "enter")
            assert stdout_of(client).readline() == b"and back\n"


def test_clients_of_ours_that_reset_or_close_are_told_apart() -> None:
    with Terminal("-l", "0", size=ONE_PANE) as terminal:
        with closing(connected_to(terminal)) as client:
            client.sendall(b"before the reset")
            terminal.wait_for("before the reset")
            send_reset(client)
            terminal.wait_for("reset by peer", "ECONNRESET", "before the reset")
        with closing(connected_to(terminal)) as client:
            client.sendall(b"before the end")
            terminal.wait_for("before the end")
        terminal.wait_for("reset by peer", "closed by peer", "before the end")


def test_servers_that_close_reset_or_refuse_are_told_apart() -> None:
    with listening() as server, bound_only() as nobody:
        port = server.getsockname()[1]
        with Terminal("127.0.0.1", str(port), size=ONE_PANE) as terminal:
            with closing(server.accept()[0]):
                at_send_box(terminal)
            terminal.wait_for("peer finished")

            go_to_address(terminal, "f3", f"127.0.0.1:{port}")
            with closing(server.accept()[0]) as peer:
                at_send_box(terminal)
                peer.sendall(b"last words")
                terminal.wait_for("last words")
                send_reset(peer)
            terminal.wait_for("reset by peer", "ECONNRESET", "last words")

            go_to_address(terminal, "f3", f"127.0.0.1:{nobody.getsockname()[1]}")
            terminal.wait_for("refused", "ECONNREFUSED", "nobody listens", "Start the server")


def test_what_we_send_to_all_reaches_every_client_and_echo_answers_each() -> None:
    with (
        Terminal("-l", "0", size=ONE_PANE) as terminal,
        closing(connected_to(terminal)) as first,
        closing(connected_to(terminal)) as second,
    ):
        terminal.wait_for("2 clients")
        terminal.click("to  one")
        terminal.wait_for("to  all")
        go_to_send_box(terminal)
        terminal.press("to everybody", "enter")
        assert read_exactly(first, 13) == read_exactly(second, 13) == b"to everybody\n"
        terminal.click("answer  none")
        terminal.wait_for("answer  echo")
        second.sendall(b"\x00again\xff")
        assert read_exactly(second, 7) == b"\x00again\xff"
