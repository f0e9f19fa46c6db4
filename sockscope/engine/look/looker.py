"""Looks at the system right behind a failure, so that it can be explained by what is so here.

The rules: it looks in a thread, for LOOK_S seconds at the most; WAITING failures at a time are looked at and no more,
the others say in a remark that nobody looked. A question that cannot be answered leaves its finding out
and takes no other with it. What is found goes into the record, whatever became of the subject meanwhile: it is of the
moment of the failure. Which questions belong to which failure is the table below.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sockscope.engine.look.machine import datagram_room, descriptors, memory, nameservers, own_addresses, privileges
from sockscope.engine.look.others import in_the_way, listen_queue, nearby, port_range
from sockscope.engine.look.path import path_seen
from sockscope.engine.look.question import Question
from sockscope.engine.look.route import route
from sockscope.engine.worker import Workers
from sockscope.net.error_name import OWN_TIMEOUT, RESOLVER_TIMEOUT
from sockscope.record.conversation import Conversation
from sockscope.record.finding import Finding
from sockscope.record.jobs import Job
from sockscope.record.listener import Listener
from sockscope.record.recorder import Recorder

LOOK_S = 2.0
WAITING = 32

_THREADS = 2
_HANGING = 4  # threads that were given up, at the most

Ask = Callable[[Question], Finding | None]
Work = Callable[[], tuple[Finding, ...]]

_TOO_MANY = f"more than {WAITING} failures at once: what the system says about this one was not asked"

_SILENT = (OWN_TIMEOUT, "ETIMEDOUT")
_UNREACHABLE = ("EHOSTUNREACH", "ENETUNREACH", "EINVAL")

WITH_PORTS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[Ask, ...]], ...] = (
    (("bind", "listen"), ("EADDRINUSE",), (in_the_way, port_range)),
    (("bind",), ("EACCES",), (privileges,)),
    (("bind",), ("EADDRNOTAVAIL",), (own_addresses,)),
    (("connect",), ("EADDRNOTAVAIL", "EAGAIN"), (port_range, own_addresses)),
    (("connect", "send", "sendto", "recvfrom"), ("ECONNREFUSED",), (nearby,)),
    (("connect", ""), _SILENT, (listen_queue, route)),
    (("connect", "send", "sendto", "recvfrom"), _UNREACHABLE, (route, own_addresses)),
    (("connect", "send", "sendto"), ("EACCES", "EPERM"), (route, privileges)),
    (("send", "sendto"), ("EMSGSIZE",), (datagram_room,)),
)
"""Of sockets with ports: which calls with which errors ask what; "" stands for no call."""

WITHOUT: tuple[tuple[tuple[str, ...], tuple[Ask, ...]], ...] = (
    (("EMFILE", "ENFILE"), (descriptors,)),
    (("ENOBUFS", "ENOMEM"), (memory,)),
    (("EPERM",), (privileges,)),
    (("EAI_NONAME", "EAI_NODATA", "EAI_AGAIN", "EAI_FAIL", RESOLVER_TIMEOUT), (nameservers,)),
)
"""Of any socket and any call."""

_OF_PATHS = ("EADDRINUSE", "EACCES", "ECONNREFUSED", "ENOENT", "ENOTDIR", "EPROTOTYPE", "EAGAIN", "EPERM")


def asks(question: Question) -> list[Ask]:
    """Return what is to be asked about a failure."""
    found: list[Ask] = []
    if question.transport.has_ports and question.address.host:
        for calls, errors, wanted in WITH_PORTS:
            if question.call in calls and question.error in errors:
                found += wanted
    elif question.address.path and question.error in _OF_PATHS:
        found.append(path_seen)
    for errors, wanted in WITHOUT:
        if question.error in errors:
            found += [ask for ask in wanted if ask not in found]
    return found


def look(asked: Sequence[Callable[[], Finding | None]]) -> tuple[Finding, ...]:
    """Ask everything, in a thread; never raises."""
    found = []
    for ask in asked:
        try:
            found.append(ask())
        except Exception:  # whatever the system is like, what is not known is left out
            continue
    return tuple(one for one in found if one is not None)


class Evidence(NamedTuple):
    """What is known of a failure at once, and what else is to be looked at off the loop."""

    known: tuple[Finding, ...] = ()
    looks: tuple[Callable[[], Finding | None], ...] = ()


NOTHING = Evidence()


@dataclass(slots=True)
class _Looking:
    """One look: what is done with what it finds, and when it is given up."""

    subject: Conversation | Listener
    work: Job | None = None
    gives_up: asyncio.TimerHandle | None = None


class Looker:
    """Has the system asked about failures; used from the engine's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, recorder: Recorder) -> None:
        self._loop = loop
        self._recorder = recorder
        self._workers = Workers(loop, _THREADS, "look", _HANGING)
        self._under_way = 0

    def failed(self, subject: Conversation | Listener, question: Question, evidence: Evidence = NOTHING) -> None:
        """Look behind a failure of which there is some evidence; what is found is put into the record."""
        asked = [partial(ask, question) for ask in asks(question)] + list(evidence.looks)
        self.ask(subject, partial(look, asked) if asked else None, evidence.known)

    def ask(self, subject: Conversation | Listener, work: Work | None, known: tuple[Finding, ...] = ()) -> None:
        """Do some looking, and put what it gives into the record; without any, what is `known` is all there is."""
        self._recorder.looks(subject, known)
        if work and self._under_way >= WAITING:
            self._recorder.remark(subject, "not looked", _TOO_MANY)
            work = None
        if work is None:
            self._recorder.found(subject, ())
            return
        self._under_way += 1
        looking = _Looking(subject)
        looking.gives_up = self._loop.call_later(LOOK_S, self._give_up, looking)
        looking.work = self._workers.do(work, partial(self._over, looking), on_fault=lambda _: self._over(looking, ()))

    def _give_up(self, looking: _Looking) -> None:
        if looking.work:
            self._workers.give_up(looking.work)
        self._over(looking, ())

    def _over(self, looking: _Looking, found: tuple[Finding, ...]) -> None:
        if looking.gives_up:
            looking.gives_up.cancel()
        self._under_way -= 1
        self._recorder.found(looking.subject, found)
