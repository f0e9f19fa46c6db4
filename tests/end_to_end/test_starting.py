"""Where the program cannot start it says so in one line, and the terminal is as it was."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sockscope
from tests.end_to_end.terminal import PROGRAM, Terminal
from tests.end_to_end.test_ending import BEGIN, assert_restored

HOME = Path(sockscope.__file__).parent


def cannot_start(*before: str) -> str:
    """Run the program by another one, and give the reason that it says."""
    with Terminal("-l", "0", program=(*before, *PROGRAM)) as terminal:
        status = terminal.wait_exit()
        written = terminal.raw()
        if BEGIN in written:
            assert_restored(terminal)
        assert terminal.modes() == terminal.modes_before
        last = written.decode(errors="replace").rpartition("\x1b")[2].rpartition("sockscope: ")
        assert last[2].count("\n") == 1, written
        assert b"Traceback" not in written
        assert (status, written.count(b"sockscope: ")) == (1, 1)
        start, said, why = last[2].strip().partition("cannot start: ")
        assert (start, said) == ("", "cannot start: "), written
        return why


@pytest.mark.parametrize("descriptors", [5, 7, 8, 10])
def test_too_few_descriptors(peer_program: Callable[[str], str], descriptors: int) -> None:
    assert cannot_start(peer_program("prlimit"), f"--nofile={descriptors}") == "Too many open files"


@pytest.mark.parametrize("mib", [45, 60])
def test_too_little_memory(peer_program: Callable[[str], str], mib: int) -> None:
    assert cannot_start(peer_program("prlimit"), f"--as={mib << 20}")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("clone,clone3:error=EAGAIN:when=1", "the system allows no more threads"),  # the engine
        ("clone,clone3:error=EAGAIN:when=2", "the system allows no more threads"),  # the screen's writer
        ("clone,clone3:error=EAGAIN:when=3", "the system allows no more threads"),  # the keyboard's reader
        ("epoll_create1:error=EMFILE:when=2", "Too many open files"),
        ("epoll_ctl:error=ENOSPC:when=1", "No space left on device"),
        ("epoll_ctl:error=ENOSPC:when=3", "No space left on device"),
        ("epoll_wait:error=EINVAL:when=1", "Invalid argument"),
        ("epoll_wait:error=EINVAL:when=3", "Invalid argument"),
    ],
)
def test_a_call_that_fails(peer_program: Callable[[str], str], call: str, said: str) -> None:
    assert cannot_start(peer_program("strace"), "-f", "-qq", "-o", os.devnull, "-e", f"inject={call}") == said


@pytest.mark.parametrize("module", ["reason.py", "cli.py", "engine/engine.py", "ui/app.py", "ui/app.tcss"])
def test_a_file_of_ours_that_cannot_be_opened(peer_program: Callable[[str], str], module: str) -> None:
    file = HOME / module
    compiled = file.parent / "__pycache__" / f"{file.stem}.{sys.implementation.cache_tag}.pyc"
    paths = ("-P", str(file), "-P", str(compiled))
    inject = "inject=openat:error=EIO"
    assert cannot_start(peer_program("strace"), "-f", "-qq", "-o", os.devnull, *paths, "-e", inject)


def test_a_system_without_posix_is_told_in_one_line() -> None:
    absent = "sys.modules.update(dict.fromkeys(('termios', 'tty', 'fcntl', 'pwd', 'resource')))"
    code = f"import os, sys; os.name = 'nt'; sys.platform = 'win32'; {absent}; "
    code += "from sockscope.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "sockscope: needs a POSIX system: Linux, macOS or a BSD, and this is win32\n"
