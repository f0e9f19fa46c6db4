"""TLS between a stream and its socket, driven with memory BIOs (ssl.MemoryBIO), so that both sides can be seen.

The rules:
- What the socket gives and takes, the TLS records, goes on the wire's tape; what TLS makes of them, the plaintext,
  on the conversation's own. Each read and write of TLS is one call there.
- Plaintext is taken only while no record waits for the kernel, so what is called sent is at most one piece ahead.
- A handshake that fails says why in the words of TLS; the alert that tells the peer is still offered to the kernel.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

from sockscope.engine.look.chain import chain_seen
from sockscope.engine.look.looker import NOTHING, Evidence
from sockscope.engine.stream.layers.agreed import agreed, peer_chain
from sockscope.engine.stream.layers.hello import FIRST_BYTES, read_hello
from sockscope.engine.stream.layers.layer import Deliver, TlsFailure, note_broken, note_end
from sockscope.engine.stream.layers.rest import MOST_BYTES, Rest, brought, whole_records
from sockscope.engine.stream.layers.tls_contexts import LEFT_OUT, failure, looks_like_tls, offered_by, versions_of
from sockscope.net.clock import now_ns
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.finding import Offers
from sockscope.record.milestone import SECURED
from sockscope.record.recorder import Recorder
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import Mover

_WRITE_BYTES = 64 * 1024  # plaintext that is made into records at a time
_PLAIN_HTTP = ("HTTP_REQUEST", "HTTPS_PROXY_REQUEST")
_SAID_ALL = "the peer's close_notify: it sends no more"
_CUT_OFF = "the peer ended without close_notify: what came before may be cut off"


class Security(NamedTuple):
    """A context and which side of the handshake is ours; `server_name` is what a client asks for and verifies."""

    context: ssl.SSLContext
    server_side: bool
    server_name: str = ""


class Safety(NamedTuple):
    """What TLS is to be on both sides: towards the clients, and of a relay towards the target."""

    near: Security | None = None
    far: Security | None = None


class Secure:
    """The TLS layer of one stream (RFC 8446)."""

    __slots__ = (
        "_began_at_ns",
        "_conversation",
        "_first",
        "_first_sent",
        "_incoming",
        "_noted",
        "_object",
        "_on_ready",
        "_outgoing",
        "_read_bytes",
        "_recorder",
        "_records",
        "_security",
        "_socket",
        "_wire",
        "ready",
        "stuck",
    )

    def __init__(
        self,
        recorder: Recorder,
        conversation: Conversation,
        connected: socket.socket,
        security: Security,
        wire: Tape,
        on_ready: Callable[[], bool],
        read_bytes: int = 0,
    ) -> None:
        """`wire` takes the records; `on_ready` is called once when the handshake is done, and tells whether to read on.

        `read_bytes` is how much of the records one receive may bring, 0 for any.
        """
        self._recorder = recorder
        self._conversation = conversation
        self._socket = connected
        self._security = security
        self._wire = wire
        self._on_ready = on_ready
        self._read_bytes = read_bytes
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object: ssl.SSLObject  # from `begin` on
        self._records = memoryview(b"")  # taken out of TLS, not yet taken by the kernel
        self._first = self._first_sent = b""  # of each direction, as long as the handshake lasts
        self._began_at_ns = now_ns()
        self._noted = False  # how the handshake ended
        self.ready = self.stuck = False

    @property
    def pending_bytes(self) -> int:
        """The records that the kernel has not taken yet."""
        return len(self._records) + self._outgoing.pending

    @property
    def unread_bytes(self) -> int:
        """The records whose plaintext was not wanted yet."""
        return self._incoming.pending

    # The handshake.

    def begin(self) -> None:
        """Make the first step of the handshake. Raise TlsFailure."""
        asked = self._security
        try:
            self._object = asked.context.wrap_bio(
                self._incoming, self._outgoing, asked.server_side, asked.server_name or None
            )
        except ValueError as error:  # IDNA cannot write it
            self.give_up("BAD_SERVER_NAME", f"the server name cannot be used: {error}")
        self.shake()

    def shake(self) -> bool:
        """Go as far with the handshake as the records at hand allow; True to read on behind it. Raise TlsFailure."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise self._failed("do_handshake", *failure(error)) from None
        session = agreed(self._object, self._security.context, self._security.server_name)
        meaning = "verified" if session.verified else f"not verified: {session.because}" if session.because else ""
        values = (("version", session.version), ("cipher", session.cipher), ("alpn", session.alpn))
        returned = Struct(tuple((name, Symbol(value)) for name, value in values if value))
        self._note("do_handshake", self._party(), returned, "", meaning, SECURED)
        self.ready, self._first, self._first_sent = True, b"", b""
        self._recorder.secured(self._conversation, session)
        return self._on_ready()

    def abandon(self) -> None:
        """Note that a handshake was not finished, where nothing else told how it ended."""
        if not self._noted:
            self._note("do_handshake", self._party(), None, "abandoned", "not finished: the connection ended")

    def give_up(self, name: str, reason: str) -> None:
        """Fail a handshake that cannot be done any more. Raise TlsFailure."""
        raise self._failed("do_handshake", name, reason)

    def evidence(self) -> Evidence:
        """Tell what both sides had said when the handshake failed, and have the peer's chain checked."""
        if self.ready:
            return NOTHING
        security, context = self._security, self._security.context
        ours, theirs = read_hello(self._first_sent), read_hello(self._first)
        if security.server_side:
            ours = ours or offered_by(context)
        known = Offers(ours, theirs, versions_of(context), LEFT_OUT)
        chain = peer_chain(self._object) if hasattr(self, "_object") else []
        if not chain:
            return Evidence((known,))
        name = "" if security.server_side else security.server_name
        roots = context.get_ca_certs(binary_form=True)
        others = context.cert_store_stats()["x509"] > len(roots)
        return Evidence((known,), (lambda: chain_seen(chain, roots, name, others=others),))

    def _failed(self, name: str, symbol: str, reason: str) -> TlsFailure:
        """Note why TLS cannot go on, in better words where the peer does not speak TLS at all."""
        if not self.ready and self._first and not looks_like_tls(self._first + b"\x03"):  # of one byte, what may follow
            first = self._first[:12].decode("latin-1")
            reason = f'the peer began with "{first}"'
            symbol = symbol if symbol in _PLAIN_HTTP else "NOT_TLS"
        self._note(name, self._party(), None, symbol, reason)
        return TlsFailure(symbol, reason)

    # What a stream asks for.

    def receive(self, deliver: Deliver) -> bool:
        """Make one recv(2), and deliver what TLS makes of it. Raise OSError, TlsFailure."""
        wire, conversation = self._wire, self._conversation
        room = wire.room()
        asked = min(self._read_bytes or len(room), len(room))
        at_ns = now_ns()
        try:
            size_bytes = self._socket.recv_into(room, asked)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError as error:
            note_broken(self._recorder, conversation, "recv", asked, error, at_ns)
            raise
        if size_bytes == 0:
            return self._ended(asked, at_ns)
        received = self._recorder.wire_received(wire, room, size_bytes, at_ns, asked)
        self._incoming.write(received)
        if not self.ready:
            self._first = (self._first + received[:FIRST_BYTES])[:FIRST_BYTES]
            if not self.shake():
                return True
        return self.resume(deliver)

    def _ended(self, asked: int, at_ns: int) -> bool:
        self._incoming.write_eof()
        meaning = "peer finished sending" if self.ready else "in the TLS handshake"
        note_end(self._recorder, self._conversation, asked, at_ns, meaning)
        if not self.ready:
            self.give_up("UNEXPECTED_EOF_WHILE_READING", "the peer ended during the handshake")
        self._recorder.remark(self._conversation, "cut off", f"TLS: {_CUT_OFF}")
        return False

    def resume(self, deliver: Deliver) -> bool:
        """Deliver plaintext until no more is wanted or the records at hand are used up; False behind close_notify."""
        tape, incoming, read = self._conversation.tape, self._incoming, self._object.read
        while True:
            tape.expect(incoming.pending)
            room = tape.room()  # for a whole record at the least, so that TLS never keeps a part of one
            at_ns = now_ns()
            try:
                size_bytes = int(read(len(room), room))  # with a buffer it gives a count
            except ssl.SSLWantReadError:
                return True
            except ssl.SSLZeroReturnError:
                size_bytes = 0
            except ssl.SSLError as error:
                raise self._failed("SSL_read", *failure(error)) from None
            if size_bytes == 0:
                self._note("SSL_read", (len(room),), 0, "", _SAID_ALL)
                return False
            if not deliver(self._recorder.received(self._conversation, room, size_bytes, at_ns, 0, Mover.SSL_READ)):
                return True

    def send(self, piece: memoryview) -> int:
        """Make records of a piece, and offer them to the kernel. Raise OSError, TlsFailure."""
        if self.pending_bytes and not self.flush():
            return 0
        self.stuck = False
        piece = piece[:_WRITE_BYTES]
        at_ns = now_ns()
        try:
            size_bytes = self._object.write(piece)
        except ssl.SSLWantReadError:  # the peer began another handshake (RFC 5246, 7.4.1.1)
            self.stuck = True
            return 0
        except ssl.SSLError as error:
            raise self._failed("SSL_write", *failure(error)) from None
        self._recorder.sent(self._conversation, piece[:size_bytes], len(piece), at_ns, Mover.SSL_WRITE)
        self.flush()
        return size_bytes

    def flush(self) -> bool:
        """Offer the kernel the records that wait; True when it took all of them. Raise OSError."""
        while True:
            if not self._records:
                self._records = memoryview(self._outgoing.read())
            if not self._records:
                return True
            at_ns = now_ns()
            try:
                size_bytes = self._socket.send(self._records)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError as error:
                note_broken(self._recorder, self._conversation, "send", len(self._records), error, at_ns)
                raise
            self._recorder.wire_sent(self._wire, self._records[:size_bytes], len(self._records), at_ns)
            if not self.ready:
                self._first_sent = (self._first_sent + self._records[:size_bytes])[:FIRST_BYTES]
            self._records = self._records[size_bytes:]

    def finish(self) -> None:
        """Make the close_notify that says that we send no more (RFC 8446, 6.1); the peer's is not waited for."""
        unread = self._incoming.read()  # unwrap would look for the peer's close_notify there, and lose what it finds
        with contextlib.suppress(ssl.SSLError):  # it is not there yet, or TLS failed before
            self._object.unwrap()
        if unread:
            self._incoming.write(unread)

    def forget(self) -> None:
        """Drop the records that wait, our close_notify among them."""
        self._outgoing.read()
        self._records = memoryview(b"")

    def take_rest(self, most_bytes: int) -> Rest:
        """Read what lies in the kernel at the close, where none of it is the application's. Raise OSError."""
        if not self.ready or self.unread_bytes or most_bytes > MOST_BYTES:
            return Rest.LEFT
        records = self._socket.recv(most_bytes, socket.MSG_PEEK)
        rest = brought(self._object, self._incoming, records) if whole_records(records) else Rest.LEFT
        if rest is Rest.LEFT:
            return rest
        left_bytes = len(records)
        while left_bytes:
            room, at_ns = self._wire.room(), now_ns()
            asked = min(left_bytes, len(room))
            taken_bytes = self._socket.recv_into(room, asked)
            if not taken_bytes:
                break
            self._recorder.wire_received(self._wire, room, taken_bytes, at_ns, asked)
            left_bytes -= taken_bytes
        if rest is Rest.ENDED:
            self._note("SSL_read", (len(records),), 0, "", _SAID_ALL)
        return rest

    def _party(self) -> tuple[Value, ...]:
        """Whom the handshake is with, as far as it is asked for: a server name."""
        return (self._security.server_name,) if self._security.server_name else ()

    def _note(
        self, name: str, arguments: tuple[Value, ...], returned: Value, error: str, meaning: str, *reached: str
    ) -> None:
        self._noted = True  # nothing else is noted before
        at_ns = self._began_at_ns if name == "do_handshake" else now_ns()
        call = Call(name, self._conversation.fd, arguments, returned, error, at_ns, now_ns() - at_ns, meaning)
        self._recorder.note(self._conversation, call, *reached)
