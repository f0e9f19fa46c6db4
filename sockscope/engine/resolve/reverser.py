"""From addresses to names: getnameinfo(3) for each address of an answer, beside the loop.

The rules: a name is required (NI_NAMEREQD), since the number is known already; each address is asked for once, however
many rows have it. AT_A_TIME calls are under way at a time, in threads of their own, so that addresses whose servers are
silent never hold up a lookup. The name is foreign text: whoever owns the address has written it.
"""

import asyncio
import socket
from functools import partial
from typing import cast

from sockscope.engine.resolve.name_info import InternetAddress, getnameinfo
from sockscope.engine.syscall import make
from sockscope.engine.worker import Workers
from sockscope.net.clock import now_ns
from sockscope.net.error_name import NOT_UTF8
from sockscope.net.row import Row
from sockscope.net.value import Symbol
from sockscope.record.fact import Call
from sockscope.record.jobs import Job
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.reverse import MOST, Reverse, distinct
from sockscope.record.recorder.lookups import LookupRecorder

AT_A_TIME = 16
THREADS = 64
"""How many threads there are at most, with those whose answer nobody waits for any more."""


def name_of(row: Row) -> tuple[Call, str]:
    """Call getnameinfo(3) for an address in numbers and wait for it; a failure is in the call's `error`."""
    noted: list[Call] = []
    flags = socket.NI_NAMEREQD | socket.NI_NUMERICSERV
    name = ""
    arguments = (row.host, Symbol("NI_NAMEREQD | NI_NUMERICSERV"))
    at_ns = now_ns()
    try:
        name, _ = make(
            noted.append,
            "getnameinfo",
            -1,
            arguments,
            lambda: getnameinfo(cast(InternetAddress, row.sockaddr), flags),
            lambda answer: answer[0],
        )
    except OSError:
        pass  # noted
    except UnicodeDecodeError:
        noted.append(Call("getnameinfo", -1, arguments, None, NOT_UTF8, at_ns, now_ns() - at_ns))
    return noted[0], name


class Reverser:
    """Asks for the names of the addresses of lookups; used from the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, recorder: LookupRecorder) -> None:
        self._recorder = recorder
        self._workers = Workers(loop, AT_A_TIME, "getnameinfo", THREADS)
        self._jobs: dict[int, list[Job]] = {}  # by the lookup's number, until all were answered

    def start(self, lookup: Lookup) -> None:
        """Ask anew for each address; the lookup's `reverse` tells."""
        self.abandon(lookup)
        rows = distinct(lookup.rows)
        asked = tuple(rows)[:MOST]
        record = Reverse(asked, len(rows) - len(asked))
        self._recorder.reverses(lookup, record)

        def found(address: str, answer: tuple[Call, str]) -> None:
            self._recorder.reversed(record, address, *answer)
            if lookup.reverse is record and not record.waiting:
                self._jobs.pop(lookup.number, None)

        if asked:
            jobs = [self._workers.do(partial(name_of, rows[address]), partial(found, address)) for address in asked]
            self._jobs[lookup.number] = jobs

    def abandon(self, lookup: Lookup) -> None:
        """Wait no longer for what was not answered; its threads end when getnameinfo lets them."""
        for job in self._jobs.pop(lookup.number, []):
            self._workers.give_up(job)
        if lookup.reverse and lookup.reverse.waiting:
            self._recorder.reverse_abandoned(lookup.reverse)
