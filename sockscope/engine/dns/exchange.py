"""One question to one DNS server: by UDP, once more where nothing comes, and by TCP where the reply does not fit.

The rules: every socket call is a fact in the record. What is not the reply to our query is counted and waited on, for
the reply may still come (RFC 5452, 9.1). All waiting is bounded. A reply is read beside the loop, since a hostile one
may take long.
"""

import asyncio
import socket
import struct
from collections.abc import Callable

from sockscope.engine.connecting import Connecting
from sockscope.engine.dns.header import HEADER_BYTES, stray, truncated
from sockscope.engine.guard import cause
from sockscope.engine.settings import Settings
from sockscope.engine.syscall import close_socket, make, open_socket, receive
from sockscope.engine.worker import Workers
from sockscope.net.error_name import NAYS, OWN_TIMEOUT, error_name
from sockscope.record.lookup.inquiry import DnsReply
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.queries import QueryRecorder
from sockscope.request.dns_question import Server

RETRIES = 1
_DATAGRAM_BYTES = 65535
_LENGTH_BYTES = 2  # before each message on TCP (RFC 7766, 8)


class Exchange:
    """Asks one question; used from the engine's thread alone."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        settings: Settings,
        readers: Workers,
        record: QueryRecorder,
        server: Server,
        wire: bytes,
    ) -> None:
        """`wire` is the query as it is sent."""
        self.query = record.query
        self._record = record
        self._settings = settings
        self._loop = loop
        self._readers = readers
        self._server = server
        self._wire = wire
        self._on_over: Callable[[Exchange], None] = lambda _: None
        self._socket: socket.socket | None = None
        self._fd = -1
        self._connecting: Connecting | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = b""
        self._buffer = bytearray()

    def start(self, on_over: Callable[["Exchange"], None]) -> None:
        """Ask; `on_over` is called once in the end, in the loop."""
        self._on_over = on_over
        self._record.asking()
        self._guarded(self._ask)

    def cancel(self) -> None:
        """Stop asking, at once."""
        if self.query.state.live:
            self._end(LookupState.ABANDONED)

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        """Let an error in here end this query only."""
        try:
            step(*arguments)
        except (BlockingIOError, InterruptedError):
            return  # the kernel has nothing after all; it tells when it has
        except Exception as error:
            self._fail(cause(error)[0])

    # By UDP.

    def _ask(self) -> None:
        opened = self._open(socket.SOCK_DGRAM)
        self._connect(opened, self._send_first)

    def _send_first(self, opened: socket.socket) -> None:
        self._loop.add_reader(opened, self._guarded, self._receive_datagram, opened)
        self._send_datagram(opened)

    def _send_datagram(self, opened: socket.socket) -> None:
        self._timer = self._loop.call_later(self._settings.dns_patience_s, self._guarded, self._nothing_came, opened)
        self._send(opened, self._wire, self._meaning())

    def _send(self, opened: socket.socket, data: bytes, meaning: str) -> int:
        return make(self._record.note, "send", self._fd, (len(data),), lambda: opened.send(data), meaning=meaning)

    def _meaning(self) -> str:
        number = int.from_bytes(self._wire[:2], "big")
        return f"{'the same query again' if self.query.retries else 'query'}: {self.query.type}, id {number}"

    def _nothing_came(self, opened: socket.socket) -> None:
        if self.query.retries < RETRIES:
            self._record.again()
            self._send_datagram(opened)
        else:
            self._out_of_time()

    def _receive_datagram(self, opened: socket.socket) -> None:
        data = receive(self._record.note, opened, _DATAGRAM_BYTES, lambda data: self._judge(data)[1])
        wrong, _ = self._judge(data)
        if wrong:
            self._count(wrong)
        elif truncated(data):
            self._record.cut_off(len(data))
            self._close()
            self._ask_by_tcp()
        else:
            self._came(data)

    def _judge(self, data: bytes) -> tuple[str, str]:
        """Say what is wrong with a message that came, if anything, and what it is."""
        if wrong := stray(self._wire, data):
            return wrong, wrong.lower().replace("_", " ")
        return "", "the reply, cut off to fit (TC)" if truncated(data) else "the reply"

    def _count(self, wrong: str) -> None:
        """Take note of what is not the reply, and wait on."""
        self._record.stray(wrong)
        if sum(self.query.strays.values()) >= self._settings.dns_strays:
            self._fail(wrong, f"{self._settings.dns_strays:,} such messages came")

    # By TCP.

    def _ask_by_tcp(self) -> None:
        self._timer = self._loop.call_later(self._settings.dns_tcp_patience_s, self._out_of_time)
        self._unsent = struct.pack("!H", len(self._wire)) + self._wire
        self._connect(self._open(socket.SOCK_STREAM), self._converse)

    def _converse(self, opened: socket.socket) -> None:
        self._loop.add_reader(opened, self._guarded, self._receive_stream, opened)
        self._loop.add_writer(opened, self._guarded, self._send_stream, opened)

    def _send_stream(self, opened: socket.socket) -> None:
        unsent, meaning = self._unsent, f"the length in {_LENGTH_BYTES} bytes, and the {self._meaning()}"
        self._unsent = unsent[self._send(opened, unsent, meaning) :]
        if not self._unsent:
            self._loop.remove_writer(opened)

    def _receive_stream(self, opened: socket.socket) -> None:
        data = receive(self._record.note, opened, self._wanted() - len(self._buffer))
        self._buffer += data
        wanted = self._wanted()
        if not data:
            self._fail("CLOSED_EARLY", self._progress())
        elif len(self._buffer) >= _LENGTH_BYTES and wanted < _LENGTH_BYTES + HEADER_BYTES:
            self._fail("BAD_LENGTH", f"it says {wanted - _LENGTH_BYTES} bytes")
        elif len(self._buffer) == wanted:
            self._complete(bytes(self._buffer[_LENGTH_BYTES:]))

    def _wanted(self) -> int:
        """How many bytes the length and the message have, as far as that is known."""
        if len(self._buffer) < _LENGTH_BYTES:
            return _LENGTH_BYTES
        return _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")

    def _progress(self) -> str:
        if len(self._buffer) < _LENGTH_BYTES:
            return "before any message"
        return f"{len(self._buffer) - _LENGTH_BYTES:,} of {self._wanted() - _LENGTH_BYTES:,} bytes had come"

    def _complete(self, message: bytes) -> None:
        if wrong := stray(self._wire, message):
            self._buffer.clear()
            self._count(wrong)
        else:
            self._came(message)

    # Both.

    def _open(self, kind: socket.SocketKind) -> socket.socket:
        opened = open_socket(self._record.note, self._server.family, kind)
        opened.setblocking(False)
        self._socket, self._fd = opened, opened.fileno()
        return opened

    def _connect(self, opened: socket.socket, go_on: Callable[[socket.socket], None]) -> None:
        def answered(error: str) -> None:
            if error:
                self._fail(error)
            else:
                go_on(opened)

        self._connecting = Connecting(self._loop, self._record.note, opened, self._server.sockaddr)
        self._connecting.start(answered, self._guarded)

    def _came(self, message: bytes) -> None:
        """The reply is there: nothing more is awaited but its reading."""
        self._record.came()
        self._close()
        wire, transport = self._wire, self.query.transport

        def work() -> DnsReply:
            from sockscope.engine.dns.message import read  # the library is imported by then, also beside the loop

            return read(wire, message, transport)

        self._readers.do(work, self._read, on_fault=lambda error: self._fail(error_name(error)))

    def _read(self, reply: DnsReply) -> None:
        if self.query.state.live:
            self._record.replied(reply)
            proper = not reply.error or reply.error in NAYS
            self._end(LookupState.ANSWERED if proper else LookupState.FAILED)

    def _out_of_time(self) -> None:
        """Nothing more is awaited: what came instead says more than that nothing came."""
        strays = self.query.strays
        if strays:
            wrong = max(strays, key=lambda each: strays[each])
            self._fail(wrong, f"{strays[wrong]:,} of them")
        else:
            by_tcp = self.query.transport == "TCP"
            self._fail(OWN_TIMEOUT, self._progress() if by_tcp else f"asked {RETRIES + 1} times by UDP")

    def _fail(self, error: str, detail: str = "") -> None:
        if self.query.state.live:
            self._close()
            self._record.failed(error, detail)
            self._on_over(self)

    def _end(self, state: LookupState) -> None:
        self._close()
        self._record.over(state)
        self._on_over(self)

    def _close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._connecting:
            self._connecting.give_up()
        if opened := self._socket:
            self._socket = None
            self._loop.remove_reader(opened)
            self._loop.remove_writer(opened)
            close_socket(self._record.note, opened)
