"""What is said to have arrived: the kernel's own word, in bytes of the stream, never more and never stale unsaid."""

import pytest

from sockscope.record.leftover import Leftover
from sockscope.show.acknowledged import acknowledged, briefly_acknowledged, exactly_acknowledged, unacknowledged_bytes
from sockscope.show.steps import client_steps
from tests.facts import RECORDER
from tests.show.kernel.views import looked
from tests.show.made import NOW_NS, SECOND, connected, send


def test_a_kernel_that_does_not_tell_says_nothing() -> None:
    conversation = connected()
    send(conversation, b"x" * 1204)
    assert (acknowledged(conversation), exactly_acknowledged(conversation, NOW_NS)) == (None, "")
    looked(conversation)
    assert briefly_acknowledged(conversation) == ""


@pytest.mark.parametrize(
    ("accepted", "state", "counted"), [(False, "ESTAB", 1), (True, "ESTAB", 0), (True, "FIN-WAIT-2", 1)]
)
def test_syn_and_fin_are_no_bytes(accepted: bool, state: str, counted: int) -> None:
    conversation = connected()
    conversation.target = "" if accepted else "example.com:80"
    send(conversation, b"x" * 1204)
    looked(conversation, state=state, bytes_acked=1000 + counted)
    assert exactly_acknowledged(conversation, NOW_NS) == "1,000 of the 1,204 bytes that our kernel took"
    assert briefly_acknowledged(conversation) == "→ 1000 B acknowledged"
    looked(conversation, state=state, bytes_acked=1204 + counted)
    assert exactly_acknowledged(conversation, NOW_NS) == "all 1,204 bytes that our kernel took"


def test_what_is_old_says_how_old() -> None:
    conversation = connected()
    send(conversation, b"x" * 100)
    looked(conversation, NOW_NS - 4 * SECOND, bytes_acked=51, send_queue_bytes=50)
    assert exactly_acknowledged(conversation, NOW_NS).endswith(", 4.0 s ago")
    assert unacknowledged_bytes(conversation, NOW_NS) == 0
    assert unacknowledged_bytes(conversation, NOW_NS - 3 * SECOND) == 50


def test_at_the_end_the_latest_word_is_that_of_the_close() -> None:
    conversation = connected()
    send(conversation, b"x" * 100)
    looked(conversation, NOW_NS - 4 * SECOND, bytes_acked=1)
    RECORDER.left(conversation, Leftover(0, 30))
    assert exactly_acknowledged(conversation, NOW_NS).startswith("0 of the 100 bytes"), "it is not closed yet"
    RECORDER.closed(conversation)
    assert exactly_acknowledged(conversation, NOW_NS) == "70 of the 100 bytes that our kernel took"


def test_where_it_broke_off_the_latest_look_says_when_it_was() -> None:
    conversation = connected()
    send(conversation, b"x" * 100)
    looked(conversation, NOW_NS - 4 * SECOND, bytes_acked=1)
    RECORDER.reset_by_peer(conversation)
    conversation.ended_at_ns = NOW_NS - SECOND
    assert exactly_acknowledged(conversation, NOW_NS).endswith("took, 3.0 s before the end")


def test_the_rail_tells_it_behind_all_else() -> None:
    conversation = connected()
    send(conversation, b"x" * 100)
    looked(conversation, bytes_acked=51)
    exchange = client_steps(conversation, NOW_NS)[3]
    assert exchange.detail == "→ 100 B in 1 · ← 0 B in 0 · → 50 B acknowledged"
