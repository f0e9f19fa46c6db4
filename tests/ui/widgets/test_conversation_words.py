"""The line below a conversation: what should be known of it, and what to do about it."""

import pytest

from sockscope.net.address import Address
from sockscope.request import Connect
from sockscope.show.wall_clock import UNSET
from sockscope.ui.clock import clock_ns
from sockscope.ui.widgets.conversation_words import remark_on
from tests.facts import RECORDER
from tests.show.made import MS, SECOND, connected, send


def test_a_send_that_stalls_is_explained() -> None:
    conversation = connected()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 500, clock_ns() - 12 * SECOND
    words, severity = remark_on(conversation, UNSET)
    assert words.startswith("Stalled for ") and severity == "warning"


def test_what_a_cut_off_end_means_is_still_said_behind_the_end() -> None:
    conversation = connected()
    RECORDER.remark(conversation, "cut off", "TLS: the peer ended without close_notify")
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)
    words, severity = remark_on(conversation, UNSET)
    assert words.startswith("the peer finished first (FIN), then we closed") and severity == "warning"
    assert "TLS: the peer ended without close_notify. The end of the data is not proven" in words
    assert words.endswith("connect again, and compare.")


def test_a_plain_client_of_a_tls_port_is_told_the_key_also_once_the_server_has_gone() -> None:
    conversation = connected()
    conversation.request = Connect(Address("192.0.2.7", 80))
    RECORDER.remark(conversation, "speaks TLS", "the other side speaks TLS")
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)
    assert remark_on(conversation, UNSET)[0].endswith("Speak TLS too. u connects with TLS.")


def test_a_client_that_speaks_tls_to_a_plain_listener_is_met_by_listening_otherwise() -> None:
    conversation = connected()
    RECORDER.remark(conversation, "speaks TLS", "the other side speaks TLS")
    assert remark_on(conversation, UNSET)[0].endswith("Listen at tls:// for it, or let the client connect without TLS.")


@pytest.mark.parametrize("after_ms", [1, 1000])
def test_a_server_that_left_without_a_word_may_speak_tls_where_it_was_quick(after_ms: int) -> None:
    ended, reset = connected(), connected()
    for conversation in (ended, reset):
        conversation.request = Connect(Address("192.0.2.7", 80))
        send(conversation, b"hello")
    RECORDER.remark(ended, "no word", "the peer ended behind what we sent, without a word")
    RECORDER.peer_finished(ended)
    RECORDER.reset_by_peer(reset)
    ended.finished_at_ns = (ended.flow.last_out_ns + after_ms * MS,)
    reset.ended_at_ns = reset.flow.last_out_ns + after_ms * MS
    quick = after_ms == 1
    for conversation, cause in ((ended, "may have taken what came and be done"), (reset, "with bytes of ours unread")):
        words, _ = remark_on(conversation, UNSET)
        assert cause in words.partition("TLS")[0] and "log" in words.partition("TLS")[0]
        assert words.endswith("Only where this port may be one of TLS: u connects with TLS.") is quick
        assert ("TLS" in words) is quick


def test_while_somebody_types_the_key_is_reached_by_leaving_the_field() -> None:
    conversation = connected()
    conversation.request = Connect(Address("192.0.2.7", 80))
    RECORDER.remark(conversation, "speaks TLS", "the other side speaks TLS")
    assert remark_on(conversation, UNSET, typing=True)[0].endswith("Esc, then u connects with TLS.")


@pytest.mark.parametrize(
    ("ours", "typing", "keys"),
    [
        (False, False, "reset. i writes, ctrl+d finishes our side too, c closes."),
        (False, True, "reset. ctrl+d finishes our side too; Esc, then c closes."),
        (True, False, "read. c closes."),
        (True, True, "read. Esc, then c closes."),
    ],
)
def test_what_is_half_closed_is_no_error_and_has_its_keys(ours: bool, typing: bool, keys: str) -> None:
    conversation = connected()
    (RECORDER.we_finished if ours else RECORDER.peer_finished)(conversation)
    words, severity = remark_on(conversation, UNSET, typing=typing)
    assert words.startswith("half-closed: ") and "No error: " in words and severity == "note"
    assert words.endswith(keys)
