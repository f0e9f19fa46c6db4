"""What a soak puts on the program: keys, connections, datagram peers, and a bit of everything.

The rule: bounded at every moment; what is opened here is closed here.
"""

import contextlib
import itertools
import random
import socket
import struct
import time
from collections.abc import Iterator

from tests.end_to_end.peers import OPTIONS, SAVED
from tests.soak.person import Person

_AT_ONCE = 64
_ESC = "esc"
_TOUR: list[tuple[str, ...]] = [
    (pane, _ESC, key, _ESC) for pane in ("f4", "f3", "f2") for key in (OPTIONS, "d", "D", "f1", "\x10", "h", "y")
]
_TOUR += [("f2", _ESC, page) for page in "12345678"]
_TOUR += [("f4", SAVED, _ESC), ("f3", _ESC, "j", "k", "G", "g"), ("z", "z")]


def keys(person: Person, count: int) -> Iterator[int]:
    """Press keys, through every sheet and page; yields how many were pressed so far."""
    pressed = 0
    for round_, burst in enumerate(itertools.cycle(_TOUR)):
        person.press(*burst)
        pressed += len(burst)
        person.terminal.wait_quiet() if round_ % 8 == 0 else person.look()
        yield pressed
        if pressed >= count:
            return


def connections(port: int, count: int) -> Iterator[int]:
    """Connect, say something and leave, some at a time; every third leaves with a reset."""
    for begin in range(0, count, _AT_ONCE):
        with contextlib.ExitStack() as stack:
            for number in range(begin, min(begin + _AT_ONCE, count)):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
                with contextlib.suppress(OSError):
                    one.sendall(b"%d" % number)
                if number % 3 == 0:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        yield min(begin + _AT_ONCE, count)


def datagram_peers(port: int, count: int) -> Iterator[int]:
    """Send a datagram each from so many addresses and ports of 127.0.0.0/8."""
    for number in range(count):
        with socket.socket(type=socket.SOCK_DGRAM) as one:
            one.bind((f"127.{1 + number // 50_000}.{number // 250 % 200}.{1 + number % 250}", 0))
            one.sendto(b"%d" % number, ("127.0.0.1", port))
        if number % 256 == 255 or number + 1 == count:
            time.sleep(0.02)  # the queue of one socket is short
            yield number + 1


def mixed(ports: list[int], seconds: float, seed: int) -> Iterator[int]:
    """Talk for a while with whatever listens: short and long messages, few and many clients."""
    chance, ends, rounds = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        with contextlib.ExitStack() as stack:
            for _ in range(chance.randint(1, 16)):
                with contextlib.suppress(OSError):
                    one = stack.enter_context(socket.create_connection(("127.0.0.1", chance.choice(ports)), timeout=2))
                    one.settimeout(0.2)
                    one.sendall(chance.randbytes(chance.choice((1, 100, 16_384, 262_144))))
                    one.recv(65536)
        rounds += 1
        yield rounds
