"""What the kernel says of one TCP socket at a moment, and how that went over time (tcp(7), TCP_INFO; sock_diag(7)).

The rules: a value is the kernel's own; what its version does not tell is None, never a guess. A sample is kept where
something moved since the one before, so that a silent conversation costs next to nothing.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

PEER_FINISHED = ("CLOSE-WAIT", "LAST-ACK", "CLOSING", "TIME-WAIT")
"""States behind the peer's end of stream."""

_OUR_END_UNACKNOWLEDGED = ("FIN-WAIT-1", "LAST-ACK", "CLOSING")
_OUR_END_ACKNOWLEDGED = "FIN-WAIT-2"


_SCALED = 4  # TCPI_OPT_WSCALE
_OPTIONS = ((1, "timestamps"), (2, "SACK"), (_SCALED, "window scale"), (8, "ECN"), (32, "fast open"))


class TcpInfo(NamedTuple):
    """struct tcp_info: sizes in bytes, times in microseconds where the name says so, windows as TCP counts them."""

    agreed: int | None  # the options that both ends know (TCPI_OPT_…): see `options`
    scales: int | None  # by which windows are shifted: the peer's in the lower half of the byte, ours in the upper
    rto_us: int | None
    segment_bytes: int | None  # the most that is sent in one (MSS)
    peer_segment_bytes: int | None  # as it was seen to come
    unacked_segments: int | None
    lost_segments: int | None
    path_mtu: int | None
    rtt_us: int | None
    rtt_variance_us: int | None
    slow_start_threshold: int | None  # in segments; None also where it is not known yet
    congestion_window: int | None  # in segments
    retransmits: int | None  # segments sent again, in all
    bytes_acked: int | None
    bytes_received: int | None
    segments_out: int | None
    segments_in: int | None
    not_sent_bytes: int | None  # of the send queue
    least_rtt_us: int | None
    delivery_rate: int | None  # bytes per second
    busy_us: int | None  # how long there was something to send
    window_limited_us: int | None  # of that, held up by the peer's receive window
    buffer_limited_us: int | None  # of that, held up by our send buffer
    bytes_sent: int | None  # also what was sent again
    bytes_retransmitted: int | None
    send_window_bytes: int | None  # what the peer says it takes
    receive_window_bytes: int | None  # what we say we take

    @property
    def options(self) -> tuple[str, ...]:
        """What both ends agreed on in their SYNs, by the names of the RFCs."""
        return tuple(name for bit, name in _OPTIONS if (self.agreed or 0) & bit)

    @property
    def window_scales(self) -> tuple[int, int] | None:
        """By how many bits our window and the peer's are shifted; None where that was not agreed on."""
        if self.scales is None or not (self.agreed or 0) & _SCALED:
            return None
        return self.scales >> 4, self.scales & 15


class KernelView(NamedTuple):
    """One moment of one socket; sizes in bytes."""

    at_ns: int
    state: str  # as ss writes it: ESTAB, FIN-WAIT-1 …
    receive_queue_bytes: int  # arrived and not read
    send_queue_bytes: int  # taken by our kernel and not acknowledged by the peer's
    timer: str  # which one runs: retransmit, keepalive, TIME-WAIT, zero window probe; empty where none does
    timer_ms: int  # until it goes off
    timer_tries: int  # how often it went off since something last got through
    congestion: str  # the algorithm, as cubic
    receive_buffer_bytes: int | None
    send_buffer_bytes: int | None
    dropped: int | None  # segments that this socket had to drop
    tcp: TcpInfo

    @property
    def unread_bytes(self) -> int:
        """What arrived and nobody read; the kernel counts the peer's end of stream as one more."""
        return max(0, self.receive_queue_bytes - (self.state in PEER_FINISHED))

    @property
    def unacknowledged_bytes(self) -> int:
        """What our kernel took and the peer's did not acknowledge; it counts our end of stream as one more."""
        return max(0, self.send_queue_bytes - (self.state in _OUR_END_UNACKNOWLEDGED))

    def acknowledged_bytes(self, *, accepted: bool) -> int | None:
        """What the peer's kernel said it has; the kernel counts our SYN as one, where we connected, and our FIN."""
        if self.tcp.bytes_acked is None:
            return None
        return max(0, self.tcp.bytes_acked - (not accepted) - (self.state == _OUR_END_ACKNOWLEDGED))

    @property
    def arrived_bytes(self) -> int | None:
        """What arrived in order, read or not; the kernel counts the peer's end of stream as one more."""
        if self.tcp.bytes_received is None:
            return None
        return max(0, self.tcp.bytes_received - (self.state in PEER_FINISHED))


class Sample(NamedTuple):
    """What of a view is kept over time."""

    at_ns: int
    rtt_us: int
    congestion_window: int
    receive_queue_bytes: int
    send_queue_bytes: int
    retransmits: int
    delivery_rate: int
    bytes_acked: int  # as the kernel counts them, SYN and FIN too
    bytes_received: int


_SAMPLE = struct.Struct("=QIIIIIQQQ")
SAMPLES_KEPT = 120


class KernelHistory:
    """The latest view, and samples of those before."""

    __slots__ = ("_samples", "latest", "moved_at_ns")

    def __init__(self) -> None:
        self.latest: KernelView | None = None
        self.moved_at_ns = 0
        self._samples = b""

    def add(self, view: KernelView) -> None:
        """Keep a view, and a sample of it where something moved since the one before."""
        if self.latest is None or _moved(self.latest, view):
            self.moved_at_ns = view.at_ns
            kept = self._samples[-_SAMPLE.size * (SAMPLES_KEPT - 1) :]
            self._samples = kept + _SAMPLE.pack(view.at_ns, *_kept(view))
        self.latest = view

    def samples(self) -> Iterator[Sample]:
        """Give what is kept, the oldest first."""
        return map(Sample._make, _SAMPLE.iter_unpack(self._samples))


def _kept(view: KernelView) -> tuple[int, ...]:
    tcp = view.tcp
    return (
        tcp.rtt_us or 0,
        tcp.congestion_window or 0,
        view.receive_queue_bytes,
        view.send_queue_bytes,
        tcp.retransmits or 0,
        tcp.delivery_rate or 0,
        tcp.bytes_acked or 0,
        tcp.bytes_received or 0,
    )


def _moved(before: KernelView, view: KernelView) -> bool:
    return (
        view.tcp.segments_in != before.tcp.segments_in
        or view.tcp.segments_out != before.tcp.segments_out
        or view.receive_queue_bytes != before.receive_queue_bytes
        or view.send_queue_bytes != before.send_queue_bytes
        or view.state != before.state
    )
