"""Paths of UNIX sockets: who is there is found out without being noticed, and only what is ours is removed."""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from sockscope.engine.kernel.unix_path import OwnPath, PathState, autobind, probe, remove_stale, sockaddr
from sockscope.net.endpoint import endpoint, written
from sockscope.record.fact import Call
from tests.facts import at

STREAM, DATAGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "s")


@pytest.fixture
def noted() -> list[Call]:
    return []


def bound(path: str, type: socket.SocketKind = STREAM) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, type)
    made.bind(path)
    return made


def left_behind(path: str, type: socket.SocketKind = STREAM) -> None:
    bound(path, type).close()


# What is at a path.


def test_where_nothing_is_is_free(path: str, noted: list[Call]) -> None:
    assert probe(path, noted.append) is PathState.FREE
    assert noted == []


@pytest.mark.parametrize("type", [STREAM, DATAGRAM, SEQPACKET])
def test_what_was_left_behind_is_stale(path: str, type: socket.SocketKind, noted: list[Call]) -> None:
    left_behind(path, type)
    assert probe(path, noted.append) is PathState.STALE
    assert os.path.lexists(path)
    fd = noted[0].returned
    assert [(call.name, call.fd, call.arguments, call.error) for call in noted] == [
        ("socket", -1, ("AF_UNIX", "SOCK_DGRAM"), ""),
        ("connect", fd, (at(path),), "ECONNREFUSED"),
        ("close", fd, (), ""),
    ]


@pytest.mark.parametrize("type", [STREAM, SEQPACKET])
def test_a_listener_is_live_and_notices_nothing(path: str, type: socket.SocketKind, noted: list[Call]) -> None:
    with bound(path, type) as server:
        assert probe(path, noted.append) is PathState.LIVE, "between bind and listen"
        server.listen()
        server.setblocking(False)
        assert probe(path, noted.append) is PathState.LIVE
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_listener_with_a_full_queue_is_live(path: str, noted: list[Call]) -> None:
    with bound(path) as server, ExitStack() as stack:
        server.listen(0)
        with pytest.raises(BlockingIOError):
            while True:
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(path)
        assert probe(path, noted.append) is PathState.LIVE


def test_a_datagram_socket_is_live_also_when_it_is_connected_to_another(
    path: str, tmp_path: Path, noted: list[Call]
) -> None:
    with bound(path, DATAGRAM) as one, bound(str(tmp_path / "other"), DATAGRAM) as other:
        assert probe(path, noted.append) is PathState.LIVE
        one.connect(other.getsockname())
        assert probe(path, noted.append) is PathState.LIVE
        assert noted[-2].error == "EPERM"
        one.setblocking(False)
        with pytest.raises(BlockingIOError):
            one.recv(1)


def test_what_is_no_socket_is_said_so_and_a_link_is_not_followed(tmp_path: Path, path: str, noted: list[Call]) -> None:
    left_behind(path)
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    for name in ("link", "dangling", "file", "."):
        assert probe(str(tmp_path / name), noted.append) is PathState.NO_SOCKET
        assert not remove_stale(str(tmp_path / name), noted.append)
        assert os.path.lexists(tmp_path / name)
    assert noted == []
    assert os.path.lexists(path)


def test_a_socket_of_another_user_is_left_alone(path: str, noted: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(path)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert probe(path, noted.append) is PathState.FOREIGN
    assert not remove_stale(path, noted.append)
    assert noted == []
    assert os.path.lexists(path)


@pytest.mark.parametrize("text", ["", "@name", "\0name", "a\0b", "x" * 5000, "\udfff\ud800", "/dev/null/s"])
def test_what_cannot_be_examined_is_unknown(text: str, noted: list[Call]) -> None:
    assert probe(text, noted.append) is PathState.UNKNOWN
    assert not remove_stale(text, noted.append)
    assert noted == []


def test_an_abstract_name_is_not_probed_even_where_a_file_has_that_name(
    tmp_path: Path, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    left_behind("@s")
    assert probe("@s", noted.append) is PathState.UNKNOWN
    assert probe("./@s", noted.append) is PathState.STALE


def test_a_path_too_long_for_a_socket_is_unknown(
    tmp_path: Path, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    left_behind("s")
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    (tmp_path / "s").rename(deep / "s")
    assert probe(str(deep / "s"), noted.append) is PathState.UNKNOWN
    assert [call.name for call in noted] == ["socket", "connect", "close"]


def test_without_a_descriptor_to_probe_with_it_is_unknown(
    path: str, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> socket.socket:
        raise OSError(24, "Too many open files")

    left_behind(path)
    monkeypatch.setattr(socket, "socket", none_left)
    assert probe(path, noted.append) is PathState.UNKNOWN
    assert [call.error for call in noted] == ["EMFILE"]


# Removing what was left behind.


def test_what_is_stale_is_removed_and_can_be_bound_again(path: str, noted: list[Call]) -> None:
    left_behind(path)
    assert remove_stale(path, noted.append)
    assert (noted[-1].name, noted[-1].arguments, noted[-1].returned) == ("unlink", (Path(path),), 0)
    assert [call.name for call in noted] == ["socket", "connect", "close", "unlink"]
    bound(path).close()


def test_what_is_live_or_free_is_not_removed(path: str, noted: list[Call]) -> None:
    assert not remove_stale(path, noted.append)
    with bound(path):
        assert not remove_stale(path, noted.append)
        assert os.path.lexists(path)
    assert "unlink" not in [call.name for call in noted]


def replace_with_file(path: str) -> None:
    Path(path).unlink()
    Path(path).touch()


def replace_with_socket(path: str) -> None:
    Path(path).unlink()
    left_behind(path)


@pytest.mark.parametrize("replace", [replace_with_file, replace_with_socket])
def test_what_took_the_place_during_the_probe_is_not_removed(path: str, replace: Callable[[str], None]) -> None:
    def note(call: Call) -> None:
        assert call.name != "unlink"
        if call.name == "connect":
            replace(path)

    left_behind(path)
    assert not remove_stale(path, note)
    assert os.path.lexists(path)


def test_what_disappeared_during_the_probe_is_no_error(path: str) -> None:
    left_behind(path)
    assert not remove_stale(path, lambda call: call.name == "connect" and Path(path).unlink())


def test_a_path_that_may_not_be_unlinked_is_an_error_and_a_fact(
    path: str, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    left_behind(path)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        remove_stale(path, noted.append)
    assert (noted[-1].name, noted[-1].error) == ("unlink", "EACCES")


# Removing our own.


def test_our_own_path_is_removed_once(path: str, noted: list[Call]) -> None:
    with bound(path):
        own = OwnPath(path)
        Path(path).chmod(0o600)
        other_name = Path(f"{path}.other")
        other_name.hardlink_to(path)
        own.remove(noted.append)
        assert not os.path.lexists(path)
        other_name.rename(path)  # as if its number had been given to another file
        own.remove(noted.append)
        assert os.path.lexists(path)
    assert [(call.name, call.arguments, call.returned) for call in noted] == [("unlink", (Path(path),), 0)]


def replace_with_link(path: str) -> None:
    Path(path).symlink_to(Path(path).rename(f"{path}.moved"))


@pytest.mark.parametrize("replace", [replace_with_file, replace_with_socket, replace_with_link])
def test_what_took_the_place_of_our_own_path_stays(
    path: str, replace: Callable[[str], None], noted: list[Call]
) -> None:
    with bound(path):
        own = OwnPath(path)
        replace(path)
        own.remove(noted.append)
    assert os.path.lexists(path)
    assert noted == []


def test_a_path_that_is_gone_already_is_nothing_to_do(path: str, noted: list[Call]) -> None:
    with bound(path):
        own = OwnPath(path)
        Path(path).unlink()
        own.remove(noted.append)
    assert noted == []


def test_a_path_that_cannot_be_removed_is_a_fact_and_no_more(
    path: str, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with bound(path):
        own = OwnPath(path)
        monkeypatch.setattr(Path, "unlink", refuse)
        own.remove(noted.append)
    assert [call.error for call in noted] == ["EACCES"]


@pytest.mark.parametrize("name", ["@s", "\0s"])
def test_an_abstract_name_is_never_removed(
    tmp_path: Path, name: str, noted: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("@s").touch()
    OwnPath(name).remove(noted.append)
    assert Path("@s").exists()
    assert noted == []


# Names.


def test_a_client_with_a_name_from_the_kernel_can_be_answered(path: str, noted: list[Call]) -> None:
    with bound(path, DATAGRAM) as server, socket.socket(socket.AF_UNIX, DATAGRAM) as client:
        name = autobind(client, noted.append)
        assert name.path == written(client.getsockname())
        assert name.is_abstract
        assert len(name.path) == 6
        fd = client.fileno()
        assert [(call.name, call.fd, call.arguments, call.returned) for call in noted] == [
            ("bind", fd, (endpoint(None),), 0),
            ("getsockname", fd, (), name),
        ]
        client.sendto(b"question", path)
        assert endpoint(server.recvfrom(100)[1]) == name
        server.sendto(b"answer", sockaddr(name.path))
        assert client.recvfrom(100) == (b"answer", path)


def test_a_system_without_abstract_names_gives_none(noted: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with socket.socket(socket.AF_UNIX, DATAGRAM) as client:
        assert autobind(client, noted.append) == endpoint(None)
        assert client.getsockname() == ""
    assert noted == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, ""),
        ("", ""),
        (b"", ""),
        ("/run/x.sock", "/run/x.sock"),
        (b"\0name", "@name"),
        ("\0name", "@name"),
        (b"\0n\xc3\xa4me", "@näme"),
        (b"\0\xff\x00x", "@\\xff\0x"),
        ("/run/\udcff", "/run/\\xff"),
        ("@file", "./@file"),
    ],
)
def test_names_are_written_as_people_write_them(given: str | bytes | None, text: str) -> None:
    assert written(given) == text


def test_what_the_kernel_gives_can_be_written(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff"
    with socket.socket(socket.AF_UNIX, DATAGRAM) as server, socket.socket(socket.AF_UNIX, DATAGRAM) as client:
        server.bind(path)
        assert written(server.getsockname()) == f"{tmp_path}/\\xff"
        client.sendto(b"x", path)
        assert written(server.recvfrom(1)[1]) == ""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(b"\0\xfe")
        assert written(server.getsockname()) == "@\\xfe"


def test_a_path_as_people_write_it_becomes_what_bind_takes() -> None:
    assert sockaddr("/run/x.sock") == "/run/x.sock"
    assert sockaddr("./@x") == "./@x"
    assert sockaddr("@näme") == "\0näme"
