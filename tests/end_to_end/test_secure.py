"""TLS with curl, openssl and ncat at the other end; who is there, and whether that was verified."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sockscope.record.conversation import State
from tests.end_to_end.peers import (
    V4_PORT,
    at_send_box,
    connected_to,
    free_port,
    go_to_address,
    go_to_send_box,
    go_to_traffic,
    running,
    stderr_of,
    stdin_of,
    stdout_of,
    wait_until_said,
)
from tests.end_to_end.terminal import ONE_PANE, Terminal
from tests.engine.loopback import listening
from tests.engine.tls_peers import NAME, s_server, write_pems

PeerProgram = Callable[[str], str]


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_pems(tmp_path_factory.mktemp("pems"))


@pytest.fixture
def openssl(peer_program: PeerProgram) -> str:
    return peer_program("openssl")


def run(*command: str) -> str:
    """Run a peer without input, and give what it wrote."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=15, check=False)
    return done.stdout + done.stderr


def self_signed(openssl: str, folder: Path) -> tuple[str, str]:
    """A certificate for localhost that nobody signed but itself, and its key."""
    certificate, key = str(folder / "own.pem"), str(folder / "own.key")
    made = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-out", certificate)
    named = ("-keyout", key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    subprocess.run([openssl, "req", *made, *named], check=True, capture_output=True)
    return certificate, key


def fingerprint(openssl: str, pem: str) -> str:
    """The SHA-256 fingerprint of a certificate as openssl writes it."""
    told = subprocess.run(
        [openssl, "x509", "-noout", "-fingerprint", "-sha256"], input=pem, capture_output=True, text=True, check=True
    )
    return told.stdout.strip().partition("=")[2]


@contextmanager
def looking_closer(terminal: Terminal) -> Iterator[None]:
    """The details of the chosen conversation meanwhile."""
    go_to_traffic(terminal)
    terminal.press("d")
    terminal.wait_for("Esc closes")
    terminal.press("G")
    yield
    terminal.press("esc")
    terminal.wait_gone("Esc closes")


# We are the server.


def test_clients_of_every_kind_are_served_with_the_certificate_made_on_the_spot(
    peer_program: PeerProgram, openssl: str
) -> None:
    with Terminal("-l", "--ssl", "--alpn", "http/1.1", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        shown = terminal.find(r"certificate ([0-9A-F:]{11})…")
        url = f"https://127.0.0.1:{port}/page"
        with running(peer_program("curl"), "-sk", url) as curl:
            terminal.wait_for("GET /page", "TCP TLS", "plaintext (w changes)")
            with looking_closer(terminal):
                terminal.wait_for("TLSv1.3", "http/1.1", "TLS records, both ways")
            terminal.press("w")
            terminal.wait_for("TLS records (w changes)")
            terminal.press("g")
            terminal.wait_for("16 03 01")
            terminal.press("w")
            terminal.wait_for("plaintext (w changes)")
            go_to_send_box(terminal)
            terminal.press(r"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhi\r\n", "enter")
            assert stdout_of(curl).read(8) == b"hi\r\n"
        terminal.wait_for("the peer's close_notify", "close(")

        with running(openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-alpn", "h3,http/1.1") as client:
            said = b"".join(iter(stdout_of(client).readline, b"---\n")).decode()
            said += wait_until_said(stdout_of(client), b"BEGIN CERTIFICATE").decode()
            said += "".join(line.decode() for line in iter(stdout_of(client).readline, b"-----END CERTIFICATE-----\n"))
            pem = said[said.index("-----BEGIN") :] + "-----END CERTIFICATE-----\n"
            assert fingerprint(openssl, pem).startswith(shown)
            wait_until_said(stdout_of(client), b"ALPN protocol: http/1.1")
            with looking_closer(terminal):
                terminal.wait_for("TLSv1.2", "http/1.1")
            stdin_of(client).write(b"by hand\n")
            terminal.wait_for("by hand␊")

        assert "No ALPN negotiated" in run(openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h3")
        terminal.wait_for("3 clients so far")


def test_a_client_without_tls_is_recognised(peer_program: PeerProgram) -> None:
    with Terminal("-l", "--tls", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        with running(peer_program("nc"), "127.0.0.1", port) as nc:
            stdin_of(nc).write(b"hello there\n")
            terminal.wait_for("not TLS", "NOT_TLS")
        run(peer_program("curl"), "-s", f"http://127.0.0.1:{port}/")
        terminal.wait_for("2 clients so far")
        terminal.press("G")
        terminal.wait_for("GET / HTTP/1")
        with closing(connected_to(terminal)):
            terminal.wait_for(State.SECURING.value)
        terminal.wait_for("3 clients so far", "cut off")


def test_tls_at_a_port_without_it_is_recognised(peer_program: PeerProgram) -> None:
    with Terminal("-l", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        with running(peer_program("curl"), "-sk", f"https://127.0.0.1:{port}/"):
            terminal.wait_for("The other side speaks TLS", "16 03")


def test_a_client_certificate_can_be_required(peer_program: PeerProgram, openssl: str, pems: dict[str, str]) -> None:
    ours = ("--cert", pems["pair"], "--client-cert", "require", "--ca", pems["ca"], "--answer", "http")
    with Terminal("-l", "--tls", "127.0.0.1", "0", *ours, size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        url, curl = f"https://127.0.0.1:{port}/", peer_program("curl")
        assert "This is sockscope." in run(curl, "-s", "--cacert", pems["ca"], "--cert", pems["client"], url)
        terminal.wait_for("verified do_handshake", "1 client so far", "sockscope.␊")
        with looking_closer(terminal):
            terminal.wait_for("client@x.example", "SHA-256")
        with running(openssl, "s_client", "-connect", f"127.0.0.1:{port}") as without:
            assert wait_until_said(stderr_of(without), b"certificate required")
        terminal.wait_for("no certificate")
        run(curl, "-s", "--cacert", pems["ca"], "--cert", pems["other"], url)
        terminal.wait_for("not trusted")
        assert "This is sockscope." in run(curl, "-s", "--cacert", pems["ca"], "--cert", pems["client"], url)


# We are the client.


def test_a_self_signed_server_is_refused_and_gone_on_with_only_unverified(openssl: str, tmp_path: Path) -> None:
    certificate, key = self_signed(openssl, tmp_path)
    pair = {"pair": certificate, "above": certificate}
    with s_server(openssl, pair, "-key", key) as (server, port):
        with Terminal(f"tls://localhost:{port}", size=ONE_PANE) as terminal:
            terminal.wait_for("not trusted", "CERTIFICATE_VERIFY_FAILED", "self-signed certificate", "u connects")
            go_to_traffic(terminal)
            terminal.press("u")
            terminal.wait_for("NOT VERIFIED: anybody could be at the other end", "! ", "TCP TLS")
            with looking_closer(terminal):
                terminal.wait_for(*wrapped(fingerprint(openssl, Path(certificate).read_text())))
            go_to_send_box(terminal)
            terminal.press("all the same", "enter")
            assert wait_until_said(stdout_of(server), b"all the same")
            close(terminal)
            terminal.wait_for("NOT VERIFIED: anybody could be at the other end")

        with Terminal("--ca", certificate, f"tls://localhost:{port}", size=ONE_PANE) as terminal:
            at_send_box(terminal)
            terminal.wait_for("TLSv1.3", "verified", "connected")
            assert "NOT VERIFIED" not in terminal.screen()
            terminal.press("trusted now", "enter")
            assert wait_until_said(stdout_of(server), b"trusted now")


def wrapped(fingerprint: str) -> list[str]:
    """The beginning and the end of a fingerprint, which may stand on two lines."""
    return [fingerprint[:47], fingerprint[-11:]]


def close(terminal: Terminal) -> None:
    """Close the chosen conversation: s_server serves one client after the other."""
    go_to_traffic(terminal)
    terminal.press_alone("c")
    terminal.wait_for("closed by us")


def test_the_name_and_the_time_of_a_certificate_are_checked(openssl: str, pems: dict[str, str]) -> None:
    ca = ("--ca", pems["ca"])
    with (
        s_server(openssl, pems) as (_, port),
        s_server(openssl, {**pems, "pair": pems["expired"]}) as (_, expired_port),
    ):
        with Terminal(*ca, f"tls://127.0.0.1:{port}", size=ONE_PANE) as terminal:
            terminal.wait_for("verified", "connected")
            close(terminal)
            go_to_address(terminal, "f3", f"tls://localhost:{port}")
            terminal.wait_for("not trusted", "Hostname mismatch, certificate is not valid for 'localhost'")
        with Terminal(*ca, "--server-name", NAME, f"tls://localhost:{port}", size=ONE_PANE) as terminal:
            terminal.wait_for("verified", "connected")
            go_to_address(terminal, "f3", f"tls://localhost:{expired_port}")
            terminal.wait_for("not trusted", "certificate has expired")


def test_a_server_that_requires_a_client_certificate_gets_it(openssl: str, pems: dict[str, str]) -> None:
    required = ("-Verify", "5", "-CAfile", pems["ca"], "-verify_return_error")
    with s_server(openssl, pems, *required) as (server, port):
        target = f"tls://127.0.0.1:{port}"
        with Terminal("--ca", pems["ca"], target, size=ONE_PANE) as terminal:
            terminal.wait_for("certificate wanted", "TLSV13_ALERT_CERTIFICATE_REQUIRED")
        ours = ("--cert", pems["client"], "--key", pems["client"])
        with Terminal("--ca", pems["ca"], *ours, target, size=ONE_PANE) as terminal:
            at_send_box(terminal)
            terminal.press("it is me", "enter")
            assert wait_until_said(stdout_of(server), b"it is me")


def test_ncat_talks_tls_both_ways_and_its_end_is_heard(peer_program: PeerProgram) -> None:
    ncat = peer_program("ncat")
    with Terminal("-l", "--tls", "-k", "127.0.0.1", "0", size=ONE_PANE) as terminal:
        port = terminal.find(V4_PORT)
        with running(ncat, "--ssl", "127.0.0.1", port) as client:
            stdin_of(client).write(b"from ncat\n")
            terminal.wait_for("from ncat␊")
            go_to_send_box(terminal)
            terminal.press("to ncat", "enter")
            assert stdout_of(client).readline() == b"to ncat\n"

        port = str(free_port())
        with running(ncat, "--ssl", "-lkv", "127.0.0.1", port) as server:
            wait_until_said(stderr_of(server), b"Listening on 127.0.0.1")
            go_to_address(terminal, "f3", f"tls://127.0.0.1:{port}")
            terminal.wait_for("not trusted")
            go_to_traffic(terminal)
            terminal.press("u")
            terminal.wait_for("NOT VERIFIED")
            go_to_send_box(terminal)
            terminal.press("to ncat", "enter")
            assert stdout_of(server).readline() == b"to ncat\n"
            stdin_of(server).write(b"from ncat\n")
            terminal.wait_for("from ncat␊")


def test_a_server_without_tls_is_recognised() -> None:
    with (
        listening() as server,
        Terminal(f"tls://127.0.0.1:{server.getsockname()[1]}", size=ONE_PANE) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        peer.sendall(b"220 mail.example ESMTP\r\n")
        terminal.wait_for("not TLS", "NOT_TLS", "220 mail.exa")
