"""A room to talk in: each line of a client goes to all the others, with the name of whoever said it.

The rules: a line ends with a newline (a CR before it is left out), a datagram is one; one that grows beyond LINE_BYTES
is passed on as far as it goes. `/nick NAME` gives another name; the first is `guest` and a number. Who came and who
left is told while there are ROOM or fewer: in a larger room everybody would hear little else.
"""

import re

from sockscope.engine.listen.responders.response import Responder, Response

LINE_BYTES = 4096
ROOM = 100
_NICK = re.compile(rb"/nick\s+(\S{1,32})\s*")


class Chat:
    """A recipe (see Recipe): one room for all clients of a listener."""

    fault = ""

    def __init__(self) -> None:
        self._came = 0
        self._present: set[Guest] = set()

    def __call__(self, datagrams: bool, /) -> "Guest":
        """Make the responder of one client."""
        self._came += 1
        return Guest(self, b"guest %d" % self._came, datagrams)

    def enters(self, guest: "Guest") -> int:
        """Take one more; give how many are there now."""
        self._present.add(guest)
        return len(self._present)

    def leaves(self, guest: "Guest") -> bool:
        """Tell whether one was there who is not any more."""
        was_there = guest in self._present
        self._present.discard(guest)
        return was_there

    @property
    def crowded(self) -> bool:
        """Whether comings and goings are not told."""
        return len(self._present) > ROOM

    def taken(self, name: bytes) -> bool:
        """Whether somebody in the room has that name."""
        return any(one.name == name for one in self._present)


class Guest(Responder):
    """One client of a room."""

    def __init__(self, room: Chat, name: bytes, datagrams: bool) -> None:
        self.name = name
        self._room = room
        self._datagrams = datagrams
        self._kept = b""

    def arrived(self) -> Response:
        """Say who one is, and tell the others."""
        there = self._room.enters(self)
        welcome = b"* you are %b; /nick NAME changes that; here are %d\n" % (self.name, there)
        return Response(welcome, others=self._told(b"came"))

    def received(self, data: memoryview) -> Response | None:
        """Pass on what was said."""
        if self._datagrams:
            lines = [bytes(data).rstrip(b"\r\n")]
        else:
            *lines, self._kept = (self._kept + data).split(b"\n")
            if len(self._kept) > LINE_BYTES:
                lines, self._kept = [*lines, self._kept], b""
        answers, others = bytearray(), bytearray()
        for line in lines:
            answer, passed_on = self._says(line.removesuffix(b"\r"))
            answers += answer
            others += passed_on
        return Response(bytes(answers), others=bytes(others)) if answers or others else None

    def left(self) -> Response | None:
        """Tell the others."""
        return Response(b"", others=self._told(b"left")) if self._room.leaves(self) else None

    def _says(self, line: bytes) -> tuple[bytes, bytes]:
        """Give what is answered, and what the others hear."""
        if not line.startswith(b"/"):
            return b"", b"%b: %b\n" % (self.name, line) if line else b""
        named = _NICK.fullmatch(line)
        if not named:
            return b"* /nick NAME changes your name; that is all there is\n", b""
        if self._room.taken(named[1]):
            return b"* %b is somebody else's name\n" % named[1], b""
        before, self.name = self.name, named[1]
        told = b"* %b is %b now\n" % (before, self.name)
        return told, told

    def _told(self, what: bytes) -> bytes:
        return b"" if self._room.crowded else b"* %b %b\n" % (self.name, what)
