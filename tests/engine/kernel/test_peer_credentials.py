"""Who is at the other end of a UNIX socket, as the kernel says it."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sockscope.engine.kernel.peer_credentials import peer_credentials
from sockscope.net.value import Struct
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call

ME = pwd.getpwuid(os.getuid()).pw_name
CLIENT = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'x'); s.recv(1)"


@pytest.fixture
def noted() -> list[Call]:
    return []


@pytest.fixture
def pair() -> Iterator[socket.socket]:
    one, other = socket.socketpair()
    with one, other:
        yield one


def ucred(pid: int, uid: int = os.getuid(), gid: int = os.getgid()) -> Struct:
    return Struct((("pid", pid), ("uid", uid), ("gid", gid)))


def test_this_process_is_at_the_other_end_of_its_own_pair(pair: socket.socket, noted: list[Call]) -> None:
    program = Path(f"/proc/{os.getpid()}/comm").read_text().strip()
    credentials = peer_credentials(pair, noted.append)
    assert credentials == Credentials(os.getpid(), os.getuid(), os.getgid(), ME, program)
    (call,) = noted
    assert (call.name, call.fd, call.arguments, call.error) == ("getsockopt", pair.fileno(), ("SO_PEERCRED",), "")
    assert call.returned == ucred(os.getpid())
    assert str(credentials) == f"pid {os.getpid()} {program}, user {ME}"


def test_another_process_is_named_and_one_that_ended_has_no_program(tmp_path: Path, noted: list[Call]) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        server.settimeout(10)
        child = subprocess.Popen([sys.executable, "-IS", "-c", CLIENT, path])
        accepted, _ = server.accept()
        with accepted:
            accepted.settimeout(10)
            assert accepted.recv(1) == b"x"
            running = peer_credentials(accepted, noted.append)
            assert running is not None
            assert running.pid == child.pid
            assert running.program == Path(f"/proc/{child.pid}/comm").read_text().strip()
            accepted.sendall(b"y")
            assert child.wait(10) == 0
            ended = peer_credentials(accepted, noted.append)
            assert ended == Credentials(child.pid, os.getuid(), os.getgid(), ME, "")
            assert noted[-1].returned == ucred(child.pid)


def test_a_user_without_a_name_is_a_number(
    pair: socket.socket, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    credentials = peer_credentials(pair, noted.append)
    assert credentials is not None
    assert credentials.user == str(os.getuid())


def test_a_program_may_be_called_anything(pair: socket.socket, noted: list[Call]) -> None:
    comm = Path(f"/proc/{os.getpid()}/comm")
    before = comm.read_bytes().rstrip(b"\n")
    try:
        comm.write_bytes(b"a\xff\n\x1b[2J")
        credentials = peer_credentials(pair, noted.append)
    finally:
        comm.write_bytes(before)
    assert credentials is not None
    assert credentials.program == "a\\xff\n\x1b[2J"


def test_where_nobody_is_connected_the_kernel_gives_pid_0_and_that_is_nobody(noted: list[Call]) -> None:
    with socket.socket(socket.AF_UNIX) as alone:
        assert peer_credentials(alone, noted.append) is None
    (call,) = noted
    assert call.returned == ucred(0, 2**32 - 1, 2**32 - 1)  # what stands for no user


def test_other_sockets_and_systems_have_no_credentials(
    pair: socket.socket, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as tcp:
        assert peer_credentials(tcp, noted.append) is None
    monkeypatch.delattr(socket, "SO_PEERCRED")
    assert peer_credentials(pair, noted.append) is None
    assert noted == []


def test_a_closed_socket_is_an_error_in_the_fact_only(noted: list[Call]) -> None:
    one, other = socket.socketpair()
    one.close()
    other.close()
    assert peer_credentials(one, noted.append) is None
    assert [call.error for call in noted] == ["EBADF"]
