"""What waits to be sent: in order, bounded, and files read only as they are taken."""

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.send_queue import PIECE_BYTES, OpenFile, SendQueue
from sockscope.engine.settings import QUEUE_BYTES
from sockscope.record.recorder.outgoing import OutgoingRecorder
from sockscope.record.transfer import Transfer


def opened(file: BinaryIO) -> OpenFile:
    """A file as the queue takes it."""
    return OpenFile(file, Transfer("a file", 0, 0))


def take(queue: SendQueue, at_most: int) -> bytes:
    """Take some of the next piece, as the kernel does."""
    piece = bytes(queue.peek()[:at_most])
    if piece:
        queue.taken(len(piece))
    return piece


def take_all(queue: SendQueue) -> bytes:
    return b"".join(iter(lambda: take(queue, PIECE_BYTES), b""))


items = st.lists(st.tuples(st.sampled_from(["memory", "file"]), st.binary(max_size=1000)), max_size=10)


@given(items, st.lists(st.integers(1, 400), max_size=200))
def test_whatever_the_kernel_takes_the_bytes_come_out_in_order(
    items: list[tuple[str, bytes]], takes: list[int]
) -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    for kind, data in items:
        if kind == "memory":
            assert queue.add(data)
        else:
            queue.add_file(opened(io.BytesIO(data)))
    came = b"".join(take(queue, size_bytes) for size_bytes in takes) + take_all(queue)
    assert came == b"".join(data for _, data in items)
    assert not queue
    assert queue.size_bytes == 0


def test_an_empty_queue_has_nothing() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    assert not queue
    assert bytes(queue.peek()) == b""


def test_no_bytes_are_nothing_to_queue() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    assert queue.add(b"")
    assert not queue


def test_bytes_fit_up_to_the_limit_and_are_refused_whole_beyond_it() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    assert queue.add(bytes(QUEUE_BYTES - 10))
    assert not queue.add(bytes(11))
    assert queue.size_bytes == QUEUE_BYTES - 10
    assert queue.add(bytes(10))
    assert not queue.add(b"x")
    assert queue.size_bytes == QUEUE_BYTES


def test_what_was_taken_makes_room() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add(bytes(QUEUE_BYTES))
    take(queue, 100)
    assert queue.add(bytes(100))
    assert not queue.add(b"x")


def test_a_piece_is_never_larger_than_one_call_should_be_offered() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add(bytes(PIECE_BYTES * 3))
    assert len(queue.peek()) == PIECE_BYTES


def test_a_large_file_is_held_one_piece_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(100 * QUEUE_BYTES)
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add_file(opened(path.open("rb")))
    assert queue.size_bytes == 0, "nothing is read before it is asked for"
    for _ in range(10):
        assert len(take(queue, PIECE_BYTES)) == PIECE_BYTES
        assert queue.size_bytes <= PIECE_BYTES
    queue.clear()


def test_a_file_is_closed_when_it_is_read_to_its_end() -> None:
    file = io.BytesIO(b"content")
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add_file(opened(file))
    assert take_all(queue) == b"content"
    assert file.closed


def test_a_file_that_is_dropped_is_closed_and_what_follows_comes_next() -> None:
    file = io.BytesIO(b"content")
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add_file(opened(file))
    queue.add(b"next")
    assert take(queue, 3) == b"con"
    queue.drop_file("given up")
    assert file.closed
    assert queue.size_bytes == 4
    assert take_all(queue) == b"next"


def test_forgetting_everything_closes_the_files() -> None:
    files = [io.BytesIO(b"one"), io.BytesIO(b"two")]
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add(b"memory")
    for file in files:
        queue.add_file(opened(file))
    queue.add(b"memory")
    queue.clear()
    assert not queue
    assert queue.size_bytes == 0
    assert all(file.closed for file in files)


def test_a_file_that_cannot_be_read_says_so() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    with Path("/proc/self/mem").open("rb") as unreadable:  # nothing is mapped at address 0: EIO
        queue.add_file(opened(unreadable))
        with pytest.raises(OSError):
            queue.peek()
