"""Without a screen too a call that fails is said, costs nothing else, and leaves no descriptor; memory stays flat."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.end_to_end.json_run import DEADLINE_S, Event, Run, started
from tests.engine.loopback import V4, read_exactly
from tests.soak import checks, faults, process
from tests.soak.faults import Fault
from tests.soak.injection import injected

SEED, SIZE = 10, 2
ONCE_WRONG = (
    Fault("epoll_ctl", "ENOSPC", 3),
    Fault("accept4", "EPERM", 1),
    Fault("recvfrom", "ENOMEM", 2),
    Fault("close", "EIO", 1),
    Fault("write", "EAGAIN", 2),
)
CLIENTS, ROUNDS, MOST_MIB = 40, 12, 6.0


@contextmanager
def echoing() -> Iterator[tuple[Run, int]]:
    """A run that gives everything back, and the port where it listens."""
    with started("-l", "-k", "--answer", "echo", V4, "0") as run:
        yield run, run.listens()


def talk(port: int) -> None:
    """Have three clients say a word each and go, whatever becomes of it."""
    with ExitStack() as clients:
        for _ in range(3):
            client = clients.enter_context(socket.create_connection((V4, port), timeout=1.0))
            try:
                client.sendall(b"word")
                client.recv(4)
            except OSError:
                continue


def names(events: list[Event]) -> set[str]:
    """Every name of an error that a line has."""
    return {str(event[key]) for event in events for key in ("errno", "error") if event.get(key)}


@pytest.mark.parametrize("fault", [*ONCE_WRONG, *faults.sample(SEED, SIZE)], ids=str)
def test_a_call_that_fails_is_a_line_and_nothing_else_is_lost(
    fault: Fault, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    peer_program("strace")
    with echoing() as (run, port):
        pid = run.process.pid
        wait_until(lambda: process.engine_thread(pid))
        engine = process.engine_thread(pid)
        before = process.descriptors(pid)
        with injected(pid, engine, fault, tmp_path / "strace") as injection:
            for _ in range(2):
                talk(port)
            wait_until(lambda: not checks.leaked(before, process.descriptors(pid), injection.done()))
            told = [one for one in injection.done() if checks.must_be_said(one, engine)]
        with socket.create_connection((V4, port), timeout=DEADLINE_S) as client:
            client.sendall(b"still there")
            assert read_exactly(client, 11) == b"still there"
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 128 + signal.SIGINT
    assert not told or fault.error in names(run.events)


def test_clients_that_left_leave_no_memory_behind() -> None:
    sizes: list[float] = []
    with started("-l", "-k", "--history", "1M", "--answer", "echo", V4, "0") as run:
        port = run.listens()
        for _ in range(ROUNDS):
            for _ in range(CLIENTS):
                with socket.create_connection((V4, port), timeout=DEADLINE_S) as client:
                    client.sendall(bytes(4096))
                    assert read_exactly(client, 4096) == bytes(4096)
                run.until(lambda event: str(event.get("state", "")).startswith("closed"))
            run.events.clear()
            sizes.append(process.memory_mib(run.process.pid))
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 128 + signal.SIGINT
    assert sizes[-1] - sizes[ROUNDS // 3] < MOST_MIB
