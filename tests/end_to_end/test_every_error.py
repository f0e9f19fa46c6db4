"""Each error of a socket call in the real program: what JSON says of it stands on the screen too, with the way on.

Those that a system can be brought to give are provoked; the others are injected into the call that gives them. Those of
a network, of names and of TLS have tests of their own (`test_explained`, `test_resolving`, `test_secure`), and so has a
reset, which means another thing at each moment (`test_talking`).
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest

from sockscope.ui.widgets.way_on import NAMES
from tests.end_to_end.json_run import Event, Run
from tests.end_to_end.peers import at_send_box
from tests.end_to_end.terminal import ONE_PANE, PROGRAM, Terminal
from tests.engine.loopback import V4, black_hole, bound_only, listening

ROOT = Path(__file__).parents[2]

Peer = Callable[[], AbstractContextManager[str | None]]
"""What is there meanwhile, as a context manager; what it gives stands in place of `{}` in the command line."""


@contextmanager
def server() -> Iterator[str]:
    with listening() as found:
        yield f"{V4}:{found.getsockname()[1]}"


@contextmanager
def nobody() -> Iterator[str]:
    with bound_only() as held:
        yield f"{V4}:{held.getsockname()[1]}"


@contextmanager
def full() -> Iterator[str]:
    with black_hole() as found:
        yield f"{V4}:{found.getsockname()[1]}"


class Failure(NamedTuple):
    """An error, the command line, and what is to be said; `inject` is the system call that is made to fail."""

    error: str
    words: tuple[str, ...]
    meaning: str
    inject: str = ""
    action: str = ""
    sends: bool = False
    peer: Peer = nullcontext


FAILURES = (
    Failure("ECONNREFUSED", ("{}",), "", peer=nobody),
    Failure("timeout", ("--timeout", "0.3", "{}"), "", peer=full),
    Failure("EADDRINUSE", ("-l", "{}"), "", peer=server, action="free port"),
    Failure("EADDRNOTAVAIL", ("-l", "192.0.2.55", "0"), "192.0.2.55"),
    Failure("ENETUNREACH", ("{}",), "", "connect", peer=server),
    Failure("EHOSTUNREACH", ("{}",), "", "connect", peer=server),
    Failure("ENOENT", ("-U", "/nowhere/socket"), "/nowhere"),
    Failure("ETIMEDOUT", ("{}",), "", "connect", peer=server),
    Failure("EPIPE", ("{}",), "The connection was over before we sent", "sendto", sends=True, peer=server),
    Failure("ENOTCONN", ("{}",), "", "sendto", sends=True, peer=server),
    Failure("EACCES", ("-l", V4, "0"), "", "bind"),
    Failure("EPERM", ("{}",), "A rule of this machine", "connect", peer=server),
    Failure("EINVAL", ("-l", V4, "0"), "", "listen"),
    Failure("EPROTOTYPE", ("-U", "/tmp"), "", "connect"),
    Failure("EAGAIN", ("{}",), "", "connect", peer=server),
    Failure("ENOBUFS", ("{}",), "The machine has ", "connect", peer=server),
    Failure("ENOMEM", ("{}",), "The machine has ", "socket", peer=server),
    Failure("EMFILE", ("{}",), "descriptors (RLIMIT_NOFILE)", "socket", peer=server),
    Failure("ENFILE", ("{}",), "files open (fs.file-max)", "socket", peer=server),
    Failure("EALREADY", ("{}",), "is connecting already", "connect", peer=server),
    Failure("EISCONN", ("{}",), "is connected already", "connect", peer=server),
    Failure("EBADF", ("{}",), "is not open", "connect", peer=server),
    Failure("ENOTSOCK", ("{}",), "is no socket", "connect", peer=server),
    Failure("EAFNOSUPPORT", ("{}",), "no socket of AF_INET, SOCK_STREAM", "socket", peer=server),
    Failure("EPROTONOSUPPORT", ("{}",), "no socket of AF_INET, SOCK_STREAM", "socket", peer=server),
    Failure("ESOCKTNOSUPPORT", ("{}",), "no socket of AF_INET, SOCK_STREAM", "socket", peer=server),
    Failure("EOPNOTSUPP", ("-l", V4, "0"), "We called listen(", "listen"),
    Failure("ENOPROTOOPT", ("-O", "NODELAY=on", "{}"), "the option TCP_NODELAY", "setsockopt", peer=server),
    Failure("EADDRNOTAVAIL", ("{}",), "(ip_local_port_range)", "connect", peer=server),
)


def explained(command: Sequence[str], said: bytes) -> Event:
    """Run without a screen until it ends, and give what was said of the failure."""
    piped = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=piped, stdout=piped, stderr=piped) as process:
        run = Run(process)
        if said:
            run.end(said)
            return next(one for one in run.events if one["event"] == "explained")
        found = run.until(lambda event: event["event"] == "explained")  # our end of stream would fail otherwise
        run.end()
        return found


@pytest.mark.parametrize("failure", FAILURES, ids=[f"{one.error}-{one.inject}" for one in FAILURES])
def test_what_json_says_of_a_failure_stands_on_the_screen(peer_program: Callable[[str], str], failure: Failure) -> None:
    within: tuple[str, ...] = ()
    if failure.inject:
        trace = ("-e", f"trace={failure.inject}", "-e", f"inject={failure.inject}:error={failure.error}")
        within = (peer_program("strace"), "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", *trace)
    with failure.peer() as at:
        words = [word.format(at) for word in failure.words]
        event = explained([*within, sys.executable, "-m", "sockscope", "--json", *words], b"x" * failure.sends)
        assert (event["errno"], event["action"]) == (failure.error, failure.action)
        assert failure.meaning in event["meaning"]
        assert "without an explanation" not in event["meaning"]
        assert event["meaning"].endswith(".") and event["advice"].endswith(".")
        with Terminal(*words, size=ONE_PANE, program=(*within, *PROGRAM)) as terminal:
            if failure.sends:
                at_send_box(terminal)
                terminal.press("x", "enter")
            way = NAMES[failure.action][1] if failure.action else ""
            meant = [word for word in event["meaning"].split() if word.isalpha()]  # numbers are of this run
            terminal.wait_for(failure.error, *meant[:6], *event["advice"].split()[:2], *way.split())
            terminal.press("ctrl+q")
            terminal.wait_exit()
