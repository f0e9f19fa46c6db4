"""Which keys of a conversation do something now, and what they are called then."""

from sockscope.record.conversation import Conversation, State

_OF_OURS = {
    "write": "send",
    "finish": "send",
    "stop_sending": "send",
    "repeat": "send",
    "sequence": "send",
    "close": "close",
    "reset": "close",
    "read": "close",
}
"""The actions that only a socket of ours has, and the capability that they need."""


def possible(chosen: Conversation | None, action: str) -> bool:
    """Return whether a key may be pressed at all: not where the socket is not ours."""
    return chosen is None or action not in _OF_OURS or bool(getattr(chosen.capabilities, _OF_OURS[action]))


def offer(chosen: Conversation | None, action: str, name: str) -> str:
    """Return what to call a key, nothing where it would do nothing with the chosen conversation."""
    if chosen is None:
        return ""
    return _NAMES[action](chosen, name) if action in _NAMES else name


def told_by(chosen: Conversation | None) -> object:
    """Return what the names of the keys depend on."""
    if chosen is None:
        return None
    return chosen, chosen.state, chosen.reading_stopped, len(chosen.tracks()), sends_by_itself(chosen)


def _while_live(chosen: Conversation, name: str) -> str:
    return name if chosen.state.live else ""


def _while_open(chosen: Conversation, name: str) -> str:
    return name if chosen.can_send else ""


def _finish(chosen: Conversation, name: str) -> str:
    return _while_open(chosen, name) if chosen.transport.has_end_of_stream else ""


def _close(chosen: Conversation, name: str) -> str:
    return _while_live(chosen, "Cancel" if chosen.state in (State.CONNECTING, State.SECURING) else name)


def _read(chosen: Conversation, name: str) -> str:
    return _while_live(chosen, "Read again" if chosen.reading_stopped else name)


def sends_by_itself(chosen: Conversation) -> bool:
    """Return whether something is sent that was begun before: a file, something again and again, or a sequence."""
    transfer, sequence = chosen.outgoing.transfer, chosen.outgoing.sequence
    return bool(transfer and transfer.live) or bool(sequence and sequence.live) or _repeats(chosen)


def _repeats(chosen: Conversation) -> bool:
    repeat = chosen.outgoing.repeat
    return repeat is not None and not repeat.stopped


def _repeat(chosen: Conversation, name: str) -> str:
    return "Stop repeating" if _repeats(chosen) else _while_open(chosen, name)


def _sequence(chosen: Conversation, name: str) -> str:
    return name if chosen.can_send or chosen.outgoing.sequence else ""


def _stop_sending(chosen: Conversation, name: str) -> str:
    return name if sends_by_itself(chosen) else ""


def _track(chosen: Conversation, name: str) -> str:
    return name if len(chosen.tracks()) > 1 else ""


_NAMES = {
    "write": _while_open,
    "finish": _finish,
    "close": _close,
    "reset": _while_live,
    "read": _read,
    "stop_sending": _stop_sending,
    "repeat": _repeat,
    "sequence": _sequence,
    "track": _track,
}
