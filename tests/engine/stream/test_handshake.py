"""TLS handshakes over real sockets: what each side finds out, and every way one can fail."""

import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.net.error_name import HANDSHAKE_TIMEOUT
from sockscope.record.conversation import State
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from sockscope.request.tls import ClientTls, ServerTls
from sockscope.show.explain.errors import explain
from tests.conftest import wait_until
from tests.engine.loopback import (
    ECHO,
    V4,
    calls,
    client_of,
    listen,
    listening,
    on_tape,
    only_client,
    port_of,
    row_of,
    send_reset,
    sockets_open,
    wait_until_given_back,
)
from tests.engine.tls_peers import (
    DATA,
    NAME,
    hand_of,
    on,
    open_to,
    over,
    s_server,
    secure,
    shaken,
    tls_client_of,
    write_pems,
)


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_pems(tmp_path_factory.mktemp("pems"))


# What becomes of a handshake that is not finished.


@pytest.mark.parametrize("end", ["we close", "the peer resets"])
def test_a_handshake_that_was_given_up_is_a_fact(engine: Engine, end: str) -> None:
    with listening() as server:
        request = Connect(Address("test", 1), rows=[row_of(server)], tls=ClientTls(verify=False))
        conversation = engine.connect(request)
        peer, _ = server.accept()
        with peer:
            wait_until(lambda: conversation.state is State.SECURING)
            peer.recv(65536)
            engine.close(conversation) if end == "we close" else send_reset(peer)
            wait_until(lambda: not conversation.state.live and calls(conversation, "close"))
    (call,) = calls(conversation, "do_handshake")
    assert (call.error, call.note) == ("abandoned", "not finished: the connection ended")
    assert call.took_ns > 0


# What a client finds out.


@pytest.mark.parametrize(
    ("pair", "server_name", "reason"),
    [
        ("pair", "other.example", "Hostname mismatch"),
        ("expired", NAME, "certificate has expired"),
        ("other", NAME, "unable to get local issuer certificate"),
        ("", "localhost", "self-signed certificate"),
    ],
)
def test_a_certificate_that_fails_the_check_says_exactly_why(
    engine: Engine, pems: dict[str, str], pair: str, server_name: str, reason: str
) -> None:
    listener = secure(engine, ServerTls(pems[pair] if pair else ""))
    conversation = over(open_to(engine, port_of(listener), ClientTls(ca=pems["ca"], server_name=server_name)))
    assert (conversation.state, conversation.error) == (State.FAILED, "CERTIFICATE_VERIFY_FAILED")
    assert conversation.reason.startswith(reason)
    assert (conversation.layers.session, conversation.outgoing.unsent_bytes) == (None, 0)
    (call,) = calls(conversation, "do_handshake")
    assert (call.error, call.note) == (conversation.error, conversation.reason)
    client = over(only_client(listener))
    assert client.error.startswith(("TLSV1_ALERT", "SSLV3_ALERT")), "our alert told the server"
    assert explain(client.error).advice
    assert client.outgoing.unsent_bytes == 0


def test_the_usual_check_is_made_without_being_asked_for(engine: Engine, pems: dict[str, str]) -> None:
    conversation = open_to(engine, port_of(secure(engine, ServerTls(pems["pair"]))))
    assert conversation.error == "CERTIFICATE_VERIFY_FAILED"


@pytest.mark.parametrize(("flag", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_a_session_says_what_was_agreed_on_and_the_whole_chain(
    engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str], flag: str, version: str
) -> None:
    with s_server(peer_program("openssl"), pems, flag, "-alpn", "http/1.1") as (_, port):
        asked = ClientTls(ca=pems["ca"], server_name=NAME, alpn=("h2", "http/1.1"))
        conversation = open_to(engine, port, asked)
        session = conversation.layers.session
        assert session
        assert (session.version, session.alpn, session.server_name) == (version, "http/1.1", NAME)
        assert (session.verified, session.because) == (True, "")
        leaf, above = session.chain
        assert leaf.names == (NAME, V4)
        assert leaf.issuer == above.subject != ""
        assert leaf.not_before < leaf.not_after
        engine.close(conversation)  # it serves one at a time
        unverified = open_to(engine, port, ClientTls(verify=False))
        assert unverified.unverified
        assert unverified.layers.session and unverified.layers.session.because == "verification is off"


def test_a_client_certificate_that_is_wanted_is_missed_and_taken(
    engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str]
) -> None:
    asked = ClientTls(ca=pems["ca"], server_name=NAME)
    for flag, error in (
        ("-tls1_3", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        ("-tls1_2", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
    ):
        options = (flag, "-Verify", "1", "-CAfile", pems["ca"])
        with s_server(peer_program("openssl"), pems, *options) as (_, port):
            refused = over(open_to(engine, port, asked))
            assert (refused.state, refused.error) == (State.FAILED, error)
            read = calls(refused, "SSL_read")
            assert bool(refused.layers.session) is bool(read) is (flag == "-tls1_3"), "TLS 1.3 tells at the first read"
            assert open_to(engine, port, replace(asked, certificate=pems["client"])).state is State.CONNECTED


def test_over_a_unix_socket_a_server_name_is_needed_and_verified(
    engine: Engine, pems: dict[str, str], tmp_path: Path
) -> None:
    target = Address(str(tmp_path / "s"), 0, "unix")
    listener = engine.listen(Listen(target, tls=ServerTls(pems["pair"]), **ECHO))
    wait_until(lambda: listener.bound)
    with pytest.raises(ValueError, match="server name"):
        engine.connect(Connect(target, tls=ClientTls(ca=pems["ca"])))
    conversation = engine.connect(Connect(target, tls=ClientTls(ca=pems["ca"], server_name=NAME)))
    wait_until(lambda: conversation.state is State.CONNECTED)
    assert conversation.layers.session and conversation.layers.session.verified
    assert conversation.endpoints.credentials
    engine.send(conversation, DATA)
    wait_until(lambda: conversation.flow.bytes_in == len(DATA))
    assert on_tape(conversation, EntryKind.RECEIVED) == on_tape(conversation, EntryKind.SENT) == DATA


def test_a_server_name_that_tls_cannot_send_ends_only_its_own_conversation(
    engine: Engine, pems: dict[str, str]
) -> None:
    before = sockets_open()
    with listening() as server:
        request = Connect(Address(".x", server.getsockname()[1], "tls"), rows=[row_of(server)])
        conversation = over(engine.connect(request))
    assert (conversation.state, conversation.error) == (State.FAILED, "BAD_SERVER_NAME")
    wait_until_given_back(before)


# What a listener shows and asks.


@pytest.mark.parametrize("own", [True, False])
def test_what_a_client_is_shown_is_what_the_listener_says(
    engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str], own: bool
) -> None:
    listener = secure(engine, ServerTls(pems["pair"] if own else ""))
    openssl = peer_program("openssl")
    command = [openssl, "s_client", "-connect", f"{V4}:{port_of(listener)}"]
    shown = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout
    command = [openssl, "x509", "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(command, input=shown, capture_output=True, check=True).stdout.decode()
    assert listener.certificate
    assert said.strip().partition("=")[2] == listener.certificate.fingerprint
    assert over(only_client(listener)).state is State.CLOSED_BY_PEER


@pytest.mark.parametrize(("wanted", "sends"), [("ask", True), ("ask", False), ("require", True), ("require", False)])
def test_a_listener_asks_for_a_client_certificate_or_requires_it(
    engine: Engine, pems: dict[str, str], wanted: str, sends: bool
) -> None:
    listener = secure(engine, ServerTls(pems["pair"], client_certificate=wanted, ca=pems["ca"]))
    certificate = pems["client"] if sends else ""
    conversation = open_to(engine, port_of(listener), ClientTls(False, certificate=certificate))
    client = only_client(listener)
    wait_until(lambda: client.layers.session or not client.state.live)
    if wanted == "require" and not sends:
        assert over(client).error == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
        assert over(conversation).error == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
        return
    session = client.layers.session
    assert session and session.verified is sends
    assert [one.names for one in session.chain] == ([("client@x.example",)] if sends else [])
    assert not client.unverified


def test_curl_is_answered(engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str]) -> None:
    listener = secure(engine, ServerTls(pems["pair"], alpn=("http/1.1",)))
    engine.policies.set_answers(listener, Answers("http"), keep_half_open=False)
    host = f"{NAME}:{port_of(listener)}"
    command = [peer_program("curl"), "-s", "--cacert", pems["ca"], "--resolve", f"{host}:{V4}", f"https://{host}/"]
    got = subprocess.run(command, capture_output=True, check=False)
    client = over(only_client(listener))
    assert got.returncode == 0, got.stderr
    assert on_tape(client, EntryKind.RECEIVED).startswith(b"GET / HTTP/1.1\r\n")
    assert client.layers.session and client.layers.session.alpn == "http/1.1"


def test_socat_echoes_over_tls(engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str]) -> None:
    listener = secure(engine, ServerTls(pems["pair"]), echo=True)
    target = f"OPENSSL:{V4}:{port_of(listener)},cafile={pems['ca']},commonname={NAME}"
    command = [peer_program("socat"), "-t5", "-", target]
    echoed = subprocess.run(command, input=DATA, capture_output=True, check=False)
    assert echoed.stdout == DATA, echoed.stderr
    assert over(only_client(listener)).facts.said == ""


def test_the_keys_go_into_the_log_that_the_environment_names(
    engine: Engine, pems: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    with tls_client_of(secure(engine, ServerTls(pems["pair"]))):
        assert b"SERVER_TRAFFIC_SECRET_0" in log.read_bytes()


# A peer that does not speak TLS, or breaks it.


@pytest.mark.parametrize(
    ("first", "error"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", "HTTP_REQUEST"),
        (b"hi", "NOT_TLS"),
        (b"\x00" * 100, "NOT_TLS"),
        (b"\x16\x03\x01\x00\x05hello", "UNEXPECTED_MESSAGE"),
        (b"\x16\x03\x01\xff\xff" + bytes(100), "PACKET_LENGTH_TOO_LONG"),
        (b"\x16", "UNEXPECTED_EOF_WHILE_READING"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "UNEXPECTED_EOF_WHILE_READING"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "UNEXPECTED_MESSAGE"),
        (b"", "UNEXPECTED_EOF_WHILE_READING"),
    ],
)
def test_what_is_no_handshake_is_told_by_its_first_bytes(engine: Engine, first: bytes, error: str) -> None:
    listener = secure(engine, ServerTls())
    with client_of(listener) as peer:
        peer.sendall(first)
        peer.shutdown(socket.SHUT_WR)
        client = over(only_client(listener))
        assert (client.state, client.error) == (State.FAILED, error)
        told = f'"{first[:12].decode("latin-1")}"' in client.reason
        assert told is (error in ("NOT_TLS", "HTTP_REQUEST"))
        assert "without an explanation" not in explain(error).meaning
        assert client.layers.session is None


def test_a_server_that_greets_in_plain_text_is_no_tls_server(engine: Engine) -> None:
    with listening() as server:
        conversation = engine.connect(Connect(Address(V4, server.getsockname()[1], "tls")))
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"220 mail.example ESMTP\r\n")
            assert over(conversation).error == "NOT_TLS"
            assert "220 mail" in conversation.reason


def test_tls_that_comes_to_a_plain_listener_is_remarked(engine: Engine) -> None:
    listener = listen(engine)
    conversation = engine.connect(Connect(Address(V4, port_of(listener), "tls")))
    wait_until(lambda: only_client(listener).facts.said)
    assert "16 03" in only_client(listener).facts.said
    engine.close(conversation)
    assert over(conversation).state is State.CLOSED_BY_US
    assert (conversation.outgoing.unsent_bytes, conversation.layers.session) == (0, None)


def test_the_first_bytes_are_shown_also_where_they_come_one_by_one(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with client_of(listener) as peer:
        peer.sendall(b"G")
        client = only_client(listener)
        wait_until(lambda: client.layers.wire and client.layers.wire.tape.total_bytes == 1)
        peer.sendall(b"ET / HTTP/1.0\r\n\r\n")
        assert '"GET / HTTP/1"' in over(client).reason


def test_a_handshake_byte_by_byte_that_then_breaks_is_still_tls(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        hand.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ssl.SSLWantReadError):
            hand.tls.do_handshake()
        client = only_client(listener)
        wait_until(lambda: client.layers.wire)
        for number, byte in enumerate(hand.made.read()[:20]):
            hand.plain.sendall(bytes([byte]))
            wait_until(lambda n=number: client.layers.wire.tape.total_bytes == n + 1)  # type: ignore[union-attr]
        hand.plain.shutdown(socket.SHUT_WR)
        assert over(client).error == "UNEXPECTED_EOF_WHILE_READING"


def test_a_record_that_was_changed_ends_it_and_says_so(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        hand.shake()
        hand.push()
        hand.tls.write(b"hello")
        record = bytearray(hand.made.read())
        record[-1] ^= 1
        hand.plain.sendall(record)
        client = over(only_client(listener))
        assert (client.state, client.error) == (State.FAILED, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC")
        with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
            hand.read()


def test_a_slow_handshake_times_out_alone_and_idle_ones_hold_up_nobody() -> None:
    before = sockets_open()
    engine = Engine(Settings(connect_timeout_s=0.7))
    engine.start()
    try:
        listener = secure(engine, ServerTls(), echo=True)
        with ExitStack() as stack:
            idle = [stack.enter_context(client_of(listener)) for _ in range(200)]
            client = stack.enter_context(tls_client_of(listener))
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
            idle[0].sendall(b"\x16\x03\x01")
            wait_until(lambda: listener.live_clients == 1)
            ended = [one for one in listener.clients.values() if not one.state.live]
            assert {(one.state, one.error) for one in ended} == {(State.FAILED, HANDSHAKE_TIMEOUT)}
            client.sendall(b"still")
            assert client.recv(5) == b"still"
    finally:
        engine.stop()
    assert engine.fault == ""
    wait_until_given_back(before)


@pytest.mark.parametrize("during", [True, False])
def test_a_reset_is_seen_during_a_handshake_and_later(engine: Engine, during: bool) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = only_client(listener)
        if not during:
            hand.shake()
            hand.push()
            wait_until(lambda: client.layers.session)
        send_reset(hand.plain)
        assert over(client).state is State.RESET_BY_PEER


def test_our_reset_is_one_without_a_close_notify(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        engine.send(client, b"x")
        assert hand.read() == b"x"
        assert client.layers.wire
        before = on(client.layers.wire.tape, EntryKind.SENT)
        engine.reset(client)
        assert over(client).state is State.RESET_BY_US
        assert on(client.layers.wire.tape, EntryKind.SENT) == before
        with pytest.raises(ConnectionResetError):
            hand.plain.recv(1)
