"""A destination address and what speaks for it: the source the kernel would use, and the marks of both."""

import socket
from typing import NamedTuple

from sockscope.record.fact import Call
from sockscope.record.lookup.policy import Ip, Mark, PolicyTable


class Held(NamedTuple):
    """What the kernel says of an address of this machine: `prefix_bits` is the size of its subnet's prefix."""

    address: Ip
    prefix_bits: int
    interface: int
    deprecated: bool = False
    home: bool = False
    native: bool = True  # its interface is no tunnel


class SourceAddress(NamedTuple):
    """The source address of a destination, None where there is none: then `error` is the errno that connect(2) gave.

    `held` is None where the kernel does not tell of this address.
    """

    address: Ip | None
    error: str = ""
    held: Held | None = None
    calls: tuple[Call, ...] = ()

    @property
    def word(self) -> str:
        """The address as the socket calls write it, empty where there is none."""
        if self.address is None:
            return ""
        return socket.inet_ntop(socket.AF_INET if self.address.version == 4 else socket.AF_INET6, self.address.packed)


class Candidate(NamedTuple):
    """A destination as the rules see it; `source_mark` is None where there is no source."""

    address: Ip
    scope_id: int
    mark: Mark
    source: SourceAddress
    source_mark: Mark | None

    def under(self, policy: PolicyTable) -> "Candidate":
        """The same under other tables."""
        return weighed(self.address, self.scope_id, self.source, policy)


def weighed(address: Ip, scope_id: int, source: SourceAddress, policy: PolicyTable) -> Candidate:
    """Look up a destination and its source."""
    source_mark = policy.mark(source.address) if source.address else None
    return Candidate(address, scope_id, policy.mark(address), source, source_mark)
