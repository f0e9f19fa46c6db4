"""What a listener answers by itself: silence, echo, the time and files."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.listen.responders.responder import (
    RESPONDERS,
    Maker,
    Recipe,
    ResponderError,
    Response,
    echo,
    make,
    silent,
    time_bytes,
)
from tests.engine.replies import give

KINDS = pytest.mark.parametrize("datagrams", [False, True], ids=["stream", "datagrams"])


@KINDS
@pytest.mark.parametrize("maker", [silent, make("none")])
def test_silence_answers_nothing(maker: Maker, datagrams: bool) -> None:
    assert maker(datagrams).arrived() is None
    assert give(maker(datagrams), b"hello") is None


@KINDS
@pytest.mark.parametrize("maker", [echo, make("echo")])
@given(data=st.binary())
def test_echo_answers_with_the_same_bytes_in_memory_of_its_own(maker: Maker, datagrams: bool, data: bytes) -> None:
    assert maker(datagrams).arrived() is None
    assert give(maker(datagrams), data) == Response(data)


@pytest.mark.parametrize(
    ("now_s", "data"),
    [
        (-2_208_988_800, "00000000"),
        (0, "83aa7e80"),
        (0.999, "83aa7e80"),
        (1_700_000_000, "e8fe6f80"),
        (2_085_978_495, "ffffffff"),
        (2_085_978_496, "00000000"),
    ],
)
def test_time_is_in_seconds_since_1900(now_s: float, data: str) -> None:
    assert time_bytes(now_s) == bytes.fromhex(data)


def test_time_is_sent_on_arrival_and_then_finished() -> None:
    responder = make("time", clock=lambda: 0.0)(False)
    assert responder.arrived() == Response(b"\x83\xaa\x7e\x80", finish=True)
    assert give(responder, b"x") is None


def test_every_datagram_gets_the_time_of_its_own() -> None:
    clock = iter([0.0, 1.5])
    responder = make("time", clock=lambda: next(clock))(True)
    assert responder.arrived() is None
    assert give(responder, b"") == Response(b"\x83\xaa\x7e\x80")
    assert give(responder, b"x") == Response(b"\x83\xaa\x7e\x81")


def test_file_is_sent_on_arrival_or_for_each_datagram(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    recipe = make("file", path=path)
    assert recipe(False).arrived() == Response(path, finish=True)
    assert give(recipe(False), b"x") is None
    responder = recipe(True)
    assert responder.arrived() is None
    assert [give(responder, b""), give(responder, b"x")] == [Response(path), Response(path)]


@pytest.mark.timeout(5)
@pytest.mark.parametrize("name", ["", "missing", "file/below", "fifo", "nul\0", "x" * 300])
def test_what_is_no_readable_regular_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ResponderError, match="regular file"):
        make("file", path=tmp_path / name)


def test_file_needs_a_path() -> None:
    with pytest.raises(ResponderError, match="regular file"):
        make("file")


def test_every_name_makes_a_responder_without_a_fault() -> None:
    for name in RESPONDERS:
        recipe: Recipe = make(name, path=Path(__file__))
        assert recipe.fault == ""
        assert recipe(True) is not None
    with pytest.raises(ResponderError, match="none, echo, canned, http, file, time, words, chat"):
        make("chargen")
