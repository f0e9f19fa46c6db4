"""Timed getaddrinfo calls, failures as data.

The rules: every lookup has a daemon thread of its own, because getaddrinfo can hang for as long as the resolver
likes and cannot be interrupted; at most IN_FLIGHT run at a time, the rest wait their turn. For numbers no resolver is
asked, so they are answered at once. A lookup that was abandoned stays abandoned, whatever its thread brings home.
"""

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable

from sockscope.net.fact import Call, error_name, now_ns
from sockscope.net.lookup import FAMILIES, TYPES, Lookup, LookupState, Question, Row

IN_FLIGHT = 32

OnAnswer = Callable[[Lookup], None]


def ask(question: Question) -> tuple[Call, tuple[Row, ...]]:
    """Call getaddrinfo(3) and wait for it; a failure is in the call's `error`."""
    flags = (socket.AI_PASSIVE if question.passive else 0) | (socket.AI_CANONNAME if question.canonical else 0)
    rows: tuple[Row, ...] = ()
    error = ""
    at_ns = now_ns()
    try:
        answer = socket.getaddrinfo(
            question.name or None,
            question.service or None,
            family=FAMILIES[question.family],
            type=TYPES[question.type],
            flags=flags,
        )
    except OSError as failure:
        error = error_name(failure)
    except UnicodeError:
        error = "EAI_NONAME"
    took_ns = now_ns() - at_ns
    if not error:
        rows = tuple(Row(*entry) for entry in answer)
    result = "" if error else f"{len(rows)} rows" if len(rows) != 1 else "1 row"
    return Call("getaddrinfo", question.arguments(), result, error, at_ns, took_ns), rows


def is_numeric(question: Question) -> bool:
    """Whether no resolver is needed: host and port are empty or numbers, in any way that inet_aton(3) reads them."""
    host, service = question.name, question.service
    if (service and not service.isdigit()) or any(character.isspace() for character in host):
        return False
    with contextlib.suppress(OSError, ValueError):
        socket.inet_aton(host or "0")
        return True
    with contextlib.suppress(OSError, ValueError):
        socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return True
    return False


class Resolver:
    """Runs lookups beside the loop and brings their answers back to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._in_flight = 0
        self._waiting: deque[tuple[Lookup, OnAnswer]] = deque()

    def start(self, lookup: Lookup, on_answer: OnAnswer) -> None:
        """Ask when a place is free; `on_answer` is called in the loop unless the lookup is abandoned."""
        if is_numeric(lookup.question):
            lookup.state = LookupState.ASKING
            self._loop.call_soon(self._told, lookup, on_answer, *ask(lookup.question))
        else:
            self._waiting.append((lookup, on_answer))
            self._fill()

    def abandon(self, lookup: Lookup) -> None:
        """Stop waiting for an answer; its thread ends when getaddrinfo lets it."""
        if lookup.state.live:
            lookup.ended_at_ns = now_ns()
            lookup.state = LookupState.ABANDONED

    def _fill(self) -> None:
        while self._waiting and self._in_flight < IN_FLIGHT:
            lookup, on_answer = self._waiting.popleft()
            if lookup.state is LookupState.QUEUED:
                lookup.state = LookupState.ASKING
                self._in_flight += 1
                threading.Thread(target=self._run, args=(lookup, on_answer), name="getaddrinfo", daemon=True).start()

    def _run(self, lookup: Lookup, on_answer: OnAnswer) -> None:
        call, rows = ask(lookup.question)
        with contextlib.suppress(RuntimeError):  # the loop was closed while we waited
            self._loop.call_soon_threadsafe(self._answered, lookup, on_answer, call, rows)

    def _answered(self, lookup: Lookup, on_answer: OnAnswer, call: Call, rows: tuple[Row, ...]) -> None:
        self._in_flight -= 1
        self._fill()
        self._told(lookup, on_answer, call, rows)

    def _told(self, lookup: Lookup, on_answer: OnAnswer, call: Call, rows: tuple[Row, ...]) -> None:
        if lookup.state is LookupState.ASKING:
            lookup.call, lookup.rows, lookup.error = call, rows, call.error
            lookup.state = LookupState.FAILED if call.error else LookupState.ANSWERED
            on_answer(lookup)
