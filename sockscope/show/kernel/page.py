"""All that the kernel says of one conversation's socket, as a page: now, over time, and the states of TCP.

The rule: a socket that the kernel does not tell of has a page too, which says why, and what there is instead.
"""

from collections.abc import Iterable

from sockscope.record.conversation import Conversation
from sockscope.record.kernel_view import KernelView
from sockscope.show.acknowledged import OLD_NS, exactly_acknowledged
from sockscope.show.detail import Detail
from sockscope.show.endings import directions, told_ending
from sockscope.show.glossary import KERNEL, STATES, told
from sockscope.show.kernel import figures
from sockscope.show.kernel.over_time import over_time
from sockscope.show.kernel.tcp_states import passed, picture
from sockscope.show.layout import Lines, heading, labelled, prose
from sockscope.show.losses import losses
from sockscope.show.sanitizer import safe
from sockscope.show.traffic.followed import Others, counterpart
from sockscope.show.traffic.rulers import rulers
from sockscope.show.units import plural, time_of_day, waited
from sockscope.show.wall_clock import WallClock

_SECONDS = 8
_SYSTEM_TELLS_NS = 3_000_000_000
"""A socket that was there for so long and was not told of never will be."""

_NO_STATES = (
    "Datagrams have no connection, so there are no states, no acknowledgements and no windows: each goes by itself."
)
_LOCAL = (
    "A UNIX socket has no segments and no states of TCP: what one end sends lies in the other's receive queue at once, "
    "and a send waits while that is full."
)


def kernel_page(conversation: Conversation, now_ns: int, wall: WallClock, width: int, others: Others = tuple) -> Lines:
    """Write the page; `now_ns` is on the clock of facts, `others` gives all conversations that are in the record."""
    return [
        *_summary(conversation, now_ns, wall, width),
        *(
            _of_tcp(conversation, now_ns, wall, width)
            if conversation.transport.has_tcp_states
            else _instead(conversation, width)
        ),
        *_ruled(conversation, width, others),
    ]


def _ruled(conversation: Conversation, width: int, others: Others) -> Lines:
    """Draw the sends of each direction against the receives, where both ends are in the record."""
    pair = counterpart(conversation, conversation, others)
    if pair is None or conversation.transport.keeps_boundaries:
        return []
    _, other, _ = pair
    ways = (
        (f"→ our sends, received by #{other.number}", conversation, other),
        (f"← the sends of #{other.number}", other, conversation),
    )
    drawn = [(title, rulers(sender, receiver, width)) for title, sender, receiver in ways]
    return [line for title, lines in drawn if lines for line in ([], *heading(title), *lines)]


def _summary(conversation: Conversation, now_ns: int, wall: WallClock, width: int) -> Lines:
    """Write how both directions are, and what became of what was sent."""
    ended = told_ending(conversation, wall)
    flow, noun = conversation.flow, conversation.transport.unit or "call"
    found = [
        Detail("directions", directions(conversation, wall)),
        Detail("ended", ended),
        Detail("taken", f"{plural(flow.bytes_out, 'byte')} by our kernel, in {plural(flow.calls_out, noun)}"),
        Detail("acknowledged", exactly_acknowledged(conversation, now_ns)),
        *(Detail(label, words, "bad") for label, words in losses(conversation) if not ended),
    ]
    return [*heading("both directions"), *_rows(found, width), []]


def _of_tcp(conversation: Conversation, now_ns: int, wall: WallClock, width: int) -> Lines:
    history = conversation.kernel
    view = history.latest if history else None
    if history is None or view is None:
        return [
            *heading("the kernel's view"),
            *prose(_untold(conversation, now_ns), width),
            [],
            *_states(conversation, wall, width),
        ]
    until_ns = conversation.ended_at_ns or now_ns
    samples = list(history.samples())
    began_ns = samples[0].at_ns if samples else until_ns
    return [
        *heading("over time"),
        *over_time(samples, began_ns, until_ns, wall, width),
        [],
        *heading(f"the kernel's view, {_age(conversation, view, now_ns)}"),
        *_rows(figures.path(view), width),
        [],
        *heading("→ sending"),
        *_rows(figures.sending(view), width),
        [],
        *heading("← receiving"),
        *_rows(figures.receiving(view), width),
        [],
        *heading("both"),
        *_rows(figures.both(view, conversation.options), width),
        [],
        *_states(conversation, wall, width),
    ]


def _states(conversation: Conversation, wall: WallClock, width: int) -> Lines:
    """Draw the states, and below them write by which ways the present one was come to."""
    route = " → ".join(f"{state}{f' {_at(at_ns, wall)}' if at_ns else ''}" for state, at_ns in passed(conversation))
    return [*heading("states of TCP (RFC 9293)"), *picture(conversation), *prose(route, width, "muted")]


def _instead(conversation: Conversation, width: int) -> Lines:
    said = _LOCAL if conversation.transport.has_end_of_stream else _NO_STATES
    return [*heading("the kernel's view"), *prose(said, width)]


def _untold(conversation: Conversation, now_ns: int) -> str:
    """Say why there is no view."""
    if not conversation.state.live:
        return "It ended before the kernel was looked at, which is done about once a second."
    if not conversation.connected_at_ns or now_ns - conversation.connected_at_ns < _SYSTEM_TELLS_NS:
        return "The kernel was not looked at yet, which is done about once a second."
    return "This system does not tell: figures of TCP sockets need Linux and its sock_diag(7)."


def _age(conversation: Conversation, view: KernelView, now_ns: int) -> str:
    if conversation.ended_at_ns:
        return f"{waited(conversation.ended_at_ns - view.at_ns)} before the end"
    return f"{waited(now_ns - view.at_ns)} ago" if now_ns - view.at_ns >= OLD_NS else "live"


def _rows(found: Iterable[Detail], width: int) -> Lines:
    return [
        line for one in found if one.value for line in labelled(one.label, (safe(one.value), one.role or "text"), width)
    ]


def _at(at_ns: int, wall: WallClock) -> str:
    return time_of_day(at_ns, wall.offset_at(at_ns))[:_SECONDS]


def explained(conversation: Conversation) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the terms of the page with what they mean, and the state of the conversation."""
    return [
        ("State", told([conversation.state.value], STATES)),
        ("What the kernel tells", list(KERNEL.items())),
    ]
