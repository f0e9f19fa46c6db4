"""What the first line of the traffic says of the conversation, and of how its bytes are shown."""

from collections.abc import Iterator, Sequence

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.acknowledged import unacknowledged_bytes
from sockscope.show.call_line import cut_middle
from sockscope.show.layout import fit
from sockscope.show.reading.numbers import SUMMED, in_lines
from sockscope.show.reading.selection import Selection
from sockscope.show.sanitizer import cells, safe
from sockscope.show.step import ending, joined, leg_of, peer_of
from sockscope.show.steps import STALLED_NS
from sockscope.show.traffic.lines import MODES, Line
from sockscope.show.units import size, waited

_ROOM_FOR_TABS = 64


def tabs(mode: str, width: int) -> str:
    """Write the modes side by side, the chosen one in brackets; that one alone where there is little room."""
    return "".join(f"[{one}]" if one == mode else f" {one} " for one in _offered(mode, width))


def tab_at(mode: str, width: int, x: int) -> str:
    """Return the mode that stands at a cell of the line, whose tabs end a cell before its end; empty elsewhere."""
    at = width - 1 - len(tabs(mode, width))
    for one in _offered(mode, width):
        if at <= x < at + len(one) + 2:
            return one
        at += len(one) + 2
    return ""


def _offered(mode: str, width: int) -> tuple[str, ...]:
    return MODES if width >= _ROOM_FOR_TABS else (mode,)


def title_line(titles: Sequence[str], status: str, mode: str, width: int, focused: str) -> Line:
    """Write which conversation it is, what there is to know of it, and the modes; `focused` is behind the roles.

    Of the `titles`, the longest first, it is the first that there is room for; the last is cut in its middle.
    """
    offered = tabs(mode, width)
    room = max(0, width - len(offered) - 4)  # the tabs stand whole, and the title has a third of the rest, or half
    least = min(cells(titles[0]), max(room // 3, min(cells(titles[-1]), room // 2)))
    known = fit(status, min(cells(status), room - least)) if room else ""
    left = max(0, room - cells(known))
    shown = next((title for title in titles if cells(title) <= left), cut_middle(titles[-1], left))
    return [(f" {fit(shown, left)} ", f"title{focused}"), (f"{known} {offered} ", f"status{focused}")]


def titles_of(conversation: Conversation, track: Track) -> tuple[str, ...]:
    """Say which one it is: its number, and the kind, peer and state of the leg that the track is of.

    Behind that stand our own address, where we connected, and who has the other end, where that is known. It is said in
    several ways, each with less than the one before, down to the number and the peer.
    """
    leg = leg_of(conversation, track)
    ends, kind = leg.endpoints, f"{leg.transport.title}{' TLS' if leg.layers.wire else ''}"
    ours = f"from {ends.local}" if ends.local and leg.dialling.attempts else ""
    held_by = ends.peer_process.processes if ends.peer_process else ()
    who = str(ends.credentials or next(iter(held_by), "")) if ends.peer else ""
    number, peer, state = f"#{conversation.number}", peer_of(leg), f"{peer_of(leg)} {ending(leg)}"
    ways = [joined(f"{number} {kind}", *more) for more in ((state, ours, who), (state, ours), (state,), (peer,))]
    return (*map(safe, ways), safe(f"{number} {peer}"))


def known_of(conversation: Conversation, name: str, track: Track) -> Iterator[str]:
    """Say what there is to know of it and of the track that is shown, which has that name."""
    leg = leg_of(conversation, track)
    if track is conversation and conversation.layers.wire and not conversation.layers.session:
        yield "w shows the TLS records"
    elif len(conversation.tracks()) > 1:
        yield f"{name} (w changes)"
    if dropped := track.tape.first_offset:
        yield f"{size(dropped)} earlier, dropped"
    elif track.tape.first_entry:
        yield "earlier calls dropped"
    if leg.outgoing.queued_bytes:
        yield f"{size(leg.outgoing.queued_bytes)} queued"
    if waiting_bytes := unacknowledged_bytes(leg, now_ns()):
        yield f"{size(waiting_bytes)} not acknowledged"
    if leg.outgoing.blocked_at_ns and (blocked_ns := now_ns() - leg.outgoing.blocked_at_ns) > STALLED_NS:
        yield f"stalled {waited(blocked_ns)}"


def read_of(chosen: Selection, room: int, lines: int) -> list[str]:
    """Say what is selected, where, and what its bytes mean, in so many lines of `room` cells."""
    way = "received" if chosen.kind is EntryKind.RECEIVED else "sent"
    where = way if chosen.track.unit else f"{way}, from {chosen.first:,} (0x{chosen.first:x})"
    dropped = chosen.size_bytes - chosen.kept_bytes
    lost = f", the first {size(dropped)} dropped" if dropped else ""
    data = chosen.read(SUMMED) if chosen.size_bytes <= SUMMED else b""
    return in_lines(data, chosen.size_bytes, where + lost, room, lines)
