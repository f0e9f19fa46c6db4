"""A pause of about 40 ms between small sends and the answer: Nagle's algorithm and the peer's delayed acknowledgement.

How it comes about: the first of two small sends goes at once. The second waits until the first is acknowledged (RFC
896; RFC 9293, 3.7.4), and the peer, which has nothing to answer before it has the second, delays that acknowledgement
(RFC 9293, 3.8.6.3), on Linux by 40 ms. TCP_NODELAY lets the second go at once.

The rules: it is said only where that shape was seen LEAST times, all in the latest LOOKED_AT entries: two or more sends
in a row, the last of them smaller than a segment, and after the first a pause of SHORTEST_NS to LONGEST_NS, besides the
round trip, until the answer. It is never said where TCP_NODELAY is on or may be, nor where a single send is answered as
late, for then it is the peer that takes its time.
"""

from collections.abc import Iterable, Iterator
from statistics import median
from typing import NamedTuple

from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.units import duration

LEAST = 2
LOOKED_AT = 256
SHORTEST_NS, LONGEST_NS = 36_000_000, 60_000_000
_USUAL_SEGMENT_BYTES = 536
"""What every way takes (RFC 9293, 3.7.1), where the kernel does not tell."""


class Exchange(NamedTuple):
    """One or more sends in a row, and the receive that came after them: how many, and how long from the first."""

    sends: int
    waited_ns: int
    small: bool  # whether the last send was of less than a segment, taken whole, and came soon behind the first


def exchanges(entries: Iterable[TapeEntry], segment_bytes: int) -> Iterator[Exchange]:
    """Give the exchanges among the entries of a tape; those that moved nothing are passed over."""
    sends: list[TapeEntry] = []
    for entry in entries:
        if entry.kind is EntryKind.SENT:
            sends.append(entry)
        elif entry.kind is EntryKind.RECEIVED and sends:
            first, last = sends[0], sends[-1]
            waited_ns = entry.at_ns - first.at_ns
            soon = 2 * (last.at_ns - first.at_ns) < waited_ns
            small = last.size_bytes < segment_bytes and last.size_bytes == last.asked
            yield Exchange(len(sends), waited_ns, small and soon)
            sends = []


def pauses(entries: Iterable[TapeEntry], segment_bytes: int, rtt_ns: int = 0) -> list[int]:
    """Return how long each pause was that has the shape of Nagle's algorithm; empty where it may be something else."""
    every = list(exchanges(entries, segment_bytes))
    alone = [one.waited_ns - rtt_ns for one in every if one.sends == 1]
    if alone and median(alone) >= SHORTEST_NS:
        return []
    several = (one for one in every if one.sends > 1 and one.small)
    found = [one.waited_ns for one in several if SHORTEST_NS <= one.waited_ns - rtt_ns <= LONGEST_NS]
    return found if len(found) >= LEAST else []


def sends_at_once(conversation: Conversation) -> bool | None:
    """Return whether TCP_NODELAY is on, None where that is not known: an accepted socket has it from its listener."""
    if said := conversation.options.get("NODELAY"):
        return said == "on"
    calls = (call for call in reversed(conversation.facts.calls("setsockopt")) if not call.error)
    for call in calls:
        if Symbol("TCP_NODELAY") in call.arguments:
            return bool(call.arguments[-1])
    return False if conversation.target else None


def told_pauses(conversation: Conversation) -> str:
    """Say what such pauses come from and what ends them; empty where there were none."""
    if not conversation.transport.has_tcp_states or sends_at_once(conversation) is not False:
        return ""
    found = found_pauses(conversation)
    if not found:
        return ""
    return (
        f"{len(found)} pauses of about {duration(int(median(found)))} between small sends and the answer: Nagle's "
        "algorithm holds the second send back until the first is acknowledged, and the peer delays that. NODELAY=on "
        "(TCP_NODELAY), or one send instead of two, ends it"
    )


def found_pauses(conversation: Conversation) -> list[int]:
    """Return the pauses among the latest calls, of TLS among those that moved its records."""
    tape = (conversation.layers.wire or conversation).tape
    view = conversation.kernel.latest if conversation.kernel else None
    segment_bytes = (view.tcp.segment_bytes if view else None) or _USUAL_SEGMENT_BYTES
    rtt_ns = 1000 * ((view.tcp.least_rtt_us if view else None) or 0)
    return pauses(tape.entries(tape.total_entries - LOOKED_AT), segment_bytes, rtt_ns)


class PauseWatch:
    """Says the same of a conversation that is looked at again and again, and looks anew only where something moved."""

    def __init__(self) -> None:
        self._seen: object = None
        self._told = ""

    def told(self, conversation: Conversation | None) -> str:
        """Say what such pauses come from; empty where there were none."""
        if conversation is None:
            return ""
        seen = (conversation, conversation.tape.total_entries, conversation.options.get("NODELAY"))
        if seen != self._seen:
            self._seen, self._told = seen, told_pauses(conversation)
        return self._told
