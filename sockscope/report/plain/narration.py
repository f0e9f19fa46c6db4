"""What happens, in lines on standard error: what a person wants to know (`-v`), or every call (`-vv`).

The rules:
- Nothing is told unless it is asked for, but the port that the kernel chose where any was asked for: it can be known
  from nowhere else. That line is stable: `sockscope: listening at ADDRESS:PORT`.
- Lines are made in the engine's thread from the record, and printed by the main one; a conversation that came to a
  listener is named in each of its lines. Every text is harmless.
"""

from collections import deque

from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Event, Refusal, Remark
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.observer import Observer, Subject
from sockscope.report.saying import say
from sockscope.show.call_line import call_line
from sockscope.show.call_text import result
from sockscope.show.endings import told_ending
from sockscope.show.sanitizer import safe
from sockscope.show.step import joined, peer_of, verdict
from sockscope.show.units import duration, plural
from sockscope.show.wall_clock import WallClock

WORDS, CALLS = 1, 2
"""How much is told."""

_CONNECTED = (State.CONNECTED, State.OPEN)


class Narration(Observer):
    """Observes an engine, and keeps lines until they are printed."""

    def __init__(self, level: int, wall: WallClock) -> None:
        """`level` is WORDS, CALLS, or 0 for nothing."""
        self._level, self._wall = level, wall
        self._lines: deque[str] = deque()

    def happened(self, subject: Subject, event: Event) -> None:
        """Tell of a call, of what was not done, of what should be known."""
        if self._level < WORDS:
            return
        if isinstance(event, Remark):
            self._say(subject, event.text)
        elif self._level >= CALLS:
            self._say(subject, "".join(text for text, _ in call_line(event)))
        elif isinstance(event, Refusal):
            self._say(subject, f"not done: {event.note}")
        else:
            self._say(subject, _of_call(event))

    def changed(self, subject: Subject) -> None:
        """Tell of a state."""
        if isinstance(subject, Listener):
            asked_for_any = subject.request is not None and not subject.request.target.port
            if subject.state is ListenerState.LISTENING and (self._level or asked_for_any):
                for bound in subject.bound:
                    self._say(subject, f"listening at {bound.address}")
        elif isinstance(subject, Conversation) and self._level:
            self._say(subject, self._of_state(subject))

    def _of_state(self, conversation: Conversation) -> str:
        state, flow = conversation.state, conversation.flow
        if state in _CONNECTED and conversation.connected_at_ns:
            return _connected(conversation)
        if state is State.PEER_FINISHED:
            return f"the peer finished sending, after {plural(flow.bytes_in, 'byte')}"
        if state is State.WE_FINISHED:
            return f"we finished sending, after {plural(flow.bytes_out, 'byte')}"
        return "" if state.live or state is State.FAILED else told_ending(conversation, self._wall)

    def _say(self, subject: Subject, words: str) -> None:
        if words:
            came = isinstance(subject, Conversation) and subject.endpoints.listener_fd >= 0
            name = f"#{subject.number} {peer_of(subject)}: " if came and isinstance(subject, Conversation) else ""
            self._lines.append(f"sockscope: {safe(name + words)}")

    def print(self) -> None:
        """Print what was told since the last time."""
        for _ in range(len(self._lines)):
            say(self._lines.popleft())


def _of_call(call: Call) -> str:
    """Put what a person wants to know of a call into words; empty of most."""
    if call.name == "getaddrinfo":
        return joined(f"looked up {call.arguments[0] or 'no name'}: {result(call)}", duration(call.took_ns))
    if call.failed and call.decided.name == "connect":
        took = duration(call.at_ns + call.took_ns - call.decided.at_ns)
        return f"{call.decided.arguments[0]}: {call.error} after {took}"
    return ""


def _connected(conversation: Conversation) -> str:
    ends, session = conversation.endpoints, conversation.layers.session
    took = duration(conversation.connected_at_ns - conversation.started_at_ns)
    if session:
        return f"TLS with {peer_of(conversation)}: {joined(str(session), verdict(session))}"
    if ends.listener_fd >= 0:
        return f"came, as fd {conversation.fd}"
    return f"connected to {peer_of(conversation)} from {ends.local}, after {took}"
