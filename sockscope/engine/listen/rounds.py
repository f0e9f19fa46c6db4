"""What keeps relays from going round for ever, and from taking every descriptor.

The rules:
- A relay that reaches its own listener goes round. So do several that reach one another: the connection that one opens
  comes in at the next, known by the address it comes from, and a client that came through HOPS of them is one too many.
- Through other programs, or UNIX sockets without names, nobody can tell; so what all relays carry is bounded too.
"""

import resource

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener

HOPS = 8
"""Through how many of our relays, one after the other, a client may have come."""

SHARE = 4
"""A relayed client takes two descriptors: with one client for each four descriptors, half of them stay free."""

ITSELF = "the target is this relay itself"
COMES_BACK = "what is passed on to the target comes back to this relay"


class Rounds:
    """The clients that relays carry, and how many relays each came through; used from the engine's thread alone."""

    def __init__(self, most: int) -> None:
        """`most` is how many clients all relays may carry at a time, where there are descriptors enough."""
        self._most = most
        self._carried: dict[Conversation, Endpoint] = {}  # the address of our connection to the target, once it is open
        self._hops: dict[Endpoint, int] = {}  # by that address

    @property
    def most(self) -> int:
        """How many clients all relays may carry at a time."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self._most if limit == resource.RLIM_INFINITY else min(self._most, max(1, limit // SHARE))

    def join(self, client: Conversation) -> bool:
        """Take a client in; False where there are as many as there may be."""
        if len(self._carried) >= self.most:
            return False
        self._carried[client] = NOWHERE
        return True

    def leave(self, client: Conversation) -> None:
        """Forget a client."""
        self._hops.pop(self._carried.pop(client, NOWHERE), None)

    def goes_round(self, listener: Listener, client: Conversation, target: Conversation) -> str:
        """Tell of a target that was just opened for a client how what is passed on comes back; empty if it does not."""
        hops = self._hops.get(client.endpoints.peer, 0) + 1
        if target.transport.has_ports:
            self._carried[client] = target.endpoints.local
            self._hops[target.endpoints.local] = hops
        if _is_itself(listener, target):
            return ITSELF
        return COMES_BACK if hops > HOPS else ""


def _is_itself(listener: Listener, opened: Conversation) -> bool:
    """Whether we connected to a listener's own address, also where that is every address of this machine."""
    peer, addresses = opened.endpoints.peer, [bound.address for bound in listener.bound]
    here = (peer.host, peer.scope) == (opened.endpoints.local.host, opened.endpoints.local.scope)
    everywhere = any(address.is_any and address.port == peer.port for address in addresses)
    return peer in addresses or (here and not peer.is_local and everywhere)
