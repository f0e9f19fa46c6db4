"""What the kernel holds right before a close: in bytes of the stream, also behind our own end of stream."""

import socket
import sys

import pytest

from sockscope.engine.kernel.leftover import leftover
from sockscope.record.fact import Call
from tests.engine.loopback import SMALL_BUFFER, connected_pair


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_our_end_of_stream_is_no_byte_that_was_not_acknowledged() -> None:
    with connected_pair() as (ours, theirs):
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            while ours.send(bytes(SMALL_BUFFER)):
                pass
        noted: list[Call] = []
        before = leftover(ours, noted.append, finished=False)
        ours.shutdown(socket.SHUT_WR)
        after = leftover(ours, noted.append, finished=True)
        assert before.unacknowledged_bytes
        assert after == before
        assert [call.returned for call in noted] == [before.unacknowledged_bytes, before.unacknowledged_bytes + 1]
        assert noted[-1].note.endswith("our end of stream counted as one")
