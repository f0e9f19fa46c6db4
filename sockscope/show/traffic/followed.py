"""A byte followed from the send that took it to the receive that brought it, where both ends are in the record.

The rules: a byte is found by its place in its direction, which is the same at both ends, so calls need not match: one
send is not one receive. When it reached the other kernel is known only as far as a look at the sender's kernel tells:
before that it waited in the send queue or on the way, from then on in the receive queue. A call is counted only where
all calls of its direction can be counted in COUNTED entries; else it has no number.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.step import leg_of
from sockscope.show.traffic.other_end import mirror

COUNTED = 5_000

_OTHER = {EntryKind.SENT: EntryKind.RECEIVED, EntryKind.RECEIVED: EntryKind.SENT}


class Moved(NamedTuple):
    """A call that moved a byte: its entry, and the how manieth of its direction it was, 0 where that is not counted."""

    entry: TapeEntry
    number: int


class Followed(NamedTuple):
    """One byte: who sent and who received it, None where that is not known or has not happened."""

    place: int
    sent: Moved | None
    received: Moved | None
    arrived_by_ns: int = 0
    """A moment at which the sender's kernel knew that it was there; 0 where it was not looked at between."""

    @property
    def waited_ns(self) -> int | None:
        """How long it was between the two calls; None where one is not known."""
        if self.sent is None or self.received is None:
            return None
        return max(0, self.received.entry.at_ns - self.sent.entry.at_ns)


Others = Callable[[], Iterable[Conversation]]


def counterpart(
    conversation: Conversation, track: Track, others: Others
) -> tuple[Conversation, Conversation, Track] | None:
    """Return this end, the other end, and that one's track of the same bytes; None where the other end is not ours."""
    leg = leg_of(conversation, track)
    other = mirror(leg, others())
    if other is None:
        return None
    if track is leg:
        return leg, other, other
    return (leg, other, other.layers.wire) if other.layers.wire else None


def follow(conversation: Conversation, track: Track, kind: EntryKind, place: int, others: Others) -> Followed | None:
    """Follow the byte at a place of one direction of a track; None where the other end is not in the record."""
    pair = counterpart(conversation, track, others)
    if pair is None or track.unit:
        return None
    ours, theirs, other_track = pair
    here, there = _moved(track, kind, place), _moved(other_track, _OTHER[kind], place)
    sent, received = (here, there) if kind is EntryKind.SENT else (there, here)
    sender = ours if kind is EntryKind.SENT else theirs
    arrived = _arrived_by(sender, place, sent, received) if not ours.layers.wire else 0
    return Followed(place, sent, received, arrived)


def _moved(track: Track, kind: EntryKind, place: int) -> Moved | None:
    entry = track.tape.entry_in(kind, place)
    return Moved(entry, _number(track, entry)) if entry else None


def _number(track: Track, entry: TapeEntry) -> int:
    """Count the calls of its direction up to an entry, from the beginning on."""
    if track.tape.first_entry or entry.number >= COUNTED:
        return 0
    outline = track.tape.outline(0)
    return sum(kind == entry.kind for number, kind, _, _ in outline if number <= entry.number)


def _arrived_by(sender: Conversation, place: int, sent: Moved | None, received: Moved | None) -> int:
    """Return the first look at the sender's kernel by which the byte was acknowledged, before it was received."""
    if sent is None or sender.kernel is None:
        return 0
    counted = place + 1 + bool(sender.target)  # the SYN is one more
    until_ns = received.entry.at_ns if received else None
    looks = (one.at_ns for one in sender.kernel.samples() if one.bytes_acked >= counted)
    first_ns = next((at_ns for at_ns in looks if at_ns >= sent.entry.at_ns), 0)
    return first_ns if until_ns is None or first_ns <= until_ns else 0
