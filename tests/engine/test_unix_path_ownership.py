"""Whose the path of a UNIX socket is: ours goes with its socket, and what is not ours is never touched."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.listener import ListenerState
from sockscope.show.step import exactly
from tests.conftest import wait_until
from tests.engine.loopback import all_calls, calls, run_apart
from tests.engine.unix_peers import DATAGRAM, STREAM, both_kinds, listen, opened, peer, stopped


def left_behind(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


@both_kinds
def test_what_was_left_behind_is_offered_and_removed_only_when_asked(engine: Engine, path: str, kind: str) -> None:
    left_behind(path)
    assert opened(engine, path).error == "ECONNREFUSED"
    listener = listen(engine, path, kind)
    assert (listener.state, listener.error, listener.stale_path) == (ListenerState.FAILED, "EADDRINUSE", path)
    assert exactly(listener) == f"{path} was left behind, nobody has a socket there any more"
    assert Path(path).is_socket()
    again = listen(engine, path, kind, remove_stale=True)
    assert (again.state, again.stale_path) == (ListenerState.LISTENING, "")
    assert [call.arguments for call in calls(again, "unlink")] == [(Path(path),)]
    stopped(engine, again)
    assert not Path(path).exists()


def a_file(path: str) -> None:
    Path(path).write_text("precious")


def a_link(path: str) -> None:
    left_behind(f"{path}.target")
    Path(path).symlink_to(f"{path}.target")


def of_another_user(path: str) -> None:
    if os.geteuid():
        pytest.skip("only root can give a path away")
    left_behind(path)
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize("remove_stale", [False, True])
@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (a_file, "is not a socket"),
        (a_link, "is not a socket"),
        (of_another_user, "belongs to another user"),
    ],
)
def test_what_is_not_ours_is_never_touched(
    engine: Engine, path: str, put: Callable[[str], None], reason: str, remove_stale: bool
) -> None:
    put(path)
    before = os.lstat(path)
    listener = listen(engine, path, remove_stale=remove_stale)
    assert (listener.error, exactly(listener), listener.stale_path) == ("EADDRINUSE", f"{path} {reason}", "")
    assert calls(listener, "unlink") == []
    assert (os.lstat(path).st_ino, os.lstat(path).st_uid) == (before.st_ino, before.st_uid)


@pytest.mark.parametrize("remove_stale", [False, True])
@pytest.mark.parametrize("type", [STREAM, DATAGRAM])
def test_a_live_path_is_left_to_who_has_it(
    engine: Engine, path: str, type: socket.SocketKind, remove_stale: bool
) -> None:
    with peer(path, type) as live:
        listener = listen(engine, path, remove_stale=remove_stale)
        assert (listener.error, exactly(listener)) == (
            "EADDRINUSE",
            f"{path} is in use, somebody has a socket there",
        )
        assert listener.stale_path == ""
        live.setblocking(False)
        with pytest.raises(BlockingIOError):
            live.accept() if type is STREAM else live.recv(1)
        assert Path(path).is_socket()


def test_an_abstract_name_in_use_is_said(engine: Engine, path: str) -> None:
    with peer(f"@{path}", STREAM):
        listener = listen(engine, f"@{path}", remove_stale=True)
        assert (listener.error, listener.reason) == ("EADDRINUSE", "")


@both_kinds
def test_our_path_goes_with_the_listener_or_the_engine_while_its_socket_is_still_open(
    engine: Engine, path: str, tmp_path: Path, kind: str
) -> None:
    odd = str(tmp_path / "\udcff")  # a byte that is no UTF-8
    names = [path, f"{path}.2", odd]
    listeners = [listen(engine, one, kind) for one in names]
    assert all(map(os.path.lexists, names))
    stopped(engine, listeners[0])
    assert [call.name for call in all_calls(listeners[0].facts)][-2:] == ["unlink", "close"]
    assert [os.path.lexists(one) for one in names] == [False, True, True]
    engine.stop()
    assert [os.path.lexists(one) for one in names] == [False, False, False]


@pytest.mark.parametrize("replace", [a_file, left_behind])
def test_what_took_the_place_of_our_path_stays(engine: Engine, path: str, replace: Callable[[str], None]) -> None:
    listener = listen(engine, path)
    Path(path).unlink()
    replace(path)
    stopped(engine, listener)
    assert os.path.lexists(path)
    assert calls(listener, "unlink") == []


def test_a_source_path_is_ours_too(engine: Engine, path: str) -> None:
    with peer(path):
        ours = opened(engine, path, "unixgram", source=Address(f"{path}.mine", 0, "unixgram"))
        assert Path(f"{path}.mine").is_socket()
        engine.close(ours)
        wait_until(lambda: not ours.state.live)
        assert not Path(f"{path}.mine").exists()


def test_a_missing_directory_is_said_on_both_sides(engine: Engine, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none" / "s")
    assert (opened(engine, nowhere).error, listen(engine, nowhere).error) == ("ENOENT", "ENOENT")


def use_a_closed_directory() -> None:
    directory = tempfile.mkdtemp()
    left_behind(f"{directory}/s")
    Path(directory).chmod(0)
    root = os.geteuid() == 0
    engine = Engine()
    try:
        if root:
            os.seteuid(65534)
        engine.start()
        for one in (opened(engine, f"{directory}/s"), listen(engine, f"{directory}/s", remove_stale=True)):
            assert one.error == "EACCES", one.error
        assert listen(engine, f"{directory}/new").error == "EACCES"
    finally:
        engine.stop()
        if root:
            os.seteuid(0)
        Path(directory).chmod(0o700)
        shutil.rmtree(directory)


def test_a_directory_that_is_closed_to_us_is_said() -> None:
    run_apart(use_a_closed_directory)
