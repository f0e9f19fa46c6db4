"""Who holds a socket: found by its inode, also where processes vanish, hide, or call themselves anything."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sockscope.engine.kernel.processes import COMMAND_BYTES, holders, process
from sockscope.record.process import Holders, Process

INODE = 4711


def inode(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


def a_process(
    proc: Path, pid: int, *, comm: bytes = b"nginx\n", cmdline: bytes = b"nginx\0-g\0", sees: int = INODE
) -> Path:
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_bytes(comm)
    (folder / "cmdline").write_bytes(cmdline)
    (folder / "fd" / "3").symlink_to(f"socket:[{sees}]")
    (folder / "fd" / "4").symlink_to("/dev/null")
    return folder


def test_we_hold_our_own_socket_and_so_does_a_child() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        (ours,) = holders([inode(listening)])[inode(listening)].processes
        assert (ours.pid, ours.command[0]) == (os.getpid(), sys.orig_argv[0])
        command = [sys.executable, "-c", "input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listening.fileno()]) as child:
            both = {one.pid for one in holders([inode(listening)])[inode(listening)].processes}
            child.communicate(b"\n")
    assert both == {os.getpid(), child.pid}


def test_each_inode_has_its_own_holders(tmp_path: Path) -> None:
    a_process(tmp_path, 7)
    a_process(tmp_path, 8, sees=5)
    (tmp_path / "self").mkdir()
    (tmp_path / "9").mkdir()  # has ended
    found = holders([INODE, 5, 6], tmp_path)
    assert {inode: [one.pid for one in who.processes] for inode, who in found.items()} == {INODE: [7], 5: [8], 6: []}
    assert not found[6].hidden


def test_what_may_not_be_looked_at_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = a_process(tmp_path, 7) / "fd"
    a_process(tmp_path, 8)
    looked = os.scandir

    def scandir(path: Path) -> object:
        if path == hidden:
            raise PermissionError
        return looked(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (one,) = holders([INODE], tmp_path).values()
    assert ([one.pid for one in one.processes], one.hidden) == ([8], True)


def test_without_a_proc_nobody_is_seen(tmp_path: Path) -> None:
    assert holders([1], tmp_path / "none") == {1: Holders()}


def test_of_a_process_that_has_ended_the_number_is_left(tmp_path: Path) -> None:
    assert process(7, tmp_path) == Process(7, "", "", ())
    assert str(process(7, tmp_path)) == "pid 7"


def test_names_and_arguments_may_be_anything(tmp_path: Path) -> None:
    a_process(tmp_path, 7, comm=b"\x1b[2J\xff\n", cmdline=b"a b\0\xff\0" + b"x" * 2 * COMMAND_BYTES)
    found = process(7, tmp_path)
    assert (found.program, found.command[:2]) == ("\x1b[2J\\xff", ("a b", "\\xff"))
    assert sum(map(len, found.command)) < 2 * COMMAND_BYTES
