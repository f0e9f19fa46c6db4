"""What is said of a conversation in a table row and in the line below it."""

import time
from collections.abc import Callable

from sockscope.record.conversation import US, Conversation, State
from sockscope.show.endings import half_closed, told_ending
from sockscope.show.explain.remarks import explain_remark
from sockscope.show.glossary import STATES
from sockscope.show.losses import losses
from sockscope.show.preview import in_cells, preview
from sockscope.show.sanitizer import safe
from sockscope.show.stalled import stalled
from sockscope.show.step import advised, cancelled, peer_of, told, why
from sockscope.show.unheard import stopped
from sockscope.show.units import age, rate, size
from sockscope.show.wall_clock import WallClock
from sockscope.ui.clock import clock_ns
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.way_on import said

_FD_CELLS, _BYTES_CELLS, _RATE_CELLS = 7, 8, 11
"""Cells of the columns of numbers, which are written shorter rather than cut."""

_PEER_CELLS = len("127.0.0.1:50000")
_FD_TIGHT, _BYTES_TIGHT, _PREVIEW_TIGHT = 5, 6, 22
"""Cells in which something is still said where there are few."""

_STATE_ROLES = {
    State.CONNECTING: "busy",
    State.SECURING: "busy",
    State.CONNECTED: "good",
    State.OPEN: "good",
    State.PEER_FINISHED: "busy",
    State.WE_FINISHED: "busy",
    State.RESET_BY_PEER: "bad",
    State.RESET_BY_US: "bad",
    State.FAILED: "bad",
}


def state_word(conversation: Conversation) -> str:
    """The state in a word or two; of a failure the reason."""
    state = conversation.state
    if state is State.FAILED:
        return why(conversation).word
    return "cancelled" if cancelled(conversation) else state.value


def explained_state(conversation: Conversation | None) -> list[tuple[str, str]]:
    """Return the state and what it means; of a failure also why."""
    if conversation is None:
        return []
    word, failed = state_word(conversation), conversation.state is State.FAILED
    return [(word, str(why(conversation)) if failed else STATES.get(word, ""))]


def conversation_outline(conversation: Conversation, count: int) -> str:
    """Who is at the other end, in what state, and how much went each way, in a few words; and how many there were."""
    flow = conversation.flow
    moved = f"← {size(flow.bytes_in)} → {size(flow.bytes_out)}"
    others = f" · {count:,} so far" if count > 1 else ""
    return f"{safe(_peer(conversation))} {safe(state_word(conversation))} · {moved}{others}"


def _descriptors(conversation: Conversation, width: int = _FD_CELLS) -> str:
    """The descriptor, of an accepted one behind that of the listening socket it came from, where both have room."""
    if conversation.fd < 0:
        return "–"
    from_fd = conversation.endpoints.listener_fd
    both = f"{from_fd}→{conversation.fd}" if from_fd >= 0 else str(conversation.fd)
    return both if len(both) <= width else f"→{conversation.fd}"


def _peer(conversation: Conversation) -> str:
    """Who is at the other end; marked where that was not verified."""
    return f"{'! ' if conversation.unverified else ''}{peer_of(conversation)}"


def remark_on(conversation: Conversation | None, wall: WallClock, *, typing: bool = False) -> tuple[str, str]:
    """What should be known of a conversation, and whether that is an error, a warning or a note.

    `typing` says that somebody types, so that the key of a way on is reached by leaving the field.
    """
    if conversation is None:
        return "", "error"
    lost = "; ".join(words for _, words in losses(conversation))
    if conversation.error:
        failed = conversation.state is State.FAILED
        words = f"{told(conversation)} {lost}.".removesuffix(" .")
        return said(words, why(conversation).action, typing=typing), "error" if failed else "warning"
    if conversation.unverified:
        return "NOT VERIFIED: anybody could be at the other end; the certificate was not checked", "error"
    if not conversation.state.live:
        ended = told_ending(conversation, wall)
        meant = explain_remark(conversation)
        remarked = f"{conversation.facts.said}. {meant.meaning} {meant.advice}" if meant else conversation.facts.said
        remarked = _sentence(remarked)
        noted = said(f"{ended}. {remarked}" if remarked else ended, meant.action if meant else "", typing=typing)
        return noted, "warning" if conversation.facts.said or any(losses(conversation)) else "note"
    if conversation.weakened:
        return (
            "WEAK TLS ALLOWED: old versions or weak keys are taken, as was asked for; others may read and change it",
            "error",
        )
    if held_up := stalled(conversation, clock_ns()):
        return held_up, "warning"
    if conversation.reading_stopped:
        return stopped(conversation), "warning"
    if known := advised(conversation):
        words = f"{_sentence(conversation.facts.said)}. {known.meaning} {known.advice}"
        return said(words, known.action, typing=typing), "warning"
    if not conversation.facts.said and (half := half_closed(conversation, wall)):
        return f"{half} {_ways_on(conversation, typing)}", "note"
    return conversation.facts.said, "warning"


def _ways_on(conversation: Conversation, typing: bool) -> str:
    """Say which keys finish or close what is half-closed; `typing` says that a letter would go into a field."""
    closes = "Esc, then c closes." if typing else "c closes."
    if US in conversation.finished or conversation.upstream:
        return closes
    return f"ctrl+d finishes our side too; {closes}" if typing else f"i writes, ctrl+d finishes our side too, {closes}"


def _sentence(words: str) -> str:
    """Begin with a capital, where it is a word."""
    return words[:1].upper() + words[1:]


def _in(conversation: Conversation, width: int = _BYTES_CELLS) -> str:
    return size(conversation.flow.bytes_in, width)


def _out(conversation: Conversation, width: int = _BYTES_CELLS) -> str:
    return size(conversation.flow.bytes_out, width)


def _bytes(title: str, text: Callable[..., str], rank: int, key: Callable[[Conversation], int]) -> Column[Conversation]:
    return Column(title, _BYTES_CELLS, text, "right", rank=rank, key=key, tight=_BYTES_TIGHT, in_cells=text)


def _until(conversation: Conversation) -> int:
    return conversation.ended_at_ns or clock_ns()


def _began(conversation: Conversation, wall: WallClock) -> str:
    at_ns = conversation.started_at_ns
    return time.strftime("%H:%M:%S", time.localtime((at_ns + wall.offset_at(at_ns)) // 1_000_000_000))


def columns(
    peer_title: str, unread: Callable[[Conversation], bool], wall: Callable[[], WallClock]
) -> list[Column[Conversation]]:
    """What a table says of a conversation; `rank` is what stays where the table is narrow.

    `unread` tells what brought something that nobody looked at yet, `wall` gives the clock of the day.
    """
    return [
        Column("", 1, lambda c: "•" if unread(c) else "", role=lambda c: "in", rank=3, key=unread, moves=True),
        Column(
            "#",
            6,
            lambda c: str(c.number),
            "right",
            rank=4,
            role=lambda c: "muted",
            key=lambda c: c.number,
            needs=lambda listed: len(str(listed[-1].number)),
        ),
        Column(
            "fd",
            _FD_CELLS,
            _descriptors,
            "right",
            rank=7,
            key=lambda c: c.fd,
            tight=_FD_TIGHT,
            in_cells=_descriptors,
        ),
        Column(peer_title, 0, _peer, role=lambda c: "bad" if c.unverified else "cell", least=_PEER_CELLS),
        Column(
            "state",
            14,
            state_word,
            rank=1,
            role=lambda c: _STATE_ROLES.get(c.state, "dim"),
            key=lambda c: c.state.value,
        ),
        Column(
            "asked → answered",
            0,
            lambda c: preview(c.head),
            rank=2,
            role=lambda c: "detail",
            least=26,
            tight=_PREVIEW_TIGHT,
            in_cells=lambda c, width: in_cells(preview(c.head), width),
        ),
        _bytes("← in", _in, 5, lambda c: c.flow.bytes_in),
        _bytes("out →", _out, 6, lambda c: c.flow.bytes_out),
        Column(
            "rate",
            _RATE_CELLS,
            lambda c: rate(c.flow.rate_in + c.flow.rate_out, _RATE_CELLS),
            "right",
            rank=10,
            spare=True,
            key=lambda c: c.flow.rate_in + c.flow.rate_out,
            moves=True,
            digits=4,
        ),
        Column(
            "idle",
            6,
            lambda c: age(clock_ns() - c.last_active_ns) if c.state.live else "",
            "right",
            rank=11,
            spare=True,
            key=lambda c: -c.last_active_ns,
            moves=True,
            digits=2,
        ),
        Column("began", 8, lambda c: _began(c, wall()), rank=9, key=lambda c: c.started_at_ns, spare=True),
        Column(
            "lasted",
            6,
            lambda c: age(_until(c) - c.started_at_ns),
            "right",
            rank=8,
            spare=True,
            key=lambda c: _until(c) - c.started_at_ns,
            moves=True,
            digits=2,
        ),
    ]
