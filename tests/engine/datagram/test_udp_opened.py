"""UDP sockets that we open: what arrives, what is said where nothing does, and files in datagrams."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address, AddressError
from sockscope.record.conversation import Conversation, State
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect
from sockscope.show.step import why_troubled
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.datagram.udp_peers import datagrams, heard, open_udp, peer, settle
from tests.engine.loopback import V4, V6, all_calls, both_families, calls, needs_ipv6, refusals, target_of
from tests.facts import at


def nobody_at(host: str = V4) -> int:
    """A port that was free a moment ago."""
    with peer(host) as free:
        return int(free.getsockname()[1])


def opened_to(engine: Engine, other: socket.socket, **asked: Any) -> Conversation:
    conversation = open_udp(engine, *other.getsockname()[:2], **asked)
    assert conversation.state is (State.CONNECTED if asked.get("connected", True) else State.OPEN)
    return conversation


def address_of(conversation: Conversation) -> tuple[str, int]:
    return conversation.endpoints.local.host, conversation.endpoints.local.port


def remarked(conversation: Conversation) -> str:
    wait_until(lambda: conversation.facts.said)
    return conversation.facts.said


# A socket that we open.


@both_families
@pytest.mark.parametrize("connected", [True, False])
def test_boundaries_are_kept_both_ways_and_an_empty_datagram_ends_nothing(
    engine: Engine, host: str, connected: bool
) -> None:
    with peer(host) as other:
        ours = opened_to(engine, other, connected=connected)
        for data in (b"one", b"", b"two"):
            engine.send(ours, data)
        came = [other.recvfrom(100) for _ in range(3)]
        assert [data for data, _ in came] == [b"one", b"", b"two"]
        sender = came[0][1]
        wait_until(lambda: address_of(ours)[1] == sender[1], what="the port is known, at the latest by sending")
        for data in (b"1", b"", b"23"):
            other.sendto(data, sender)
        assert heard(ours, 3) == [b"1", b"", b"23"]
        assert datagrams(ours, EntryKind.SENT) == [b"one", b"", b"two"]
        assert (ours.flow.bytes_in, ours.flow.bytes_out, ours.flow.calls_out) == (3, 6, 3)
        assert ours.state.live
        assert ours.facts.said == ""
        engine.close(ours)
        wait_until(lambda: ours.state is State.CLOSED_BY_US)
        assert [call.returned for call in calls(ours, "close")] == [0]
        anew = opened_to(engine, other, connected=connected)  # most likely with the same descriptor
        engine.send(anew, b"anew")
        data, sender = other.recvfrom(100)
        other.sendto(data, sender)
        assert heard(anew, 1) == [b"anew"]


def test_a_connected_socket_hears_that_it_is_refused_until_somebody_is_there(engine: Engine) -> None:
    port = nobody_at()
    ours = open_udp(engine, V4, port)
    engine.send(ours, b"anybody?")
    assert remarked(ours).startswith("refused: the peer's machine answered that nobody receives at that port")
    (refused,) = [call for call in all_calls(ours.facts) if call.error]
    assert (refused.name, refused.error) == ("recvfrom", "ECONNREFUSED")
    assert ours.state is State.CONNECTED
    with peer(V4, port) as other:
        engine.send(ours, b"now?")
        data, sender = other.recvfrom(100)
        assert data == b"now?"
        other.sendto(b"yes", sender)
        assert heard(ours, 1) == [b"yes"]
        assert ours.facts.said == "", "it is refused no more"


@both_families
def test_a_connected_socket_hears_no_stranger(engine: Engine, host: str) -> None:
    with peer(host) as other, peer(host) as stranger:
        ours = opened_to(engine, other)
        stranger.sendto(b"stranger", address_of(ours))
        other.sendto(b"friend", address_of(ours))
        assert heard(ours, 1) == [b"friend"]


@both_families
def test_an_unconnected_socket_hears_strangers_by_name(engine: Engine, host: str) -> None:
    with peer(host) as other, peer(host) as stranger:
        ours = opened_to(engine, other, connected=False)
        engine.send(ours, b"x")
        back = (host, other.recvfrom(100)[1][1])
        stranger.sendto(b"stranger", back)
        heard(ours, 1)
        other.sendto(b"friend", back)
        assert heard(ours, 2) == [b"stranger", b"friend"]
        port = stranger.getsockname()[1]
        (told,) = calls(ours, "recvfrom")
        assert told.note.startswith("from ")
        assert f":{port}, which is not whom we send to" in told.note


@pytest.mark.parametrize(("host", "largest"), [(V4, 65507), pytest.param(V6, 65527, marks=needs_ipv6)])
def test_the_largest_datagram_passes_and_one_byte_more_is_said(engine: Engine, host: str, largest: int) -> None:
    with peer(host) as other:
        ours = opened_to(engine, other)
        for size_bytes in (largest, largest + 1):
            engine.send(ours, bytes(size_bytes))
        assert remarked(ours) == f"not sent: EMSGSIZE, {largest + 1:,} bytes: too many for one datagram"
        engine.send(ours, bytes(2))
        assert [len(other.recv(100_000)) for _ in range(2)] == [largest, 2]
        wait_until(lambda: not ours.facts.said and not why_troubled(ours), what="what went out after it ends that")
        assert [(call.fd, call.arguments) for call in calls(ours, "send")] == [(ours.fd, (largest + 1,))]
        wait_until(lambda: ours.flow.calls_out == 2)
        assert (ours.flow.bytes_out, ours.state) == (largest + 2, State.CONNECTED)


@pytest.mark.parametrize("connected", [True, False])
def test_what_the_buffer_is_too_small_for_is_cut_off_and_its_real_size_said(engine: Engine, connected: bool) -> None:
    with peer() as other:
        ours = opened_to(engine, other, connected=connected, read_bytes=3)
        engine.send(ours, b"x")
        _, sender = other.recvfrom(10)
        other.sendto(b"hello", sender)
        other.sendto(b"abc", sender)
        assert heard(ours, 2) == [b"hel", b"abc"]
        assert ours.facts.said == "cut off: the datagram had 5 bytes, 2 of them are lost"
        (cut,) = calls(ours, "recvfrom")
        assert (cut.fd, cut.arguments, cut.returned) == (ours.fd, (3, "MSG_TRUNC"), 5)
        assert ours.flow.bytes_in == 6


def test_a_source_address_and_port_are_used_and_one_that_is_taken_is_said(engine: Engine) -> None:
    with peer() as other:
        port = nobody_at("127.0.0.2")
        ours = opened_to(engine, other, source=Address("127.0.0.2", port, "udp"))
        engine.send(ours, b"x")
        assert other.recvfrom(10) == (b"x", ("127.0.0.2", port))
        assert ours.endpoints.local == at(f"127.0.0.2:{port}")
        taken = open_udp(engine, *other.getsockname(), source=target_of(other, "udp"))
        assert (taken.state, taken.error) == (State.FAILED, "EADDRINUSE")


def test_while_reading_is_stopped_datagrams_wait_in_the_kernel(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other)
        engine.read(ours, reading=False)
        settle(engine, ours)
        other.sendto(b"waits", address_of(ours))
        for _ in range(2):  # what was asked for goes first, what came in second
            settle(engine, ours)
        assert ours.reading_stopped
        began_s = time.process_time()
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.recv(1)
        assert time.process_time() - began_s < 0.05, "what waits keeps the engine busy"
        assert ours.flow.calls_in == 0
        engine.read(ours, reading=True)
        assert heard(ours, 1) == [b"waits"]
        assert not ours.reading_stopped


def test_there_is_nothing_to_finish_nor_to_reset_nor_to_secure(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other)
        engine.finish_sending(ours)
        assert remarked(ours) == "datagrams have no end of stream: there is nothing to finish"
        engine.reset(ours)
        wait_until(lambda: ours.facts.said == "datagrams have no connection to reset")
        assert [one.error for what in ("shutdown", "reset") for one in refusals(ours, what)] == ["EOPNOTSUPP"] * 2
        engine.send(ours, b"still here")
        assert other.recv(100) == b"still here"
        wait_until(lambda: not ours.facts.said, what="what was not done is not said for good")
    with pytest.raises(AddressError, match="TLS needs a stream"):
        engine.connect(Connect(Address(V4, 1, "udp"), tls=Connect(Address(V4, 1, "tls")).security))


def test_a_broadcast_needs_its_option(engine: Engine) -> None:
    everybody = "127.255.255.255"
    failed = open_udp(engine, everybody, 9)
    assert (failed.state, failed.error) == (State.FAILED, "EACCES")
    with peer("0.0.0.0") as other:
        port = other.getsockname()[1]
        ours = open_udp(engine, everybody, port, connected=False)
        engine.send(ours, b"no")
        assert "EACCES" in remarked(ours)
        assert "BROADCAST=on" in ours.facts.said
        engine.set_option(ours, "BROADCAST=on")
        engine.send(ours, b"to all")
        assert other.recv(100) == b"to all"
        assert ours.options["BROADCAST"] == "on"
        allowed = open_udp(engine, everybody, port, options=("BROADCAST=on",))
        engine.send(allowed, b"and again")
        assert other.recv(100) == b"and again"


def test_options_are_read_back_as_the_kernel_has_them(engine: Engine) -> None:
    with peer() as other:
        ours = opened_to(engine, other, options=("RCVBUF=8192", "TTL=7"))
        engine.read_options(ours)
        wait_until(lambda: ours.options)
        assert {name: ours.options.get(name) for name in ("RCVBUF", "TTL", "BROADCAST", "NODELAY")} == {
            "RCVBUF": "16384",
            "TTL": "7",
            "BROADCAST": "off",
            "NODELAY": None,
        }


# Files.


def test_a_file_goes_out_whole_in_datagrams(engine: Engine, tmp_path: Path) -> None:
    content = bytes(range(256)) * 700
    (tmp_path / "file").write_bytes(content)
    with peer() as other:
        ours = opened_to(engine, other)
        engine.send_file(ours, tmp_path / "file")
        came = b""
        while len(came) < len(content):
            came += other.recv(2000)
        assert came == content
        wait_until(lambda: ours.outgoing.transfer and not ours.outgoing.transfer.live)
        assert ours.outgoing.transfer
        assert (ours.outgoing.transfer.outcome, ours.outgoing.transfer.sent_bytes) == ("sent", len(content))
        assert set(map(len, filter(None, datagrams(ours, EntryKind.SENT)))) == {1400}
        engine.send_file(ours, tmp_path / "none")
        wait_until(lambda: ours.facts.said == "not sent: the file cannot be read")


@pytest.mark.parametrize("end", ["cancel", "close"])
def test_a_file_that_is_given_up_counts_all_that_was_sent(engine: Engine, tmp_path: Path, end: str) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1024**3)
    with peer() as other:
        ours = opened_to(engine, other)
        engine.send_file(ours, tmp_path / "file")
        wait_until(lambda: ours.flow.bytes_out > 100_000)
        engine.cancel_file(ours) if end == "cancel" else engine.close(ours)
        wait_until(lambda: ours.outgoing.transfer and not ours.outgoing.transfer.live)
        assert ours.outgoing.transfer
        assert ours.outgoing.transfer.sent_bytes == ours.flow.bytes_out + ours.outgoing.queued_bytes


def test_a_file_that_is_refused_ends_there_and_only_what_was_sent_counts(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(1_000_000))
    ours = open_udp(engine, V4, nobody_at())
    engine.send_file(ours, tmp_path / "file")
    wait_until(lambda: ours.outgoing.transfer and not ours.outgoing.transfer.live)
    assert ours.outgoing.transfer
    assert ours.outgoing.transfer.outcome == "ECONNREFUSED"
    assert ours.outgoing.transfer.sent_bytes == ours.flow.bytes_out < 1_000_000


# Real peers.


@needs_ipv6
def test_socat_answers(engine: Engine, peer_program: Callable[[str], str]) -> None:
    port = nobody_at(V6)
    socat = subprocess.Popen([peer_program("socat"), f"UDP6-LISTEN:{port},bind=[{V6}]", "PIPE"])
    try:
        ours = open_udp(engine, V6, port)

        def answered() -> bool:
            engine.send(ours, b"to socat")  # refused as long as it is starting
            return ours.flow.calls_in > 0

        wait_until(answered)
        assert (datagrams(ours)[0] or b"").startswith(b"to socat")  # its pipe joins what comes quickly
    finally:
        socat.terminate()
        socat.wait(DEADLINE_S)
