"""A question to getaddrinfo(3): a name, a service, and the hints."""

import socket
from dataclasses import dataclass

from sockscope.net.resolve.hint import FAMILIES, FLAGS, PROTOCOLS, TYPES, Flag


@dataclass(frozen=True, slots=True)
class Question:
    """What getaddrinfo is asked; `family`, `type`, `protocol` and `flags` are keys of the tables in `hint`."""

    name: str
    service: str = ""
    family: str = "any"
    type: str = "stream"
    protocol: str = "any"
    flags: frozenset[str] = frozenset()

    @property
    def chosen(self) -> list[Flag]:
        """The flags that are set, in the order of the table."""
        return [flag for flag in FLAGS.values() if flag.name in self.flags]

    @property
    def host(self) -> str | bytes | None:
        """The name as Python's getaddrinfo takes it: bytes are passed on as they are, so that AI_IDN can work."""
        return (self.name.encode() if "IDN" in self.flags else self.name) or None

    def arguments(self) -> str:
        """Write the call's arguments as a person would."""
        name = f'"{self.name}"' if self.name else "NULL"
        service = f'"{self.service}"' if self.service else "NULL"
        protocol = [f"IPPROTO_{self.protocol}"] if PROTOCOLS[self.protocol] else []
        flags = [" | ".join(f"AI_{flag.name}" for flag in self.chosen)] if self.flags else []
        return ", ".join([name, service, FAMILIES[self.family].name, self._type("0"), *protocol, *flags])

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
