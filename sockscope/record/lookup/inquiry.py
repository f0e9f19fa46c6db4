"""What DNS servers say themselves about a name. What a view reads.

The rule: whatever came in a message is foreign text, kept as it is in presentation format (RFC 1035, 5.1).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from sockscope.net.clock import now_ns
from sockscope.record.fact import Facts
from sockscope.record.lookup.state import LookupState


class ResourceRecord(NamedTuple):
    """One resource record (RFC 1035, 3.2.1); `name` is without its last dot, `data` as in a zone file."""

    name: str
    ttl_s: int
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class DnsReply:
    """What one message said.

    `records` are the first ones of the answer section, of `count` in all; `answers` are those of them that were asked
    for: of the name at the end of `chain`, which begins with the name asked and follows the CNAMEs. `soa` is the zone
    that says no. `error` is empty where there are answers, `detail` says where and how exactly.
    """

    size_bytes: int
    rcode: str = ""
    flags: tuple[str, ...] = ()
    records: tuple[ResourceRecord, ...] = ()
    count: int = 0
    chain: tuple[str, ...] = ()
    answers: tuple[ResourceRecord, ...] = ()
    soa: ResourceRecord | None = None
    remarks: tuple[str, ...] = ()
    error: str = ""
    detail: str = ""


@dataclass(slots=True, eq=False)
class Query:
    """The record of one question to one server, an address and a port; written by a recorder, read by any thread."""

    server: str
    type: str
    state: LookupState = LookupState.QUEUED
    transport: str = "UDP"
    asked_at_ns: int = 0  # when the first socket was opened
    ended_at_ns: int = 0  # when the reply was there, or nothing was awaited any more
    retries: int = 0
    truncated_bytes: int = 0  # the size of the reply by UDP that was cut off, so that TCP was used
    strays: dict[str, int] = field(default_factory=dict)  # what else came: how many for each error; replaced whole
    facts: Facts = field(default_factory=Facts)
    reply: DnsReply | None = None
    error: str = ""
    detail: str = ""

    @property
    def took_ns(self) -> int:
        """How long it took, or takes so far; 0 before its turn."""
        return (self.ended_at_ns or now_ns()) - self.asked_at_ns if self.asked_at_ns else 0


@dataclass(slots=True, eq=False)
class Inquiry:
    """The record of questions about one name to some servers; written by a recorder, read by any thread.

    `typed` is the name as a person wrote it, `name` the absolute one in A-labels that is asked. `queries` are there
    when the servers are known, those of one server beside one another.
    """

    typed: str
    name: str
    types: tuple[str, ...]
    queries: tuple[Query, ...] = ()
    abandoned: bool = False

    @property
    def live(self) -> bool:
        """Whether an answer is still awaited."""
        return not self.abandoned and (not self.queries or any(query.state.live for query in self.queries))
