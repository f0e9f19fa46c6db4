"""What waits to be sent: in order, bounded, and files read only as they are taken."""

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.outgoing import LIMIT_BYTES, PIECE_BYTES, OpenFile, Outgoing
from sockscope.record.recorder.outgoing import OutgoingRecorder
from sockscope.record.transfer import Transfer


def opened(file: BinaryIO) -> OpenFile:
    """A file as the queue takes it."""
    return OpenFile(file, Transfer("a file", 0, 0))


def take(outgoing: Outgoing, at_most: int) -> bytes:
    """Take some of the next piece, as the kernel does."""
    piece = bytes(outgoing.peek()[:at_most])
    if piece:
        outgoing.taken(len(piece))
    return piece


def take_all(outgoing: Outgoing) -> bytes:
    return b"".join(iter(lambda: take(outgoing, PIECE_BYTES), b""))


items = st.lists(st.tuples(st.sampled_from(["memory", "file"]), st.binary(max_size=1000)), max_size=10)


@given(items, st.lists(st.integers(1, 400), max_size=200))
def test_whatever_the_kernel_takes_the_bytes_come_out_in_order(
    items: list[tuple[str, bytes]], takes: list[int]
) -> None:
    outgoing = Outgoing(OutgoingRecorder())
    for kind, data in items:
        if kind == "memory":
            assert outgoing.add(data)
        else:
            outgoing.add_file(opened(io.BytesIO(data)))
    came = b"".join(take(outgoing, size_bytes) for size_bytes in takes) + take_all(outgoing)
    assert came == b"".join(data for _, data in items)
    assert not outgoing
    assert outgoing.size_bytes == 0


def test_an_empty_queue_has_nothing() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    assert not outgoing
    assert bytes(outgoing.peek()) == b""


def test_no_bytes_are_nothing_to_queue() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    assert outgoing.add(b"")
    assert not outgoing


def test_bytes_fit_up_to_the_limit_and_are_refused_whole_beyond_it() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    assert outgoing.add(bytes(LIMIT_BYTES - 10))
    assert not outgoing.add(bytes(11))
    assert outgoing.size_bytes == LIMIT_BYTES - 10
    assert outgoing.add(bytes(10))
    assert not outgoing.add(b"x")
    assert outgoing.size_bytes == LIMIT_BYTES


def test_what_was_taken_makes_room() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add(bytes(LIMIT_BYTES))
    take(outgoing, 100)
    assert outgoing.add(bytes(100))
    assert not outgoing.add(b"x")


def test_a_piece_is_never_larger_than_one_call_should_be_offered() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add(bytes(PIECE_BYTES * 3))
    assert len(outgoing.peek()) == PIECE_BYTES


def test_a_large_file_is_held_one_piece_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(100 * LIMIT_BYTES)
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add_file(opened(path.open("rb")))
    assert outgoing.size_bytes == 0, "nothing is read before it is asked for"
    for _ in range(10):
        assert len(take(outgoing, PIECE_BYTES)) == PIECE_BYTES
        assert outgoing.size_bytes <= PIECE_BYTES
    outgoing.clear()


def test_a_file_is_closed_when_it_is_read_to_its_end() -> None:
    file = io.BytesIO(b"content")
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add_file(opened(file))
    assert take_all(outgoing) == b"content"
    assert file.closed


def test_a_file_that_is_dropped_is_closed_and_what_follows_comes_next() -> None:
    file = io.BytesIO(b"content")
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add_file(opened(file))
    outgoing.add(b"next")
    assert take(outgoing, 3) == b"con"
    outgoing.drop_file("given up")
    assert file.closed
    assert outgoing.size_bytes == 4
    assert take_all(outgoing) == b"next"


def test_forgetting_everything_closes_the_files() -> None:
    files = [io.BytesIO(b"one"), io.BytesIO(b"two")]
    outgoing = Outgoing(OutgoingRecorder())
    outgoing.add(b"memory")
    for file in files:
        outgoing.add_file(opened(file))
    outgoing.add(b"memory")
    outgoing.clear()
    assert not outgoing
    assert outgoing.size_bytes == 0
    assert all(file.closed for file in files)


def test_a_file_that_cannot_be_read_says_so() -> None:
    outgoing = Outgoing(OutgoingRecorder())
    with Path("/proc/self/mem").open("rb") as unreadable:  # nothing is mapped at address 0: EIO
        outgoing.add_file(opened(unreadable))
        with pytest.raises(OSError):
            outgoing.peek()
