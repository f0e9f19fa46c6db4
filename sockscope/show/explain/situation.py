"""What an explanation is made of: the error, the call that gave it, what we did, and what the system said.

The rule: what an error means follows from all of it, never from its name alone.
"""

from typing import NamedTuple, TypeVar

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.value import Value
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.finding import Finding
from sockscope.record.listener import Listener

Found = TypeVar("Found")


class Situation(NamedTuple):
    """A failure: `call` is the one that gave the error, None where none did; `bound` is the bind of its socket."""

    error: str
    subject: Conversation | Listener
    call: Call | None = None
    bound: Call | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """The name of the call, empty where there is none."""
        return self.call.decided.name if self.call else ""

    @property
    def address(self) -> Endpoint:
        """The address that the call took."""
        return next((one for one in self._given if isinstance(one, Endpoint)), NOWHERE)

    @property
    def _given(self) -> tuple[Value, ...]:
        return self.call.decided.arguments if self.call else ()

    @property
    def tried(self) -> Endpoint:
        """The address that it is about: what the call took, or whom we tried to reach last."""
        if self.address or not isinstance(self.subject, Conversation):
            return self.address
        attempts = self.subject.dialling.attempts
        return self.subject.endpoints.peer or (attempts[-1].address if attempts else NOWHERE)

    @property
    def local(self) -> bool:
        """Whether it is of a UNIX socket."""
        return not self.subject.transport.has_ports

    @property
    def conversation(self) -> Conversation | None:
        """The conversation, where it is one."""
        return self.subject if isinstance(self.subject, Conversation) else None

    @property
    def source_bound(self) -> bool:
        """Whether its socket had been given an address of ours before."""
        return self.bound is not None and self.call is not None and self.bound.fd == self.call.fd

    def found(self, kind: type[Found]) -> Found | None:
        """Return what was found of a kind, None where nothing was, or it could not be asked."""
        return next((one for one in self.findings if isinstance(one, kind)), None)
