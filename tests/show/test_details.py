"""The details: exact numbers, everything that applies and nothing that does not, and all of it harmless."""

import itertools

import pytest
from hypothesis import given

from sockscope.net.address import Address
from sockscope.net.endpoint import NOWHERE, Endpoint, endpoint
from sockscope.net.socket_kind import TCP, UDP, UNIX, UNIXGRAM, SocketKind
from sockscope.record.certificate import UNREADABLE
from sockscope.record.conversation import Conversation, State
from sockscope.record.credentials import Credentials
from sockscope.record.dialling import ATTEMPTS_KEPT, Attempt
from sockscope.record.fact import Call, Facts
from sockscope.record.layers import Layers
from sockscope.record.leftover import Leftover
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.record.process import Holders, Process
from sockscope.record.ready import Ready
from sockscope.record.tls_session import TlsSession
from sockscope.record.transfer import Repeat, Transfer
from sockscope.record.waiting import Waiting
from sockscope.request.answers import Answers
from sockscope.request.listen import Listen
from sockscope.show.detail import Detail
from sockscope.show.details import ATTEMPTS_SHOWN, details
from sockscope.show.listener_details import CALLS_SHOWN, FDS_SHOWN, listener_details
from sockscope.show.sanitizer import safe
from sockscope.show.tls_details import NAMES_SHOWN
from sockscope.show.wall_clock import UNSET
from sockscope.ui.widgets.conversation_words import remark_on
from tests.facts import RECORDER, at, note, treat
from tests.show.clients import reset_by_us
from tests.show.made import (
    MS,
    NOW_NS,
    SECOND,
    SEGMENT,
    START_NS,
    certificate,
    connected,
    datagrams,
    dialled,
    drop,
    foreign,
    happen,
    history,
    listener,
    made,
    receive,
    relayed,
    secured,
    securing,
    send,
    won,
)


def by_label(found: list[Detail], title: str) -> dict[str, str]:
    """The values below one heading."""
    heads = [place for place, detail in enumerate(found) if detail.role == "head"] + [len(found)]
    places = {found[begin].label: found[begin + 1 : end] for begin, end in itertools.pairwise(heads)}
    return {detail.label: detail.value for detail in places.get(title, [])}


def told(conversation: Conversation, title: str) -> dict[str, str]:
    return by_label(details(conversation, NOW_NS), title)


def test_who_finished_first_and_who_closed_are_both_told() -> None:
    conversation = connected()
    assert told(conversation, "directions")["directions"] == "→ open · ← open"
    RECORDER.peer_finished(conversation)
    assert told(conversation, "directions")["directions"].startswith("→ open · ← finished ")
    RECORDER.we_finished(conversation)
    RECORDER.closed(conversation)
    assert told(conversation, "socket")["state"] == "the peer finished first, then we closed"
    assert told(conversation, "how it ended")["how"] == "the peer finished first (FIN), then we did"


def test_what_was_given_up_before_it_connected_is_not_said_to_be_closed() -> None:
    conversation = made()
    RECORDER.closed(conversation)
    assert told(conversation, "socket")["state"] == "cancelled"


def told_of(listener: Listener, title: str) -> dict[str, str]:
    return by_label(listener_details(listener, NOW_NS), title)


def role(found: list[Detail], value: str) -> str:
    return next(detail.role for detail in found if value in detail.value)


def test_a_connection_tells_its_socket_addresses_and_times() -> None:
    assert told(connected(), "socket") == {
        "kind": "TCP (AF_INET, SOCK_STREAM)",
        "descriptor": "7",
        "local address": "192.0.2.1:54321",
        "peer address": "192.0.2.7:80",
        "asked for": "example.com:80",
        "state": "connected",
        "began": "12.3 s ago",
        "connected": "12.2 s ago, after 3.0 ms",
        "silent for": "12.2 s",
    }


def test_one_that_has_ended_tells_when_and_that_its_descriptor_is_closed() -> None:
    conversation = connected()
    RECORDER.closed(conversation)
    conversation.ended_at_ns = START_NS + 10 * SECOND
    socket = told(conversation, "socket")
    assert (socket["descriptor"], socket["ended"]) == ("7, closed", "2.3 s ago, after 10.0 s")
    assert "silent for" not in socket


def test_what_has_not_happened_yet_is_left_out() -> None:
    conversation = made()
    assert set(told(conversation, "socket")) == {"kind", "asked for", "state", "began"}
    assert told(conversation, "socket")["kind"] == "TCP (SOCK_STREAM)"
    assert [detail.label for detail in details(conversation, NOW_NS) if detail.role == "head"] == ["socket", "traffic"]


@pytest.mark.parametrize(
    ("transport", "local", "kind"),
    [
        (TCP, at("[::1]:80"), "TCP (AF_INET6, SOCK_STREAM)"),
        (TCP, endpoint(("::ffff:127.0.0.1", 80, 0, 0)), "TCP (AF_INET6, SOCK_STREAM)"),
        (UDP, at("127.0.0.1:80"), "UDP (AF_INET, SOCK_DGRAM)"),
        (UNIX, NOWHERE, "UNIX stream (AF_UNIX, SOCK_STREAM)"),
        (UNIXGRAM, at("@00042"), "UNIX datagram (AF_UNIX, SOCK_DGRAM)"),
    ],
)
def test_the_kind_is_family_type_and_protocol(transport: SocketKind, local: Endpoint, kind: str) -> None:
    conversation = made(transport=transport)
    RECORDER.connected(conversation, 7, local, NOWHERE, START_NS)
    assert told(conversation, "socket")["kind"] == kind


def test_tls_is_a_layer_of_the_kind() -> None:
    assert told(securing(), "socket")["kind"] == "TLS over TCP (AF_INET, SOCK_STREAM)"


def test_an_accepted_one_tells_who_accepted_it_and_a_peer_of_datagrams_whose_socket_it_is() -> None:
    conversation = connected()
    conversation.endpoints.listener_fd = 5
    conversation.connected_at_ns = START_NS - 1000
    assert told(conversation, "socket")["descriptor"] == "7, accepted from 5"
    assert told(conversation, "socket")["connected"] == "12.3 s ago", "its record begins behind the call"
    conversation.endpoints.listener_fd = 7
    assert told(conversation, "socket")["descriptor"] == "7, the listener's: all its peers share it"


def test_the_process_behind_a_unix_socket_is_told() -> None:
    conversation = made(transport=UNIX)
    conversation.endpoints.credentials = Credentials(42, 33, 34, "www-data", "nginx")
    assert told(conversation, "socket")["peer process"] == "pid 42 nginx, user www-data (uid 33, gid 34)"


def test_the_process_that_holds_a_local_peers_socket_is_told_harmlessly() -> None:
    conversation = connected()
    RECORDER.peer_found(conversation, Holders((Process(42, "www-data", "ng\x1b[2J", ("nginx", "-g", "\u202e")),)))
    socket = told(conversation, "socket")
    assert socket["peer process"] == "pid 42 ng␛[2J, user www-data"
    assert socket["its command"] == "nginx -g \\u{202e}"


def test_processes_that_may_not_be_looked_into_are_told_of_where_the_peer_must_be_here() -> None:
    near, far = dialled([won("127.0.0.1:80")]), connected()
    for conversation in (near, far):
        RECORDER.peer_found(conversation, Holders(hidden=True))
    assert "may not be looked into" in told(near, "socket")["peer process"]
    assert "peer process" not in told(far, "socket")


def test_waiting_for_a_try_again_is_told() -> None:
    conversation = made()
    conversation.dialling.retry_at_ns = NOW_NS + 3500 * MS
    assert told(conversation, "socket")["tried again in"] == "3.5 s"


# Traffic.


def test_what_moved_is_exact() -> None:
    conversation = connected()
    for _ in range(1204):
        receive(conversation, b"x" * 1025)
    send(conversation, b"y")
    assert told(conversation, "traffic") == {"received": "1,234,100 bytes in 1,204 calls", "sent": "1 byte in 1 call"}
    conversation.flow.rate_in = 2048.0
    assert told(conversation, "traffic")["received"].endswith(" · 2.0 KiB/s")


def test_datagrams_are_counted_as_such() -> None:
    conversation = datagrams()
    receive(conversation, b"")
    assert told(conversation, "traffic") == {
        "received": "0 bytes in 1 datagram",
        "sent": "0 bytes in 0 datagrams",
        "not heard": "losses: nothing tells that a datagram arrived. Refusals of the peer's machine (ICMP) are heard",
    }


def test_what_waits_and_what_was_never_sent_is_told() -> None:
    conversation = connected()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 2_097_152, START_NS + 10 * SECOND
    conversation.reading_stopped = True
    traffic = told(conversation, "traffic")
    assert traffic["queued"] == "2,097,152 bytes, nothing taken for 2.3 s"
    assert traffic["stalled"].startswith("Stalled for 2.3 s: the peer's program seems not to read")
    assert traffic["reading"].startswith("stopped by hand")
    RECORDER.reset_by_peer(conversation)
    found = details(conversation, NOW_NS)
    assert set(by_label(found, "traffic")) == {"received", "sent"}
    assert "never sent" in by_label(found, "how it ended")
    assert role(found, "2,097,152 bytes") == "bad"


def test_what_is_ready_is_told_by_its_descriptors() -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:80"), 16),))
    listening.state = ListenerState.LISTENING
    assert told_of(listening, "what a select server would see") == {}
    listening.ready = Ready(NOW_NS - SECOND, (), tuple(range(7, 7 + FDS_SHOWN + 3)), 16)
    shown = told_of(listening, "what a select server would see")
    assert (shown["asked"], shown["to be read"]) == ("16 descriptors, 1.0 s ago", "none")
    assert shown["to be written"].startswith("fd 7, 8, 9,")
    assert shown["to be written"].endswith(", 18 and 3 others")


def test_who_waits_to_be_accepted_is_told() -> None:
    listening = listener()
    listening.waiting = (Waiting(at("192.0.2.7:4000"), NOW_NS - 12 * SECOND, 5), Waiting(at("192.0.2.8:1"), NOW_NS, 0))
    assert told_of(listening, "who waits to be accepted") == {
        "192.0.2.7:4000": "for 12.0 s · has sent 5 bytes that nobody reads",
        "192.0.2.8:1": "for 0.0 s",
    }
    listening.waiting *= ATTEMPTS_SHOWN
    assert told_of(listening, "who waits to be accepted")["others"] == "20 or more"


def test_what_the_kernel_held_at_the_close_is_told() -> None:
    ended = told(reset_by_us(), "how it ended")
    assert ended["unread"].startswith("9 bytes lay unread when we closed, so the kernel reset the connection")
    assert ended["unacknowledged"].endswith("were not acknowledged: they are thrown away")
    conversation = connected()
    RECORDER.left(conversation, Leftover(0, 5))
    assert "unacknowledged" not in told(conversation, "directions")
    RECORDER.closed(conversation)
    assert "goes on sending" in told(conversation, "how it ended")["unacknowledged"]
    assert "; 5 bytes that our kernel took" in remark_on(conversation, UNSET)[0]


def test_how_many_clients_waited_is_told_over_time() -> None:
    made = listener(bound=(Bound(3, at("127.0.0.1:80"), 5),))
    for waiting in (0, 4, 1):
        RECORDER.listeners.sampled(made, ((waiting, 5),), 0)
    assert by_label(listener_details(made, NOW_NS), "sockets")["accept queue"] == "▁█▃ now 1, most 4"
    RECORDER.listeners.sampled(made, (), 0)
    assert "does not tell" in by_label(listener_details(made, NOW_NS), "sockets")["accept queue"]


def test_what_the_history_no_longer_has_is_told() -> None:
    conversation = made([("in", bytes(SEGMENT))] * 3, keeping=history())
    assert "dropped" not in told(conversation, "traffic")
    drop(conversation)
    assert told(conversation, "traffic")["dropped"] == f"{SEGMENT:,} bytes in 1 record from the history"
    for _ in range(Facts.FIRST + Facts.LATEST + 3):
        happen(conversation, "setsockopt", b"")
    assert told(conversation, "traffic")["dropped"].endswith("in 1 record and 3 other calls from the history")


# What went wrong.


def test_a_failure_is_explained_and_its_exact_reason_told() -> None:
    conversation = connected()
    RECORDER.failed(conversation, "EHOSTUNREACH", "the exact reason")
    RECORDER.remark(conversation, "test", "a remark")
    found = details(conversation, NOW_NS)
    assert by_label(found, "what went wrong") == {
        "remark": "a remark",
        "error": "EHOSTUNREACH · unreachable",
        "exactly": "the exact reason",
        "which means": "A router or this machine says that the host cannot be reached.",
        "try": "Check the address, the route and the firewall.",
    }
    assert [role(found, value) for value in ("a remark", "EHOST", "the exact", "failed")] == ["bad"] * 4


def test_where_nothing_went_wrong_nothing_is_said() -> None:
    assert "bad" not in {detail.role for detail in details(connected(), NOW_NS)}


def test_each_attempt_is_told_with_how_long_it_took_and_what_came_of_it() -> None:
    refused = Attempt(at("[2001:db8::1]:80"), START_NS, 6, START_NS + 2 * MS, "ECONNREFUSED")
    made_none = Attempt(at("192.0.2.9:80"), START_NS, -1, START_NS + MS, "EMFILE")
    odd = Attempt(at("192.0.2.8:80"), START_NS, 8, START_NS + MS, "ECANCELED")
    found = details(dialled([refused, made_none, odd, won(), Attempt(at("192.0.2.10:80"), START_NS, 9)]), NOW_NS)
    assert by_label(found, "attempts") == {
        "1": "[2001:db8::1]:80 · fd 6 · ECONNREFUSED: refused · 2.0 ms",
        "2": "192.0.2.9:80 · EMFILE: out of descriptors · 1.0 ms",
        "3": "192.0.2.8:80 · fd 8 · ECANCELED · 1.0 ms",
        "4": "192.0.2.7:80 · fd 7 · connected · 3.0 ms",
        "5": "192.0.2.10:80 · fd 9 · no answer yet · 12.3 s",
    }
    assert [role(found, value) for value in ("refused", "· connected", "no answer")] == ["bad", "good", ""]


def test_of_many_attempts_the_latest_are_told() -> None:
    ports = range(ATTEMPTS_SHOWN + 30)
    many = [Attempt(at(f"192.0.2.7:{n}"), START_NS, 7, START_NS + MS, "ECONNREFUSED") for n in ports]
    attempts = told(dialled(many), "attempts")
    assert attempts["earlier"] == "30 attempts, not shown"
    assert list(attempts)[1:] == [str(n) for n in range(31, ATTEMPTS_SHOWN + 31)]


def test_attempts_that_the_record_dropped_are_counted() -> None:
    ports = range(ATTEMPTS_KEPT + 50)
    many = [Attempt(at(f"192.0.2.7:{n}"), START_NS, 7, START_NS + MS, "ECONNREFUSED") for n in ports]
    attempts = told(dialled(many), "attempts")
    earlier = ATTEMPTS_KEPT + 50 - ATTEMPTS_SHOWN
    assert attempts["earlier"] == f"{earlier} attempts, not shown"
    assert list(attempts)[1] == str(earlier + 1)


def test_what_began_after_the_screen_s_clock_took_nothing_so_far() -> None:
    attempts = told(dialled([Attempt(at("192.0.2.7:80"), NOW_NS + 300 * MS, 7)]), "attempts")
    assert attempts["1"].endswith("no answer yet · 0.0 s")


# TLS.


def test_tls_tells_what_was_agreed_on_and_what_each_certificate_says() -> None:
    conversation = secured()
    assert conversation.layers.session
    above = certificate("Test CA")._replace(names=(), self_issued=True)
    session = conversation.layers.session._replace(chain=(certificate(), above))
    conversation.layers = conversation.layers._replace(session=session)
    found = details(conversation, NOW_NS)
    assert by_label(found, "TLS") == {
        "version": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "ALPN": "h2",
        "server name": "example.com",
        "certificate": "verified",
    }
    first, second = by_label(found, "certificate 1 of 2"), by_label(found, "certificate 2 of 2")
    assert first == {
        "subject": "CN=example.com",
        "names": "example.com, www.example.com",
        "issuer": "CN=Test CA,O=Tests",
        "valid": "2001-01-01 00:00:00 UTC to 2999-01-01 00:00:00 UTC",
        "key": "EC P-256",
        "SHA-256": certificate().fingerprint,
    }
    assert second["issuer"].endswith(" (itself)") and "names" not in second
    assert role(found, "verified") == "good"


def test_what_was_not_verified_is_bad_only_where_it_should_have_been() -> None:
    conversation = secured(verified=False, because="verification is off")
    assert role(details(conversation, NOW_NS), "NOT VERIFIED: verification is off") == "bad"
    conversation.target = ""
    assert role(details(conversation, NOW_NS), "NOT VERIFIED: verification is off") == ""


@pytest.mark.parametrize(
    ("not_before", "not_after", "begins", "its_role"),
    [
        ("2001-01-01", "2999-01-01", "2001", ""),
        ("2001-01-01", "2002-01-01", "EXPIRED: 2001", "bad"),
        ("2998-01-01", "2999-01-01", "NOT YET VALID: 2998", "bad"),
    ],
)
def test_a_certificate_that_is_not_valid_now_is_bad(
    not_before: str, not_after: str, begins: str, its_role: str
) -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:443"), 4096),))
    listening.certificate = certificate(not_before=not_before, not_after=not_after)
    found = listener_details(listening, NOW_NS)
    valid = next(detail for detail in found if detail.label == "valid")
    assert valid.value.startswith(begins)
    assert valid.role == its_role


def test_times_that_cannot_be_read_are_not_judged() -> None:
    listening = listener()
    listening.certificate = certificate()._replace(not_before=UNREADABLE, not_after=UNREADABLE)
    assert role(listener_details(listening, NOW_NS), UNREADABLE) == ""


def test_of_many_names_the_first_are_told() -> None:
    listening = listener()
    names = tuple(f"name{n}.example" for n in range(NAMES_SHOWN + 1200))
    listening.certificate = certificate()._replace(names=names)
    shown = told_of(listening, "certificate that clients are shown")["names"]
    assert shown.endswith(f"name{NAMES_SHOWN - 1}.example and 1,200 more")


def test_tls_without_alpn_says_so_and_records_are_counted() -> None:
    conversation = secured(alpn="")
    assert conversation.layers.wire
    conversation.layers.wire.tape.sent(memoryview(bytes(5000)), 5000, START_NS, 1000)
    assert told(conversation, "TLS")["ALPN"] == "none agreed on"
    assert told(conversation, "traffic")["on the wire"] == "5,000 bytes of TLS records, both ways together"


# What goes on.


def test_a_relay_tells_of_its_other_leg() -> None:
    conversation = relayed()
    assert conversation.upstream
    session = TlsSession("TLSv1.3", "AES", "", "", (), False, "verification is off")
    conversation.upstream.layers = Layers(session=session)
    found = details(conversation, NOW_NS)
    assert by_label(found, "relay: the other leg") == {
        "target": "unix:/run/app.sock",
        "kind": "UNIX stream (AF_UNIX, SOCK_STREAM)",
        "descriptor": "9",
        "peer address": "/run/app.sock",
        "state": "connected",
        "received": "15 bytes in 1 call",
        "sent": "5 bytes in 1 call",
        "TLS": "TLSv1.3 · AES · NOT VERIFIED: verification is off",
    }
    RECORDER.failed(conversation.upstream, "ECONNREFUSED")
    assert told(conversation, "relay: the other leg")["error"] == "ECONNREFUSED · refused"


def test_a_file_and_what_is_repeated_are_told() -> None:
    conversation = connected()
    transfer = Transfer("big.iso", 1_000_000, START_NS, 250_000)
    conversation.outgoing.transfers = (transfer,)
    conversation.outgoing.repeat = Repeat(0.5, 0, 1200)
    sent = "250,000 of 1,000,000 bytes in 12.3 s"
    assert told(conversation, "file") == {"name": "big.iso", "sent": sent, "outcome": "still going on"}
    assert told(conversation, "repeated")["payload"] == "sent 1,200 times, every 0.5 s, still going on"
    conversation.outgoing.transfers = (transfer, Transfer("next", 1, START_NS))
    assert told(conversation, "file")["name"] == "big.iso"
    assert told(conversation, "file")["behind it"] == "1 file to be sent"
    conversation.outgoing.transfers = (transfer,)
    transfer.outcome, transfer.ended_at_ns = "EIO", START_NS + SECOND
    conversation.outgoing.repeat.stopped = True
    assert told(conversation, "file")["outcome"] == "EIO"
    assert told(conversation, "file")["sent"].endswith("in 1.0 s")
    assert told(conversation, "repeated")["payload"].endswith(", stopped")


# A listener.


def test_a_listener_tells_its_sockets_clients_and_answers() -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:80"), 4096), Bound(6, at("[::]:80"), 4096)))
    listening.queues = ((3, 4096), (0, 128))
    listening.accepted, listening.live_clients, listening.aborted, listening.forgotten = 12_000, 3, 2, 1
    treat(listening, idle_s=30.0)
    assert told_of(listening, "listener") == {
        "kind": "TCP (SOCK_STREAM)",
        "asked for": "127.0.0.1:0",
        "state": "listening",
        "began": "13.3 s ago",
        "reachable": "not only from this machine",
    }
    assert told_of(listening, "sockets") == {
        "fd 5": "127.0.0.1:80 · AF_INET · backlog 4096 · queue 3 of 4096",
        "fd 6": "[::]:80 · AF_INET6 · backlog 4096 · queue 0 of 128",
    }
    assert told_of(listening, "clients") == {
        "accepted": "12,000, 3 of them are there",
        "aborted": "2 before they were accepted",
        "forgotten": "1 that have ended",
        "received": "0 bytes in 0 calls",
        "sent": "0 bytes in 0 calls",
    }
    assert told_of(listening, "what they are answered") == {
        "answer": "none",
        "accepting": "all at once",
        "at their end": "we finish too",
        "closed after": "30 s of silence",
    }


def test_the_switches_of_a_listener_are_told() -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:80"), 4096),))
    treat(listening, answers=Answers("canned"), one_at_a_time=True, keep_half_open=True)
    RECORDER.listeners.answers_no_more(listening, "it took too long")
    answers = told_of(listening, "what they are answered")
    assert answers == {
        "answer": "canned",
        "no more": "it took too long",
        "accepting": "one at a time",
        "at their end": "our side stays open",
    }
    treat(listening, accepting=False, relay="unix:/run/app.sock")
    answers = told_of(listening, "what they are answered")
    assert (answers["passed on to"], answers["accepting"]) == (
        "unix:/run/app.sock",
        "switched off: clients wait in the queue",
    )
    assert "answer" not in answers
    assert told_of(listening, "listener")["reachable"] == "from this machine only"


def test_a_listener_of_datagrams_tells_what_was_lost_and_nothing_of_connections() -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:53"), 0),), transport=UDP)
    listening.lost_datagrams = 1200
    treat(listening, accepting=False)
    found = listener_details(listening, NOW_NS)
    assert by_label(found, "sockets") == {"fd 5": "127.0.0.1:53 · AF_INET"}
    assert by_label(found, "clients")["met"] == "0, 0 of them are there"
    assert role(found, "1,200 datagrams: the kernel's buffer was full") == "bad"
    assert set(by_label(found, "what they are answered")) == {"answer", "receiving"}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Address("", 0), "0 (any free port)"),
        (Address("::1", 0, "udp"), "udp://[::1]:0 (any free port)"),
        (Address("", 80), "80"),
        (Address("/run/s", 0, "unix"), "unix:/run/s"),
    ],
    ids=str,
)
def test_a_listener_that_asked_for_any_free_port_says_so(target: Address, said: str) -> None:
    listening = listener()
    listening.request = Listen(target)
    assert told_of(listening, "listener")["asked for"] == said


def test_a_listener_that_failed_tells_why() -> None:
    failed = Call("bind", 5, (at("/run/app.sock"),), None, "EADDRINUSE", START_NS, 1000)
    listening = listener(failed, transport=UNIX)
    listening.stale_path = "/run/app.sock"
    RECORDER.listeners.ended(listening, ListenerState.FAILED, "EADDRINUSE", "was left behind")
    listening.ended_at_ns = START_NS
    found = listener_details(listening, NOW_NS)
    assert by_label(found, "what went wrong")["exactly"] == "/run/app.sock was left behind"
    assert by_label(found, "listener")["left behind"] == "/run/app.sock"
    assert by_label(found, "listener")["ended"] == "12.3 s ago, after 1.0 s"
    assert role(found, "failed") == "bad"


# All of it.


def test_calls_of_a_listener_that_failed_are_told_also_where_it_went_on() -> None:
    listening = listener(bound=(Bound(5, at("127.0.0.1:443"), 4096),))
    assert told_of(listening, "calls that failed") == {}
    note(listening, Call("accept", 5, (), None, "EPERM", START_NS, 1000))
    note(listening, Call("accept", 5, (), (6, at("127.0.0.1:4000")), "", START_NS, 1000))
    failed = told_of(listening, "calls that failed")
    assert failed == {"accept": "(5) = EPERM, not permitted · 12.3 s ago"}


def test_of_many_calls_that_failed_the_latest_are_told() -> None:
    listening = listener()
    for number in range(CALLS_SHOWN + 3):
        note(listening, Call("bind", number, (at("127.0.0.1:0"),), None, "EADDRINUSE", START_NS, 1000))
    failed = [detail.value for detail in listener_details(listening, NOW_NS) if "EADDRINUSE" in detail.value]
    assert failed[0].startswith("(3, 127.0.0.1:0) = EADDRINUSE")
    assert told_of(listening, "calls that failed")["earlier"] == "3 calls, not shown"


@given(foreign, foreign)
def test_details_are_harmless_whatever_the_records_hold(one: str, two: str) -> None:
    conversation = secured()
    session = TlsSession(one, two, one, two, (certificate(one)._replace(subject=two, issuer=one, key=two),), False, one)
    conversation.layers, conversation.target = conversation.layers._replace(session=session), one
    RECORDER.remark(conversation, one, two)
    conversation.endpoints.credentials = Credentials(1, 2, 3, one, two)
    conversation.outgoing.transfers = (Transfer(one, 1, START_NS, outcome=two),)
    conversation.upstream = connected()
    RECORDER.failed(conversation.upstream, one, two)
    note(conversation, Call(one, 7, (two,), one, two, START_NS, 1))
    RECORDER.connected(conversation, 7, Endpoint(1, path=one), Endpoint(1, path=two), START_NS, State.OPEN)
    listening = listener(bound=(Bound(5, Endpoint(1, path=one), 1),))
    listening.target, listening.stale_path = one, one
    treat(listening, relay=two)
    listening.certificate = certificate()._replace(subject=two)
    for detail in [*details(conversation, NOW_NS), *listener_details(listening, NOW_NS)]:
        assert (safe(detail.label), safe(detail.value)) == (detail.label, detail.value)
        assert bool(detail.value) != (detail.role == "head")
