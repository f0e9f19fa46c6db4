"""The other end of TLS: certificates, openssl s_server, a client by hand, and an ear on the wire."""

import datetime
import random
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from sockscope.request.tls import ClientTls, ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import ECHO, MIB, V4, client_of, only_client

NAME = "x.example"
DATA = random.Random(2).randbytes(4 * MIB)
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def write_pems(folder: Path) -> dict[str, str]:
    """PEM files by name: a CA and pairs that it signed, and one of a stranger."""
    ours, other = trustme.CA(), trustme.CA()
    pairs = {
        "pair": ours.create_child_ca().issue_cert(NAME, V4),
        "expired": ours.issue_cert(NAME, not_before=PAST, not_after=PAST.replace(year=2021)),
        "other": other.issue_cert(NAME),
        "client": ours.issue_cert("client@x.example"),
    }
    ours.cert_pem.write_to_path(folder / "ca")
    pairs["pair"].cert_chain_pems[1].write_to_path(folder / "above")
    for name, leaf in pairs.items():
        leaf.private_key_and_cert_chain_pem.write_to_path(folder / name)
    return {name: str(folder / name) for name in ("ca", "above", *pairs)}


def secure(engine: Engine, tls: ServerTls, *, echo: bool = False) -> Listener:
    """A listener that speaks TLS and is ready."""
    listener = engine.listen(Listen(Address(V4, 0, "tls"), tls=tls, **(ECHO if echo else {})))
    wait_until(lambda: listener.state is not ListenerState.OPENING, what="opened")
    return listener


def open_to(engine: Engine, port: int, tls: ClientTls | None = None) -> Conversation:
    """A conversation of ours to a TLS server, as far as it gets."""
    conversation = engine.connect(Connect(Address(V4, port, "tls"), tls=tls))
    wait_until(lambda: conversation.state not in (State.CONNECTING, State.SECURING), what="the handshake is over")
    return conversation


def over(conversation: Conversation) -> Conversation:
    wait_until(lambda: not conversation.state.live, what="the conversation ended")
    return conversation


def unchecked(alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A client's context in Python that trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def serving(pair: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context


@contextmanager
def tls_client_of(listener: Listener) -> Iterator[ssl.SSLSocket]:
    with client_of(listener) as plain, unchecked().wrap_socket(plain, suppress_ragged_eofs=False) as client:
        yield client


@contextmanager
def s_server(openssl: str, pems: dict[str, str], *options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running `openssl s_server`, and its port."""
    command = [openssl, "s_server", "-accept", "0", "-cert", pems["pair"], "-cert_chain", pems["above"], *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as ran:
        assert ran.stdout
        try:
            for line in ran.stdout:
                if found := re.match(rb"ACCEPT .*:(\d+)", line):
                    break
            else:
                pytest.fail("openssl s_server did not start")
            yield ran, int(found[1])
        finally:
            ran.kill()


class Hand:
    """A TLS client by hand: what it makes is sent when the test says so."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self.plain = plain
        self._in, self.made = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or unchecked()).wrap_bio(self._in, self.made, server_hostname=NAME)

    def shake(self) -> None:
        """Go through the handshake; the last flight is made and not sent."""
        while True:
            with suppress(ssl.SSLWantReadError):
                return self.tls.do_handshake()
            self.push()
            self._in.write(self.plain.recv(65536))

    def push(self) -> None:
        self.plain.sendall(self.made.read())

    def notify(self) -> None:
        """Make a close_notify."""
        with suppress(ssl.SSLWantReadError):
            self.tls.unwrap()

    def read(self) -> bytes:
        """The next plaintext; empty behind close_notify."""
        while True:
            with suppress(ssl.SSLWantReadError):
                try:
                    return self.tls.read(65536)
                except ssl.SSLZeroReturnError:
                    return b""
            piece = self.plain.recv(65536)
            self._in.write(piece) if piece else self._in.write_eof()


@contextmanager
def hand_of(listener: Listener) -> Iterator[Hand]:
    with client_of(listener) as plain:
        yield Hand(plain)


def shaken(hand: Hand, listener: Listener) -> Conversation:
    """Go through the handshake by hand, until the listener's side has done so too; give that client."""
    hand.shake()
    hand.push()
    client = only_client(listener)
    wait_until(lambda: client.layers.session)
    return client


@dataclass
class Wiretap:
    """Copies bytes between a client and a server, and keeps them."""

    target: int
    bytes_up: bytearray = field(default_factory=bytearray)
    bytes_down: bytearray = field(default_factory=bytearray)
    upwards: threading.Event = field(default_factory=threading.Event)  # clear: what goes to the server is kept back

    def run(self, server: socket.socket) -> None:
        self.upwards.set()
        near, _ = server.accept()
        with near, socket.create_connection((V4, self.target)) as far:
            back = threading.Thread(target=self._copy, args=(far, near, self.bytes_down))
            back.start()
            self._copy(near, far, self.bytes_up)
            back.join()

    def _copy(self, source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        while piece := source.recv(65536):
            kept += piece
            if kept is self.bytes_up:
                self.upwards.wait(DEADLINE_S)
            target.sendall(piece)
        with suppress(OSError):  # reset
            target.shutdown(socket.SHUT_WR)


def on(tape: Tape, kind: EntryKind) -> bytes:
    pieces = (tape.read(record.offset, record.size_bytes) for record in tape.entries(0) if record.kind is kind)
    return b"".join(piece or b"" for piece in pieces)
