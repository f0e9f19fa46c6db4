"""A client of ours in every state that a conversation can be in."""

from collections.abc import Callable

from sockscope.net.error_name import RESOLVER_TIMEOUT
from sockscope.net.socket_kind import UDP, UNIX, UNIXGRAM
from sockscope.record.conversation import Conversation, State
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call
from sockscope.record.leftover import Leftover
from tests.facts import RECORDER, at, note
from tests.show.made import MS, NOW_NS, SECOND, START_NS, connected, dialled, made, secured, securing, send, trying, won


def looking_up() -> Conversation:
    return made()


def not_found() -> Conversation:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, ("nosuch.example", "80"), None, "EAI_NONAME", START_NS, 5 * MS))
    RECORDER.failed(conversation, "EAI_NONAME")
    return conversation


def lookup_cancelled() -> Conversation:
    conversation = made()
    given_up = Call("getaddrinfo", -1, ("slow.example", "80"), None, "abandoned", START_NS, 5 * MS, "cancelled")
    note(conversation, given_up)
    RECORDER.closed(conversation)
    return conversation


def lookup_timed_out() -> Conversation:
    conversation = made()
    given_up = Call("getaddrinfo", -1, ("slow.example", "80"), None, "abandoned", START_NS, 5 * MS, "gave up waiting")
    note(conversation, given_up)
    RECORDER.failed(conversation, RESOLVER_TIMEOUT)
    return conversation


def connecting() -> Conversation:
    return dialled([trying()])


def connecting_second() -> Conversation:
    return dialled([trying("[2001:db8::1]:80", fd=7), trying("192.0.2.7:80", fd=8, started_ms=250)])


def refused() -> Conversation:
    conversation = dialled([trying(error="ECONNREFUSED")])
    note(conversation, Call("connect", 7, (at("192.0.2.7:80"),), None, "ECONNREFUSED", START_NS, 2 * MS))
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    RECORDER.failed(conversation, "ECONNREFUSED")
    return conversation


def timed_out() -> Conversation:
    conversation = dialled([trying(error="timeout"), trying("192.0.2.8:80", error="timeout", fd=8)])
    note(conversation, Call("close", 8, (), 0, "", START_NS, 1000, "gave up waiting"))
    RECORDER.failed(conversation, "timeout")
    return conversation


def cancelled() -> Conversation:
    conversation = dialled([trying(error="ECANCELED")])
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000, "cancelled"))
    RECORDER.closed(conversation)
    return conversation


def peer_finished() -> Conversation:
    conversation = connected()
    RECORDER.peer_finished(conversation)
    return conversation


def we_finished() -> Conversation:
    conversation = connected()
    RECORDER.we_finished(conversation)
    return conversation


def ended(end: Callable[[Conversation], None], before: Callable[[], Conversation] = connected) -> Conversation:
    """A conversation that ended 90 s after it began."""
    conversation = before()
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    end(conversation)
    conversation.ended_at_ns = START_NS + 90 * SECOND
    return conversation


def talked() -> Conversation:
    conversation = connected()
    send(conversation, b"hello")
    RECORDER.closed(conversation)
    return conversation


def closed_by_us() -> Conversation:
    return ended(RECORDER.closed)


def closed_by_peer() -> Conversation:
    return ended(RECORDER.closed_by_peer, peer_finished)


def peer_then_us() -> Conversation:
    return ended(RECORDER.closed, peer_finished)


def closing() -> Conversation:
    """It broke, and close(2) waits: the socket lingers."""
    conversation = connected()
    RECORDER.failed(conversation, "ETIMEDOUT")
    conversation.ended_at_ns = NOW_NS - 2 * SECOND
    return conversation


def not_closed() -> Conversation:
    conversation = connected()
    note(conversation, Call("close", 7, (), None, "EIO", START_NS, 1000))
    RECORDER.closed(conversation)
    return conversation


def reset() -> Conversation:
    return ended(RECORDER.reset_by_peer)


def reset_by_us() -> Conversation:
    """Closed while bytes lay unread."""

    def close(conversation: Conversation) -> None:
        RECORDER.left(conversation, Leftover(9, 2_097_152))
        RECORDER.closed(conversation)

    return ended(close)


def broken() -> Conversation:
    return ended(lambda conversation: RECORDER.failed(conversation, "EHOSTUNREACH"))


def not_verified() -> Conversation:
    return secured(verified=False, because="verification is off")


def handshake_failed() -> Conversation:
    conversation = securing()
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    RECORDER.failed(conversation, "CERTIFICATE_VERIFY_FAILED", "self-signed certificate (code 18)")
    return conversation


def handshake_cancelled() -> Conversation:
    return ended(RECORDER.closed, securing)


def reset_in_handshake() -> Conversation:
    return ended(RECORDER.reset_by_peer, securing)


def udp() -> Conversation:
    return dialled([won("127.0.0.1:9")], transport=UDP)


def udp_unconnected() -> Conversation:
    conversation = udp()
    RECORDER.connected(conversation, 7, at("0.0.0.0:0"), at("127.0.0.1:9"), START_NS, State.OPEN)
    return conversation


def udp_closed() -> Conversation:
    return ended(RECORDER.closed, udp)


def unix() -> Conversation:
    conversation = dialled([won("/run/app.sock")], local="", transport=UNIX)
    conversation.endpoints.credentials = Credentials(42, 0, 0, "root", "nginx")
    return conversation


def abstract() -> Conversation:
    return dialled([won("@app")], local="@00042", transport=UNIXGRAM)


def retrying() -> Conversation:
    conversation = dialled([trying(error="ECONNREFUSED", fd=fd) for fd in (7, 8, 9)])
    conversation.dialling.retry_at_ns = NOW_NS + 3500 * MS
    return conversation


def lookup_retrying() -> Conversation:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, ("nosuch.example", "80"), None, "EAI_AGAIN", START_NS, 5 * MS))
    conversation.dialling.retry_at_ns = NOW_NS + 1000 * MS
    return conversation
