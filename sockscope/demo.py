"""The demonstration: a listener and two clients on loopback that keep talking. No network is needed.

The rule: everything is done with the same verbs that a person uses, so what is shown really happens.
"""

import struct

from sockscope.net.address import Address
from sockscope.net.conversation import Conversation, State
from sockscope.net.engine import Engine
from sockscope.net.listener import Listener, ListenerState

TALK_S = 0.4
_PAGE = b"<h1>It works</h1>\n"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(_PAGE), _PAGE)
_ACKNOWLEDGED = b"\x06"


class Demo:
    """One client asks for web pages, the other sends binary measurements; the listener answers both."""

    def __init__(self, engine: Engine, listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._clients: list[Conversation] = []
        self._answered: dict[Conversation, int] = {}
        self._turn = 0

    def targets(self) -> list[Address]:
        """Where the two clients connect to; empty until the listener listens."""
        if self._listener.state is not ListenerState.LISTENING:
            return []
        hosts = [bound.address.rpartition(":")[0].strip("[]") for bound in self._listener.bound]
        port = self._listener.bound[0].port
        return [Address("localhost", port), Address(hosts[0], port)]

    def joined(self, client: Conversation) -> None:
        """A client that was opened takes part in the talk."""
        self._clients.append(client)

    def talk(self) -> None:
        """Send the next message of each client, and answer what arrived."""
        self._turn += 1
        for number, client in enumerate(self._clients):
            if client.state is State.CONNECTED and self._turn % 2 == number:
                self._engine.send(client, self._message(number))
        for client in list(self._listener.clients.values()):
            if client.flow.bytes_in > self._answered.get(client, 0) and client.state.can_send:
                self._answered[client] = client.flow.bytes_in
                received = client.tape.read(0, 3) if client.tape.first_offset == 0 else b""
                self._engine.send(client, _ANSWER if received == b"GET" else _ACKNOWLEDGED)

    def _message(self, number: int) -> bytes:
        if number == 0:
            return b"GET /page/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % self._turn
        temperature = 21.5 + (self._turn % 7) / 4
        return struct.pack(">2sHIff", b"\xa5\x5a", 16, self._turn, temperature, 1013.25)
