"""The figures of one TCP socket as the kernel gave them, term by term; the terms are those of `glossary.KERNEL`.

The rule: what the kernel does not tell is left out, and what it gives is neither rounded beyond what can be read nor
reckoned on. Sizes in bytes are exact.
"""

from collections.abc import Iterable, Mapping

from sockscope.record.kernel_view import KernelView, TcpInfo
from sockscope.show.detail import Detail, where
from sockscope.show.step import joined
from sockscope.show.units import duration, plural, rate, size

_US = 1000
_MS = 1_000_000
_OPTIONS = ("NODELAY", "KEEPALIVE", "KEEPIDLE", "KEEPINTVL", "KEEPCNT", "LINGER")
"""Of the socket options those that change how segments go."""

Figures = Iterable[Detail]


def path(view: KernelView) -> Figures:
    """Tell what the kernel learnt of the way to the peer."""
    tcp = view.tcp
    yield Detail("rtt", _rtt(tcp))
    yield Detail("rto", _span(tcp.rto_us))
    yield Detail(
        "mss", joined(_bytes(tcp.segment_bytes), _told("the peer's, as seen: {}", _bytes(tcp.peer_segment_bytes)))
    )
    yield Detail("path mtu", _bytes(tcp.path_mtu))
    yield Detail("agreed", _agreed(tcp))


def sending(view: KernelView) -> Figures:
    """Tell of the direction from us to the peer."""
    tcp = view.tcp
    yield Detail("cwnd", _window(tcp))
    yield Detail("ssthresh", _segments(tcp.slow_start_threshold))
    yield Detail("congestion", view.congestion)
    yield Detail(
        "in flight",
        joined(_segments(tcp.unacked_segments), where(tcp.lost_segments, f"{tcp.lost_segments} taken for lost")),
    )
    yield Detail("retransmits", *_retransmits(tcp))
    yield Detail("send queue", _send_queue(view))
    yield Detail("send buffer", _bytes(view.send_buffer_bytes))
    yield Detail("send window", _bytes(tcp.send_window_bytes), where(tcp.send_window_bytes == 0, "bad"))
    yield Detail("delivery rate", rate(tcp.delivery_rate) if tcp.delivery_rate else "")
    yield Detail("held up", _held_up(tcp))


def receiving(view: KernelView) -> Figures:
    """Tell of the direction from the peer to us."""
    arrived = view.arrived_bytes
    yield Detail("arrived", _bytes(arrived))
    yield Detail("receive queue", _bytes(view.unread_bytes))
    yield Detail("receive buffer", _bytes(view.receive_buffer_bytes))
    yield Detail("receive window", _bytes(view.tcp.receive_window_bytes))
    yield Detail("dropped", where(view.dropped, plural(view.dropped or 0, "segment")), "bad")


def both(view: KernelView, options: Mapping[str, str]) -> Figures:
    """Tell of what is for both directions: segments, the timer, and of the socket options those that matter here."""
    tcp = view.tcp
    if tcp.segments_out is not None and tcp.segments_in is not None:
        yield Detail("segments", f"→ {tcp.segments_out:,} · ← {tcp.segments_in:,}")
    tries = where(view.timer_tries, f", went off {plural(view.timer_tries, 'time')} already")
    yield Detail("timer", f"{view.timer} in {duration(view.timer_ms * _MS)}{tries}" if view.timer else "none runs")
    yield Detail("options", " · ".join(f"{name} {options[name]}" for name in _OPTIONS if name in options))


def _rtt(tcp: TcpInfo) -> str:
    if tcp.rtt_us is None:
        return ""
    varies = _told("± {}", _span(tcp.rtt_variance_us))
    return joined(f"{_span(tcp.rtt_us)} {varies}".rstrip(), _told("least {}", _span(tcp.least_rtt_us)))


def _agreed(tcp: TcpInfo) -> str:
    scales = tcp.window_scales
    shown = [
        f"{name} {scales[0]}, the peer's {scales[1]}" if name == "window scale" and scales else name
        for name in tcp.options
    ]
    return " · ".join(shown) or where(tcp.agreed is not None, "nothing")


def _window(tcp: TcpInfo) -> str:
    window, segment_bytes = tcp.congestion_window, tcp.segment_bytes
    if window is None:
        return ""
    return joined(_segments(window), size(window * segment_bytes) if segment_bytes else "")


def _retransmits(tcp: TcpInfo) -> tuple[str, str]:
    if tcp.retransmits is None:
        return "", ""
    again = where(tcp.bytes_retransmitted, plural(tcp.bytes_retransmitted or 0, "byte"))
    return joined(_segments(tcp.retransmits), again), where(tcp.retransmits, "bad")


def _send_queue(view: KernelView) -> str:
    waiting = view.tcp.not_sent_bytes
    return joined(_bytes(view.unacknowledged_bytes), f"{waiting:,} of them not sent yet" if waiting else "")


def _held_up(tcp: TcpInfo) -> str:
    """Say how long it was busy, and what of that went by because of a window or a buffer."""
    if not tcp.busy_us:
        return ""
    by = ((tcp.window_limited_us, "the peer's window"), (tcp.buffer_limited_us, "our send buffer"))
    return joined(f"busy {_span(tcp.busy_us)}", *(f"{_span(us)} by {what}" for us, what in by if us))


def _span(us: int | None) -> str:
    return "" if us is None else duration(us * _US)


def _bytes(count: int | None) -> str:
    return "" if count is None else plural(count, "byte")


def _segments(count: int | None) -> str:
    return "" if count is None else plural(count, "segment")


def _told(words: str, what: str) -> str:
    return words.format(what) if what else ""
