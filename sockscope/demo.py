"""The demonstration: a listener and two clients on loopback that keep talking. No network is needed.

The rule: everything is done with the same requests and verbs that a person uses, so what is shown really happens. It
goes on in the engine's thread, whatever the front end.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Connect, Listen, Resolve
from sockscope.request.question import Question

if TYPE_CHECKING:
    from sockscope.session import Session

TALK_S = 0.4
_LOOK_S = 0.02
_PAGE = b"<h1>It works</h1>\n"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(_PAGE), _PAGE)
_ACKNOWLEDGED = b"\x06"


class Demo:
    """One client asks for web pages, the other sends binary measurements; the listener answers both."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listener: Listener | None = None
        self._clients: list[Conversation] = []
        self._answered: dict[Conversation, int] = {}
        self._turn = 0

    def start(self) -> None:
        """Listen; the clients come once there is a port to connect to."""
        self._listener = self._session.present(Listen(Address("", 0)))
        self._session.engine.every(_LOOK_S, self._join)
        self._session.engine.every(TALK_S, self._talk)

    def _join(self) -> bool:
        """Connect both clients once the listener listens; return whether that is still to come."""
        targets = self._targets()
        for target in targets:
            self._clients.append(self._session.present(Connect(target)))
        if targets:
            question = Question("localhost", str(targets[0].port), flags=frozenset({"CANONNAME"}))
            self._session.present(Resolve(question))
        return not targets

    def _targets(self) -> list[Address]:
        """Where the two clients connect to; empty until the listener listens."""
        if self._listener is None or self._listener.state is not ListenerState.LISTENING:
            return []
        first = self._listener.bound[0].address
        return [Address("localhost", first.port), Address(first.host, first.port)]

    def _talk(self) -> bool:
        """Send the next message of each client, and answer what arrived; it goes on for ever."""
        engine = self._session.engine
        self._turn += 1
        for number, client in enumerate(self._clients):
            if client.state is State.CONNECTED and self._turn % 2 == number:
                engine.send(client, self._message(number))
        for client in list(self._listener.clients.values()) if self._listener else []:
            if client.flow.bytes_in > self._answered.get(client, 0) and client.can_send:
                self._answered[client] = client.flow.bytes_in
                received = client.tape.read(0, 3) if client.tape.first_offset == 0 else b""
                engine.send(client, _ANSWER if received == b"GET" else _ACKNOWLEDGED)
        return True

    def _message(self, number: int) -> bytes:
        if number == 0:
            return b"GET /page/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % self._turn
        temperature = 21.5 + (self._turn % 7) / 4
        return struct.pack(">2sHIff", b"\xa5\x5a", 16, self._turn, temperature, 1013.25)
