"""A question to getaddrinfo(3): a name, a service, and the hints."""

import socket
from typing import NamedTuple

from sockscope.net.hint import FAMILIES, FLAGS, PROTOCOLS, TYPES, HintFlag
from sockscope.net.value import Symbol, Value


class Question(NamedTuple):
    """What getaddrinfo is asked; `family`, `type`, `protocol` and `flags` are keys of the tables in `hint`."""

    name: str
    service: str = ""
    family: str = "any"
    type: str = "stream"
    protocol: str = "any"
    flags: frozenset[str] = frozenset()

    @property
    def chosen(self) -> list[HintFlag]:
        """The flags that are set, in the order of the table."""
        return [flag for flag in FLAGS.values() if flag.name in self.flags]

    @property
    def host(self) -> str | bytes | None:
        """The name as Python's getaddrinfo takes it: bytes are passed on as they are, so that AI_IDN can work."""
        return (self.name.encode() if "IDN" in self.flags else self.name) or None

    def arguments(self) -> tuple[Value, ...]:
        """Return what the call takes; the protocol and the flags only where they are not 0."""
        protocol = [Symbol(f"IPPROTO_{self.protocol}")] if PROTOCOLS[self.protocol] else []
        flags = [Symbol(" | ".join(f"AI_{flag.name}" for flag in self.chosen))] if self.flags else []
        kind = Symbol(self._type("")) if TYPES[self.type] else 0
        family = Symbol(FAMILIES[self.family].name)
        return (self.name or None, self.service or None, family, kind, *protocol, *flags)

    def python(self) -> str:
        """Write the call as one line of Python that can be run."""
        name = f"{self.name!r}.encode()" if "IDN" in self.flags else repr(self.name or None)
        kind = self._type("")
        given = [
            name,
            repr(self.service or None),
            *([f"family=socket.{FAMILIES[self.family].name}"] if FAMILIES[self.family] else []),
            *([f"type=socket.{kind}"] if kind else []),
            *([f"proto=socket.IPPROTO_{self.protocol}"] if PROTOCOLS[self.protocol] else []),
            *([f"flags={' | '.join(flag.python for flag in self.chosen)}"] if self.flags else []),
        ]
        return f"socket.getaddrinfo({', '.join(given)})"

    def _type(self, nothing: str) -> str:
        return socket.SocketKind(TYPES[self.type]).name if TYPES[self.type] else nothing
