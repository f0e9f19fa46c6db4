"""Files that one connected socket sends: each whole and in order, or what is wrong with it is said."""

import os
from pathlib import Path

from sockscope.engine.engine import Engine
from sockscope.engine.settings import QUEUE_BYTES
from sockscope.record.conversation import State
from tests.conftest import wait_until
from tests.engine.loopback import DATA, MIB, dialled, ended, files_open, read_exactly, read_to_end, refusals, stall


def test_a_file_is_sent_whole_and_then_our_end(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"before:")
        engine.send_file(conversation, path)
        engine.send(conversation, b":after")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"before:" + DATA + b":after"
        wait_until(lambda: conversation.state is State.WE_FINISHED)
        assert files_open(path) == 0
        assert conversation.outgoing.queued_bytes == 0


def test_a_file_of_no_bytes_sends_nothing_and_holds_nothing_up(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.send(conversation, b"after")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"after"
        assert files_open(path) == 0


def test_a_missing_file_is_said_to_be_missing_and_the_conversation_lives(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "missing"
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.send(conversation, b"after")
        assert read_exactly(peer, 5) == b"after"
        (said,) = refusals(conversation)
        assert (said.about, said.error) == ((path,), "ENOENT")


def test_a_directory_is_no_file_to_send(engine: Engine, tmp_path: Path) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, tmp_path)
        engine.send(conversation, b"after")
        assert read_exactly(peer, 5) == b"after"
        (said,) = refusals(conversation)
        assert said.about == (tmp_path,)
        assert said.error


def test_files_that_break_while_they_are_read_do_not_break_the_conversation(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 8 * MIB)
        for _ in range(2):
            engine.send_file(conversation, Path("/proc/self/mem"))  # nothing is mapped at address 0: EIO
        engine.send(conversation, b"after")
        read_exactly(peer, 8 * MIB)
        assert read_exactly(peer, 5) == b"after"
        assert [call.error for call in refusals(conversation)] == ["EIO", "EIO"]
        assert conversation.state is State.CONNECTED


def test_a_path_that_no_file_can_have_is_said_not_to_be_sent(engine: Engine) -> None:
    with dialled(engine) as (conversation, _peer):
        engine.send_file(conversation, Path("a\0b"))
        wait_until(lambda: refusals(conversation), 2.0)


def test_a_pipe_without_a_writer_does_not_stop_the_engine(engine: Engine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with dialled(engine) as (conversation, _), dialled(engine) as (other, peer):
        engine.send_file(conversation, pipe)
        engine.send(other, b"alive")
        try:
            wait_until(lambda: other.flow.bytes_out == 5, 1.0, "another conversation goes on")
            assert read_exactly(peer, 5) == b"alive"
        finally:
            os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # lets go whoever waits for a writer


def test_a_file_of_many_gigabytes_flows_in_little_memory_and_can_be_cancelled(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(50 * 1024 * MIB)
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        read_exactly(peer, 20 * MIB)
        assert files_open(path) == 1
        assert conversation.outgoing.queued_bytes <= QUEUE_BYTES
        engine.close(conversation)
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US
        assert files_open(path) == 0
        assert len(read_to_end(peer)) + 20 * MIB == conversation.flow.bytes_out < 50 * 1024 * MIB


def test_a_file_that_shrinks_while_it_is_sent_ends_where_it_ends(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(DATA)
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.outgoing.blocked_at_ns)
        path.write_bytes(b"")
        received = read_to_end(peer)
        assert 0 < len(received) < len(DATA)
        assert received == DATA[: len(received)]
        wait_until(lambda: conversation.state is State.WE_FINISHED)
