"""Many clients, and a terminal that is slower than they are."""

import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

from sockscope.engine.kernel.descriptor_limit import raise_limit
from tests.end_to_end.peers import V4_PORT, connected_to
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, Terminal
from tests.engine.loopback import read_exactly

STALL_S = 2.0
QUIT_S = 1.0


def test_500_clients_that_leave_take_their_descriptors_with_them() -> None:
    with Terminal("-l", "0", size=ONE_PANE) as terminal:
        port = int(terminal.find(V4_PORT))
        terminal.wait_for("waiting")
        before = descriptors(terminal)
        with ExitStack() as stack:
            for _ in range(500):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S))
            terminal.wait_for("500 clients")
            terminal.wait(lambda: descriptors(terminal) == before + 500, "500 descriptors more")
        terminal.wait(lambda: descriptors(terminal) == before, f"{before} descriptors again")
        terminal.wait_for("0 clients", "500 clients so far", "closed by peer")


def test_quitting_takes_no_longer_than_a_second_with_2000_clients() -> None:
    raise_limit()
    with Terminal("-l", "0", size=ONE_PANE) as terminal, ExitStack() as stack:
        port = int(terminal.find(V4_PORT))
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)) for _ in range(2000)
        ]
        terminal.wait_for("2,000 clients")
        terminal.press("ctrl+q")
        terminal.wait_for("Quit? 2,000 clients will be disconnected.")
        began_at = time.monotonic()
        terminal.press("enter")
        assert terminal.wait_exit() == 0
        assert time.monotonic() - began_at < QUIT_S
        assert {client.recv(1) for client in clients} == {b""}  # closed, not reset


def descriptors(terminal: Terminal) -> int:
    return len(list(Path(f"/proc/{terminal.process.pid}/fd").iterdir()))


def test_a_terminal_that_takes_nothing_does_not_hold_up_the_peers() -> None:
    with Terminal("-l", "0", size=ONE_PANE) as terminal, closing(connected_to(terminal)) as first:
        terminal.wait_for("1 client")
        terminal.click("answer  none")
        terminal.wait_for("answer  echo")
        exchanged = 0
        with terminal.stalled():
            ends = time.monotonic() + STALL_S
            while time.monotonic() < ends:
                with closing(connected_to(terminal)) as client:
                    for peer in (first, client):
                        peer.sendall(b"x" * 1024)
                        assert read_exactly(peer, 1024) == b"x" * 1024
                exchanged += 2
        terminal.wait_for(f"{exchanged // 2 + 1:,} clients so far")
        terminal.wait_for(f"in {exchanged:,} · ")
        terminal.press("f2")
        terminal.wait_for("Resolve F2")
