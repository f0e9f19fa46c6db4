"""What is said of a conversation in a table row and in the line below it."""

from sockscope.record.conversation import Conversation, State
from sockscope.show.sanitizer import safe
from sockscope.show.step import cancelled, exactly, peer_of, why
from sockscope.show.units import age, rate, size
from sockscope.ui.clock import clock_ns
from sockscope.ui.widgets.column import Column

_STATE_ROLES = {
    State.CONNECTING: "busy",
    State.SECURING: "busy",
    State.CONNECTED: "good",
    State.OPEN: "good",
    State.PEER_FINISHED: "busy",
    State.WE_FINISHED: "busy",
    State.RESET_BY_PEER: "bad",
    State.FAILED: "bad",
}


def state_word(conversation: Conversation) -> str:
    """The state in a word or two; of a failure the reason."""
    state = conversation.state
    if state is State.FAILED:
        return why(conversation).word
    return "cancelled" if cancelled(conversation) else state.value


def conversation_outline(conversation: Conversation, count: int) -> str:
    """Who is at the other end, in what state, and how much went each way, in a few words; and how many there were."""
    flow = conversation.flow
    moved = f"← {size(flow.bytes_in)} → {size(flow.bytes_out)}"
    others = f" · {count:,} so far" if count > 1 else ""
    return f"{safe(_peer(conversation))} {safe(state_word(conversation))} · {moved}{others}"


def _descriptors(conversation: Conversation) -> str:
    """The descriptor, of an accepted one behind that of the listening socket it came from."""
    if conversation.fd < 0:
        return "–"
    return (
        f"{conversation.endpoints.listener_fd}→{conversation.fd}"
        if conversation.endpoints.listener_fd >= 0
        else str(conversation.fd)
    )


def _peer(conversation: Conversation) -> str:
    """Who is at the other end; marked where that was not verified, and with the target where it is passed on."""
    peer = peer_of(conversation)
    onward = f" → {conversation.upstream.target}" if conversation.upstream else ""
    return f"{'! ' if conversation.unverified else ''}{peer}{onward}"


def not_trusted(conversation: Conversation) -> bool:
    """Whether we could not verify who is there, and could go on all the same."""
    return conversation.error == "CERTIFICATE_VERIFY_FAILED" and conversation.request is not None


def remark_on(conversation: Conversation | None) -> tuple[str, str]:
    """What should be known of a conversation, and whether that is an error or a warning."""
    if conversation is None:
        return "", "error"
    if conversation.state is State.FAILED:
        explained = why(conversation)
        if not conversation.reason:
            return str(explained), "error"
        way_on = "u connects all the same, unverified" if not_trusted(conversation) else ""
        return f"{conversation.error}: {exactly(conversation)}. {way_on or explained.advice}", "error"
    if conversation.unverified:
        return "NOT VERIFIED: anybody could be at the other end; the certificate was not checked", "error"
    if conversation.reading_stopped:
        return (
            "reading is stopped: what the peer sends waits in the kernel, then at the peer (p reads again)",
            "warning",
        )
    return conversation.facts.said, "warning"


def _until(conversation: Conversation) -> int:
    return conversation.ended_at_ns or clock_ns()


def columns(peer_title: str) -> list[Column[Conversation]]:
    """What a table says of a conversation; `rank` is what stays where the table is narrow."""
    return [
        Column("fd", 7, _descriptors, "right", rank=2, key=lambda c: c.fd),
        Column(peer_title, 0, _peer, role=lambda c: "bad" if c.unverified else "cell"),
        Column(
            "state",
            14,
            state_word,
            rank=1,
            role=lambda c: _STATE_ROLES.get(c.state, "dim"),
            key=lambda c: c.state.value,
        ),
        Column("← in", 8, lambda c: size(c.flow.bytes_in), "right", rank=3, key=lambda c: c.flow.bytes_in),
        Column("out →", 8, lambda c: size(c.flow.bytes_out), "right", rank=4, key=lambda c: c.flow.bytes_out),
        Column(
            "rate",
            11,
            lambda c: rate(c.flow.rate_in + c.flow.rate_out),
            "right",
            rank=5,
            key=lambda c: c.flow.rate_in + c.flow.rate_out,
        ),
        Column(
            "idle",
            6,
            lambda c: age(clock_ns() - c.last_active_ns) if c.state.live else "",
            "right",
            rank=6,
            key=lambda c: -c.last_active_ns,
        ),
        Column("age", 6, lambda c: age(_until(c) - c.started_at_ns), "right", rank=7, key=lambda c: -c.started_at_ns),
    ]
