"""A peer that keeps what each client sent, and answers once it has the first message."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.terminal import DEADLINE_S


class Peer:
    """Keeps the bytes of each client that has left; of datagrams, each one that came."""

    def __init__(
        self, opened: socket.socket, first: bytes, answer: bytes, tls: ssl.SSLContext | None = None, more: bool = True
    ) -> None:
        """`more` is whether it waits for more behind its answer, up to the client's end of stream."""
        self.heard: list[bytes] = []
        self.socket = opened
        self._more = more
        self._first, self._answer, self._tls = first, answer, tls

    def serve(self) -> None:
        """Take one client after the other, until the socket is closed."""
        while True:
            try:
                if self.socket.type == socket.SOCK_STREAM:
                    self._take(self.socket.accept()[0])
                else:
                    self._hear(*self.socket.recvfrom(65536))
            except OSError:
                if self.socket.fileno() < 0:
                    return

    def _take(self, client: socket.socket) -> None:
        client.settimeout(DEADLINE_S)
        if self._tls:
            client = self._tls.wrap_socket(client, server_side=True)
        with client:
            heard = bytearray()
            while len(heard) < len(self._first) and (data := client.recv(65536)):
                heard += data
            client.sendall(self._answer)
            with contextlib.suppress(ssl.SSLEOFError):  # some end without close_notify
                while self._more and (data := client.recv(65536)):
                    heard += data
        self.heard.append(bytes(heard))

    def _hear(self, data: bytes, peer: Any) -> None:
        self.heard.append(data)
        if peer and data == self._first:
            self.socket.sendto(self._answer, peer)


@contextmanager
def recording(
    opened: socket.socket, first: bytes, answer: bytes, tls: ssl.SSLContext | None = None, more: bool = True
) -> Iterator[Peer]:
    """Run a peer on a socket that is bound, or listens."""
    peer = Peer(opened, first, answer, tls, more)
    thread = threading.Thread(target=peer.serve, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)  # wakes who waits in it
        opened.close()
        thread.join(DEADLINE_S)
