"""What a call could not do to its socket: errors that are about the call itself, and not about who is at the other end.

The rule: it is said which call was made, for which descriptor and address; where only a fault could lead to it, or
somebody outside, that is said too.
"""

from dataclasses import replace

from sockscope.net.value import Symbol
from sockscope.record.fact import Call
from sockscope.record.tape_entry import EntryKind
from sockscope.show.call_text import arguments
from sockscope.show.explain.explanation import WITHOUT_TLS, Explanation
from sockscope.show.explain.situation import Situation
from sockscope.show.units import duration, plural

_FAMILIES = {"AF_INET": "IPv4", "AF_INET6": "IPv6", "AF_UNIX": "UNIX sockets"}


def not_offered(situation: Situation, base: Explanation) -> Explanation:
    """Say which socket could not be made, and for whom."""
    call = situation.call
    if call is None or call.name != "socket":
        return _as_called(situation, base)
    family = next((_FAMILIES[one] for one in call.arguments if isinstance(one, Symbol) and one in _FAMILIES), "")
    whom = f", for {situation.tried}" if situation.tried else ""
    meaning = f"The kernel made no socket of {', '.join(str(one) for one in call.arguments)}{whom}. {base.meaning}"
    if situation.error != "EAFNOSUPPORT" or not family:
        return replace(base, meaning=meaning)
    other = {"IPv4": " Try the other family (-6).", "IPv6": " Try the other family (-4)."}.get(family, "")
    advice = f"See whether the kernel has {family} and it is not switched off, or forbidden to this program.{other}"
    return replace(base, meaning=meaning, advice=advice)


def in_use_already(situation: Situation, base: Explanation) -> Explanation:
    """Of a socket that is connecting or connected, and was to be once more."""
    call = situation.call
    if call is None or not situation.tried:
        return base
    state = "connecting" if situation.error == "EALREADY" else "connected"
    meaning = f"We called connect for {situation.tried}, and the socket (fd {call.fd}) is {state} already."
    return replace(base, meaning=meaning, advice=f"{base.advice} The calls show what was done to fd {call.fd} before.")


def bad_descriptor(situation: Situation, base: Explanation) -> Explanation:
    """Of a descriptor that is not what we took it for."""
    call = situation.call
    if call is None or call.fd < 0:
        return base
    what = "is not open: it was closed" if situation.error == "EBADF" else "is no socket: another file took its place"
    meaning = f"We called {_written(call.decided)}, and fd {call.fd} {what} without our doing."
    return replace(base, meaning=meaning, advice="Open it again; where that comes back it is a fault of this program.")


def no_destination(situation: Situation, base: Explanation) -> Explanation:
    """Of a datagram that had nowhere to go."""
    call = situation.call
    if call is None:
        return base
    size = next((one for one in call.arguments if isinstance(one, int)), 0)
    lost = f"its connection to {situation.tried} was undone" if situation.tried else "it never had a peer"
    meaning = f"We called {call.name} with {plural(size, 'byte')} and no address, and the socket has no peer: {lost}."
    return replace(base, meaning=meaning, advice="Nothing was sent: connect again, which names the peer anew.")


def cannot(situation: Situation, base: Explanation) -> Explanation:
    """Of what such a socket cannot do."""
    call = situation.call
    if call is None:
        return base
    meaning = f"We called {_written(call)}, and a {situation.subject.transport.title} socket cannot do that here."
    return replace(base, meaning=meaning)


def unknown_option(situation: Situation, base: Explanation) -> Explanation:
    """Say which option it was."""
    call = situation.call
    if call is None or call.name not in ("setsockopt", "getsockopt") or not call.arguments:
        return base
    option, title = call.arguments[0], situation.subject.transport.title
    meaning = f"This kernel does not know the option {option} of a {title} socket (fd {call.fd})."
    return replace(base, meaning=meaning, advice=f"Leave {str(option).split('_', 1)[-1]} out, or try a newer kernel.")


def aborted(situation: Situation, base: Explanation) -> Explanation:
    """Tell a client that went before it was accepted from a connection that our own system ended."""
    conversation = situation.conversation
    if conversation is None or not conversation.connected_at_ns:
        return base
    after = duration(conversation.ended_at_ns - conversation.connected_at_ns)
    meaning = (
        f"Our own system, not the peer, ended the connection to {situation.tried} after {after}: usually somebody had"
        " the socket destroyed (ss -K), or a rule or a lost address did."
    )
    return replace(base, meaning=meaning, advice="Connect again; see who ends connections on this machine.")


def handshake_unfinished(situation: Situation, base: Explanation) -> Explanation:
    """Say how far a TLS handshake came before the time was over."""
    conversation = situation.conversation
    if conversation is None or conversation.layers.wire is None or not conversation.connected_at_ns:
        return base
    within = duration(conversation.ended_at_ns - conversation.connected_at_ns)
    tape = conversation.layers.wire.tape
    came, went = (tape.bytes_of(kind)[1] for kind in (EntryKind.RECEIVED, EntryKind.SENT))
    if conversation.request is None:
        said = f"{plural(came, 'byte')} of it" if came else "nothing at all"
        meaning = f"The client {situation.tried} sent {said} within {within}, and no whole TLS handshake."
        advice = "It may not speak TLS and wait for us to begin, or only look whether the port is open; see its log."
        return replace(base, meaning=meaning, advice=advice)
    if came:
        meaning = f"{situation.tried} sent {plural(came, 'byte')} of the TLS handshake, and then no more for {within}."
        return replace(base, meaning=meaning, advice="It may be busy or hang: see its log; --timeout waits longer.")
    meaning = f"{situation.tried} took the connection, and answered our ClientHello ({plural(went, 'byte')}) with"
    meaning = f"{meaning} nothing within {within}."
    advice = "Its port may not speak TLS and wait for plain text, or the server is busy; --timeout waits longer."
    return replace(base, meaning=meaning, advice=advice, action=WITHOUT_TLS)


def _written(call: Call) -> str:
    return f"{call.name}({arguments(call)})"


def _as_called(situation: Situation, base: Explanation) -> Explanation:
    """Say of which call it was."""
    if situation.call is None or not situation.tried:
        return base
    meaning = f"{base.meaning} It was {situation.call.decided.name} for {situation.tried} that said so."
    return replace(base, meaning=meaning)
