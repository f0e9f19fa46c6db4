"""The other ends of a scripted session: clients, a server, and a DNS server that knows no name.

The rule: no call here waits for long, and none fails the session; what came back is told.
"""

import contextlib
import select
import socket
import struct
import threading
import time


class Others:
    """A server at `server_port`, a DNS server at `dns_port`, and whatever clients are made."""

    def __init__(self, patience_s: float) -> None:
        """No call waits for longer than `patience_s`."""
        self._patience_s = patience_s
        self._stack = contextlib.ExitStack()
        self._server = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._server.settimeout(self._patience_s)
        self.server_port = int(self._server.getsockname()[1])
        self._dns = self._stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        self._dns.bind(("127.0.0.1", 0))
        self._dns.settimeout(0.1)
        self.dns_port = int(self._dns.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="dns", daemon=True)

    def __enter__(self) -> "Others":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._stack.close()

    def _answer(self) -> None:
        """Say to every question that there is no such name (RFC 1035, 4.1.1: QR, RD, RA, RCODE 3)."""
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                question, sender = self._dns.recvfrom(1024)
                if len(question) >= 12:
                    header = question[:2] + struct.pack(">HHHHH", 0x8183, 1, 0, 0, 0)
                    ends = question.index(b"\0", 12) + 5  # the name, type and class
                    self._dns.sendto(header + question[12:ends], sender)

    def client(self, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket | None:
        """Connect to the program, or do not."""
        one = self._stack.enter_context(socket.socket(type=kind))
        one.settimeout(self._patience_s)
        try:
            one.connect(("127.0.0.1", port))
        except OSError:
            return None
        return one

    def called(self) -> socket.socket | None:
        """Take the program in as a client of the server, if it comes."""
        with contextlib.suppress(OSError):
            peer = self._stack.enter_context(self._server.accept()[0])
            peer.settimeout(self._patience_s)
            return peer
        return None

    def answers(self, one: socket.socket, said: bytes) -> bool | None:
        """Say something and tell whether it comes back: None where the other side ended instead.

        It is said twice: one receive or send may have failed without harm.
        """
        came = b""
        for _ in range(2):
            try:
                one.sendall(said)
                ends = time.monotonic() + self._patience_s / 2
                while (left := ends - time.monotonic()) > 0 and select.select([one], [], [], left)[0]:
                    piece = one.recv(1024)
                    if not piece and one.type is socket.SOCK_STREAM:
                        return None
                    came += piece
                    if said in came:
                        return True
            except TimeoutError:
                pass
            except OSError:
                return None
        return False

    def hears(self, one: socket.socket, said: bytes) -> bool:
        """Tell whether exactly this comes next, and nothing more; of no bytes, whether the other side finished."""
        came = b""
        with contextlib.suppress(OSError):
            while len(came) < max(1, len(said)) and (piece := one.recv(1024)):
                came += piece
            return came == said
        return False
