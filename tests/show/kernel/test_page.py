"""The page of the kernel: each term is explained, what is not told is left out, and why there is nothing is said."""

import pytest

from sockscope.net.socket_kind import UDP, UNIX
from sockscope.record.conversation import Conversation
from sockscope.show.detail import Detail
from sockscope.show.glossary import KERNEL
from sockscope.show.kernel import figures
from sockscope.show.kernel.page import explained, kernel_page
from sockscope.show.layout import plain
from sockscope.show.wall_clock import UNSET
from tests.facts import RECORDER
from tests.show.kernel.views import looked
from tests.show.made import NOW_NS, SECOND, connected, dialled, made, send, won

EVERYTHING = {
    "agreed": 7,
    "scales": 0x7A,
    "rto_us": 204_000,
    "segment_bytes": 1448,
    "peer_segment_bytes": 536,
    "unacked_segments": 3,
    "lost_segments": 1,
    "path_mtu": 1500,
    "rtt_us": 40_000,
    "rtt_variance_us": 500,
    "slow_start_threshold": 20,
    "congestion_window": 10,
    "retransmits": 2,
    "bytes_acked": 1001,
    "bytes_received": 77,
    "segments_out": 1234,
    "segments_in": 5,
    "not_sent_bytes": 100,
    "least_rtt_us": 39_000,
    "delivery_rate": 2048,
    "busy_us": 3_000_000,
    "window_limited_us": 1_000_000,
    "buffer_limited_us": 0,
    "bytes_sent": 1300,
    "bytes_retransmitted": 96,
    "send_window_bytes": 0,
    "receive_window_bytes": 65_536,
}


def every_figure(conversation: Conversation) -> list[Detail]:
    assert conversation.kernel
    view = conversation.kernel.latest
    assert view
    told = [*figures.path(view), *figures.sending(view), *figures.receiving(view)]
    return [*told, *figures.both(view, {"NODELAY": "off", "TTL": "64"})]


def page(conversation: Conversation, width: int = 100) -> str:
    return plain(kernel_page(conversation, NOW_NS, UNSET, width))


def test_every_figure_is_told_and_explained() -> None:
    conversation = connected()
    looked(
        conversation,
        send_queue_bytes=304,
        dropped=1,
        timer="keepalive",
        timer_ms=7_200_000,
        timer_tries=1,
        **EVERYTHING,
    )
    told = {one.label: one.value for one in every_figure(conversation)}
    assert told == {
        "rtt": "40 ms ± 500 µs · least 39 ms",
        "rto": "204 ms",
        "mss": "1,448 bytes · the peer's, as seen: 536 bytes",
        "path mtu": "1,500 bytes",
        "agreed": "timestamps · SACK · window scale 7, the peer's 10",
        "cwnd": "10 segments · 14.1 KiB",
        "ssthresh": "20 segments",
        "congestion": "cubic",
        "in flight": "3 segments · 1 taken for lost",
        "retransmits": "2 segments · 96 bytes",
        "send queue": "304 bytes · 100 of them not sent yet",
        "send buffer": "87,040 bytes",
        "send window": "0 bytes",
        "delivery rate": "2.0 KiB/s",
        "held up": "busy 3.0 s · 1.0 s by the peer's window",
        "arrived": "77 bytes",
        "receive queue": "0 bytes",
        "receive buffer": "131,072 bytes",
        "receive window": "65,536 bytes",
        "dropped": "1 segment",
        "segments": "→ 1,234 · ← 5",
        "timer": "keepalive in 2 h 00 min, went off 1 time already",
        "options": "NODELAY off",
    }
    assert told.keys() <= KERNEL.keys()
    assert ("What the kernel tells", list(KERNEL.items())) in explained(conversation)


def test_a_kernel_without_a_field_leaves_its_line_out() -> None:
    conversation = connected()
    looked(conversation)
    said = {one.label for one in every_figure(conversation) if one.value}
    assert said == {"congestion", "send queue", "send buffer", "receive queue", "receive buffer", "timer", "options"}


@pytest.mark.parametrize("width", [76, 100])
def test_what_was_sent_is_told_apart_and_lines_fit(width: int) -> None:
    conversation = connected()
    send(conversation, b"x" * 1204)
    looked(conversation, NOW_NS - SECOND, **EVERYTHING)
    looked(conversation, NOW_NS, **(EVERYTHING | {"segments_out": 1240}))
    lines = page(conversation, width)
    for words in ("→ open · ← open", "1,204 bytes by our kernel", "1,000 of the 1,204", "live", "over time"):
        assert words in lines
    assert max(map(len, lines.splitlines())) <= max(width, 62)


def test_an_old_view_says_how_old_it_is_and_one_of_an_ended_socket_how_long_before_the_end() -> None:
    conversation = connected()
    looked(conversation, NOW_NS - 4 * SECOND)
    assert "the kernel's view, 4.0 s ago" in page(conversation)
    RECORDER.reset_by_peer(conversation)
    conversation.ended_at_ns = NOW_NS - SECOND
    assert "the kernel's view, 3.0 s before the end" in page(conversation)
    assert "the peer reset it (RST)" in page(conversation)


def test_where_there_is_no_view_it_is_said_why() -> None:
    assert "This system does not tell" in page(connected())
    assert "not looked at yet" in page(made())
    ended = connected()
    RECORDER.closed(ended)
    assert "ended before the kernel was looked at" in page(ended)
    assert "Datagrams have no connection" in page(dialled([won()], transport=UDP))
    assert "no segments and no states" in page(dialled([won()], transport=UNIX))
