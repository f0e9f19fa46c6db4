"""A send that stalls says who takes no more, since when, where the bytes are, and what can be done."""

import pytest

from sockscope.record.conversation import Conversation
from sockscope.record.kernel_view import KernelHistory, KernelView
from sockscope.record.transfer import Transfer
from sockscope.show.stalled import STALLED_NS, stalled
from tests.facts import RECORDER
from tests.show.kernel.views import SILENT
from tests.show.made import NOW_NS, SECOND, connected, send


def held_up(waits_ns: int, view: KernelView | None) -> Conversation:
    conversation = connected()
    send(conversation, b"x" * 1204)
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 500, NOW_NS - waits_ns
    if view:
        conversation.kernel = KernelHistory()
        conversation.kernel.add(view)
    return conversation


@pytest.mark.parametrize(
    ("view", "who"),
    [
        (None, "the peer's program seems not to read: our send buffer is full"),
        (SILENT, "the peer's program seems not to read: our send buffer is full"),
        (SILENT._replace(timer="zero window probe"), "the peer's program does not read: its receive buffer is full"),
        (
            SILENT._replace(tcp=SILENT.tcp._replace(send_window_bytes=0)),
            "the peer's program does not read: its receive buffer is full",
        ),
        (SILENT._replace(timer="retransmit", timer_tries=2), "nothing is acknowledged, and our kernel sends again"),
    ],
)
def test_who_takes_no_more_is_said_as_far_as_the_kernel_tells(view: KernelView | None, who: str) -> None:
    said = stalled(held_up(12 * SECOND, view), NOW_NS)
    assert said.startswith(f"Stalled for 12.0 s: {who}")
    assert "Our kernel took 1,204 bytes; 500 bytes wait here." in said
    assert said.endswith("a close loses the 500 bytes.")


def test_what_the_peers_kernel_has_is_told_apart_from_what_ours_took() -> None:
    acknowledged = SILENT._replace(tcp=SILENT.tcp._replace(bytes_acked=701))
    assert "took 1,204 bytes, the peer's acknowledged 700; 500" in stalled(held_up(12 * SECOND, acknowledged), NOW_NS)


def test_a_moment_is_not_stalled_nor_is_what_has_ended() -> None:
    assert stalled(held_up(STALLED_NS, None), NOW_NS) == ""
    ended = held_up(12 * SECOND, None)
    RECORDER.closed(ended)
    assert stalled(ended, NOW_NS) == ""


def test_what_waits_of_a_file_is_counted_too() -> None:
    conversation = held_up(12 * SECOND, None)
    conversation.outgoing.queued_bytes = 0
    assert stalled(conversation, NOW_NS) == ""
    conversation.outgoing.transfers = (Transfer("backup.tar", 2000, NOW_NS - 20 * SECOND, sent_bytes=1204),)
    assert "796 bytes wait here" in stalled(conversation, NOW_NS)
