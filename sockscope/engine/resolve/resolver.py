"""Timed getaddrinfo calls, failures as data.

The rules: getaddrinfo can hang for as long as the resolver likes and cannot be interrupted, so it is called beside the
loop, IN_FLIGHT at a time. For numbers no resolver is asked, so they are answered at once. A lookup that was abandoned
stays abandoned, whatever its thread brings home, and gives its place to the next: so lookups that hang, once abandoned,
hold up nobody until THREADS of them do.
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial

from sockscope.engine.worker import Workers
from sockscope.net.clock import now_ns
from sockscope.net.error_name import NOT_UTF8, error_name
from sockscope.net.hint import FAMILIES, PROTOCOLS, TYPES
from sockscope.net.notation import NameKind, kind_of
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.lookups import LookupRecorder
from sockscope.request.question import Question

IN_FLIGHT = 32
"""How many lookups are asked at a time."""

THREADS = 4 * IN_FLIGHT
"""How many threads there are at most, with those of abandoned lookups that still hang."""

OnAnswer = Callable[[Lookup], None]


def ask(question: Question) -> tuple[Call, tuple[Row, ...]]:
    """Call getaddrinfo(3) and wait for it; a failure is in the call's `error`."""
    rows: tuple[Row, ...] = ()
    error = ""
    at_ns = now_ns()
    try:
        answer = socket.getaddrinfo(
            question.host,
            question.service or None,
            family=FAMILIES[question.family],
            type=TYPES[question.type],
            proto=PROTOCOLS[question.protocol],
            flags=sum(flag.value for flag in question.chosen),
        )
    except OSError as failure:
        error = error_name(failure)
    except UnicodeDecodeError:  # the canonical name, which a hosts file may hold in Latin-1
        error = NOT_UTF8
    except UnicodeError:
        error = "EAI_NONAME"
    took_ns = now_ns() - at_ns
    if not error:
        rows = tuple(Row(*entry) for entry in answer)
    found = None if error else len(rows)
    return Call("getaddrinfo", -1, question.arguments(), found, error, at_ns, took_ns), rows


def is_numeric(question: Question) -> bool:
    """Whether no resolver is needed: host and port are empty or numbers, in any way that inet_aton(3) reads them."""
    service = question.service
    return (not service or (service.isascii() and service.isdigit())) and kind_of(question.name) is not NameKind.NAME


class Resolver:
    """Runs lookups beside the loop and brings their answers back to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, recorder: LookupRecorder) -> None:
        self._loop = loop
        self._recorder = recorder
        self.workers = Workers(loop, IN_FLIGHT, "getaddrinfo", THREADS)

    def start(self, lookup: Lookup, on_answer: OnAnswer) -> None:
        """Ask when a place is free; `on_answer` is called in the loop unless the lookup is abandoned."""

        begin = partial(self._recorder.asking, lookup)

        def answered(told: tuple[Call, tuple[Row, ...]]) -> None:
            if lookup.state is LookupState.ASKING:
                self._recorder.answered(lookup, *told)
                on_answer(lookup)

        def failed(error: Exception) -> None:
            arguments, began = lookup.question.arguments(), lookup.asked_at_ns
            answered((Call("getaddrinfo", -1, arguments, None, type(error).__name__, began, now_ns() - began), ()))

        if is_numeric(lookup.question):
            begin()
            self._loop.call_soon(answered, ask(lookup.question))
        else:
            self._recorder.queued(lookup, self.workers.do(partial(ask, lookup.question), answered, begin, failed))

    def abandon(self, lookup: Lookup) -> None:
        """Stop waiting for an answer; its thread ends when getaddrinfo lets it."""
        if lookup.state.live:
            if lookup.job:
                self.workers.give_up(lookup.job)
            self._recorder.abandoned(lookup)
