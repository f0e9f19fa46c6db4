"""A DNS server that answers whatever a test says: plain blocking sockets on loopback, messages written by hand.

The rule: nothing here uses the library that reads the replies, so that both cannot be wrong in the same way.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from tests.conftest import DEADLINE_S

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, OPT = 1, 2, 5, 6, 12, 15, 16, 28, 41
QR, AA, TC, RD, RA, AD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
ASKED = b"\xc0\x0c"
"""The name in the question, as a compression pointer."""

Udp = Callable[[bytes], Sequence[bytes]]
"""Takes a query, gives the datagrams to send back."""

Tcp = Callable[[bytes, socket.socket], object]
"""Takes a query and the connection that it came by."""


def silent(query: bytes) -> Sequence[bytes]:
    return ()


def closes(query: bytes, client: socket.socket) -> None:
    """Close the connection without a word."""


def name(text: str | bytes) -> bytes:
    """Write a name without compression; its labels may hold any bytes."""
    labels = (text.encode() if isinstance(text, str) else text).rstrip(b".").split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels if label) + b"\0"


def record(owner: bytes, type: int, data: bytes, ttl_s: int = 300, rdclass: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", type, rdclass, ttl_s, len(data)) + data


def a(address: str = "192.0.2.1", owner: bytes = ASKED, ttl_s: int = 300) -> bytes:
    return record(owner, A, socket.inet_aton(address), ttl_s)


def cname(owner: bytes, target: str | bytes) -> bytes:
    return record(owner, CNAME, name(target))


def soa(zone: str = "example") -> bytes:
    return record(name(zone), SOA, name("ns." + zone) + name("root." + zone) + struct.pack("!5I", 1, 2, 3, 4, 60))


def opt(options: bytes = b"", rcode: int = 0) -> bytes:
    return record(b"\0", OPT, options, rcode << 24, 1232)


def question_of(query: bytes) -> bytes:
    end = query.index(b"\0", 12) + 5
    return query[12:end]


def reply(
    query: bytes,
    *answers: bytes,
    rcode: int = NOERROR,
    flags: int = QR | RD | RA,
    authority: Sequence[bytes] = (),
    additional: Sequence[bytes] = (),
    id: int | None = None,
    question: bytes | None = None,
    counts: tuple[int, int, int, int] | None = None,
) -> bytes:
    """Write a message; what is not said is as it should be."""
    asked = question_of(query) if question is None else question
    numbers = counts or (1 if asked else 0, len(answers), len(authority), len(additional))
    number = int.from_bytes(query[:2], "big") if id is None else id
    return (
        struct.pack("!6H", number & 0xFFFF, flags | rcode, *numbers)
        + asked
        + b"".join([*answers, *authority, *additional])
    )


def framed(message: bytes) -> bytes:
    """Write a message as it goes by TCP."""
    return struct.pack("!H", len(message)) + message


def until_closed(client: socket.socket) -> None:
    """Wait until the other side has closed."""
    while client.recv(4096):
        pass


def cut_off(query: bytes) -> Sequence[bytes]:
    """Answer that the answer does not fit."""
    return [reply(query, flags=QR | TC)]


class HostileDns:
    """Answers on one port by UDP and by TCP, one client at a time, until it is left."""

    def __init__(self, udp: Udp, tcp: Tcp = closes, host: str = "127.0.0.1") -> None:
        self._udp_answer, self._tcp_answer = udp, tcp
        self._stack = ExitStack()
        self._udp, self._tcp = self._bind(host)
        self.port = self._udp.getsockname()[1]
        self.text = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.queries: list[bytes] = []
        self.by_tcp = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._serve_udp, self._serve_tcp)]

    def _bind(self, host: str) -> tuple[socket.socket, socket.socket]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        for _ in range(50):
            udp, tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family)
            udp.bind((host, 0))
            with suppress(OSError):
                tcp.bind(udp.getsockname()[:2])
                tcp.listen()
                for opened in (udp, tcp):
                    self._stack.enter_context(opened)
                return udp, tcp
            udp.close()
            tcp.close()
        raise OSError("no port is free for UDP and TCP")

    def __enter__(self) -> "HostileDns":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._udp.sendto(b"", self._udp.getsockname())  # wakes the thread that receives
        self._tcp.shutdown(socket.SHUT_RDWR)  # and the one that accepts
        for thread in self._threads:
            thread.join(DEADLINE_S)
        self._stack.close()

    def _serve_udp(self) -> None:
        while True:
            query, client = self._udp.recvfrom(65535)
            if self._over.is_set():
                return
            self.queries.append(query)
            for datagram in self._udp_answer(query):
                with suppress(ConnectionRefusedError):  # of an earlier datagram, whose sender has gone
                    self._udp.sendto(datagram, client)

    def _serve_tcp(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):  # the client gave up, or we shut down
                client, _ = self._tcp.accept()
                with client:
                    client.settimeout(DEADLINE_S)
                    self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        query = b""
        while len(query) < 2 or len(query) < 2 + int.from_bytes(query[:2], "big"):
            piece = client.recv(4096)
            if not piece:
                return
            query += piece
        self.by_tcp += 1
        self._tcp_answer(query[2:], client)


@contextmanager
def answering(*answers: bytes, **more: object) -> Iterator[HostileDns]:
    """A server that gives the same answer to every query."""
    with HostileDns(lambda query: [reply(query, *answers, **more)]) as server:  # type: ignore[arg-type]
        yield server


def by_tcp(send: Callable[[bytes, socket.socket], object]) -> HostileDns:
    """A server whose answers never fit into a datagram."""
    return HostileDns(cut_off, send)
