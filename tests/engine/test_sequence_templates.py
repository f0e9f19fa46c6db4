"""Each sequence that is always there, against a small peer of its kind: all its waits are answered."""

import re
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Thread

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.conversation import State
from sockscope.request import Connect
from sockscope.request.sequence import Send, Wait, read_sequence
from sockscope.store.shelf import SEQUENCE_TEMPLATES, SavedSequence
from tests.conftest import wait_until
from tests.engine.loopback import listening, target_of

GREETINGS = {"SMTP": b"220 here ESMTP\r\n"}
ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "HTTP": lambda data: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
    "Redis": lambda data: b"+PONG\r\n",
    "modem": lambda data: b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n",
    "SMTP": lambda data: b"221 bye\r\n" if data.startswith(b"QUIT") else b"250-here\r\n250-SIZE 1000\r\n250 HELP\r\n",
}


@pytest.mark.parametrize("saved", SEQUENCE_TEMPLATES, ids=lambda saved: saved.name)
def test_each_template_works(engine: Engine, saved: SavedSequence) -> None:
    kind = re.split(r"[ ,]", saved.name)[0]
    greeting = GREETINGS.get(kind, b"")
    with listening() as server:
        conversation = engine.connect(Connect(target_of(server, "tcp")))
        with closing(server.accept()[0]) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.sendall(greeting)
            wait_until(lambda: conversation.state is State.CONNECTED and conversation.flow.bytes_in == len(greeting))

            def serve() -> None:
                with suppress(OSError):  # the test is over
                    while data := peer.recv(65536):
                        for byte in ANSWERS[kind](data):
                            peer.sendall(bytes([byte]))

            thread = Thread(target=serve)
            thread.start()
            engine.run_sequence(conversation, read_sequence(saved.text))
            wait_until(lambda: conversation.outgoing.sequence is not None)
            run = conversation.outgoing.sequence
            assert run is not None
            waits = [step for step, what in zip(run.steps, run.sequence.steps, strict=True) if isinstance(what, Wait)]
            wait_until(lambda: not run.live or (run.sequence.runs == 0 and all(step.answered for step in waits)))
            assert not run.lost and isinstance(run.sequence.steps[0], Send)
            assert {step.times.count for step in waits} == {run.run}
            assert kind != "modem" or b"+CSQ: 17,99\r" in waits[0].answer
            engine.close(conversation)
            thread.join()
