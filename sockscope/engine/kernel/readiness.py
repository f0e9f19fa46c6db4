"""Which descriptors are ready, as a server that waits by select or poll would see it (poll(2)).

The rule: it is one call that waits for nothing, noted nowhere, because it is asked again and again.
"""

import select
from collections.abc import Iterable
from contextlib import suppress

from sockscope.record.ready import Ready


def ready(descriptors: Iterable[int], at_ns: int) -> Ready:
    """Ask about all of these at once; where the call fails nothing is ready."""
    poll = select.poll()
    asked = []
    for fd in descriptors:
        poll.register(fd, select.POLLIN | select.POLLOUT)
        asked.append(fd)
    told: list[tuple[int, int]] = []
    with suppress(OSError):
        told = poll.poll(0)
    over = select.POLLHUP | select.POLLERR
    return Ready(
        at_ns,
        tuple(sorted(fd for fd, events in told if events & (select.POLLIN | over))),
        tuple(sorted(fd for fd, events in told if events & select.POLLOUT)),
        len(asked),
    )
