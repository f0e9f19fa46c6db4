"""A client that waits in a listener's accept queue: connected as far as it can tell, and taken by nobody."""

from typing import NamedTuple

from sockscope.net.endpoint import Endpoint


class Waiting(NamedTuple):
    """Who waits; at least since `since_ns`, when it was seen first, and with so many bytes sent that nobody read."""

    peer: Endpoint
    since_ns: int
    sent_bytes: int


WAITING_KEPT = 100
"""Of more that wait, those that were seen first."""
