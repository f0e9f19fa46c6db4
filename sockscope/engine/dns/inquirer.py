"""Asks DNS servers directly, several at a time.

The rules: so many queries are under way at most (`dns_in_flight` of the settings), in the order in which they were
asked for, and the rest is queued; a server that is dead holds up no other. The queries of an inquiry are written beside
the loop, where the library is imported first.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Sequence
from functools import partial

from sockscope.engine.dns.exchange import Exchange
from sockscope.engine.resolve.read_sources import read_nameservers
from sockscope.engine.settings import Settings
from sockscope.engine.worker import Workers
from sockscope.net.address import AddressError
from sockscope.net.error_name import error_name
from sockscope.record.lookup.inquiry import Inquiry, Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.lookups import LookupRecorder
from sockscope.request.dns_question import MOST, Server, read_name, read_server, read_types
from sockscope.request.question import Question

_READERS = 2


def start_inquiry(question: Question, words: Sequence[str]) -> Inquiry:
    """Make the record of questions about a name, for the types that a person typed. Raise AddressError."""
    types = read_types(words, question.name)
    return Inquiry(question.name, read_name(question, types), types)


class Inquirer:
    """Runs inquiries; used from the engine's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings, recorder: LookupRecorder) -> None:
        self._recorder = recorder
        self._settings = settings
        self._loop = loop
        self._readers = Workers(loop, _READERS, "dns")
        self._waiting: deque[Exchange] = deque()
        self._under_way: set[Exchange] = set()

    def start(self, lookup: Lookup, inquiry: Inquiry, servers: Sequence[Server]) -> None:
        """Ask each server for each type, without a server those of resolv.conf; what was asked before is abandoned."""
        self.abandon(lookup)
        self._recorder.inquires(lookup, inquiry)
        if servers:
            self._ask(lookup, inquiry, servers)
        elif lookup.sources:
            self._ask(lookup, inquiry, lookup.sources.nameservers)
        else:
            self._readers.do(read_nameservers, partial(self._ask, lookup, inquiry))

    def _ask(self, lookup: Lookup, inquiry: Inquiry, servers: Sequence[Server | str]) -> None:
        if inquiry.abandoned:
            return
        each = [(_server(one), asked_type) for one in servers[:MOST] for asked_type in inquiry.types]
        queries = [Query(one.text if isinstance(one, Server) else one, asked_type) for one, asked_type in each]
        self._recorder.queries(inquiry, queries)
        asked: list[tuple[Query, Server]] = []
        for (server, _), query in zip(each, queries, strict=True):
            if isinstance(server, Server):
                asked.append((query, server))
            else:
                self._recorder.query(lookup, query).failed("BAD_SERVER")

        def write() -> list[bytes]:
            from sockscope.engine.dns import message  # it imports the library, which takes long

            return [message.write(inquiry.name, query.type) for query, _ in asked]

        def written(wires: list[bytes]) -> None:
            for (query, server), wire in zip(asked, wires, strict=True):
                record = self._recorder.query(lookup, query)
                self._waiting.append(Exchange(self._loop, self._settings, self._readers, record, server, wire))
            self._fill()

        def failed(error: Exception) -> None:
            for query, _ in asked:
                if query.state.live:
                    self._recorder.query(lookup, query).failed(error_name(error))

        self._readers.do(write, written, on_fault=failed)

    def abandon(self, lookup: Lookup) -> None:
        """Stop asking, at once; what was answered stays."""
        inquiry = lookup.inquiry
        if inquiry and inquiry.live:
            self._recorder.inquiry_abandoned(inquiry)
            for exchange in [one for one in self._under_way if one.query in inquiry.queries]:
                exchange.cancel()
            for query in inquiry.queries:
                if query.state.live:
                    self._recorder.query(lookup, query).over(LookupState.ABANDONED)

    def close(self) -> None:
        """Close every socket, at the very end."""
        for exchange in [*self._under_way, *self._waiting]:
            exchange.cancel()
        self._waiting.clear()

    def _fill(self) -> None:
        while self._waiting and len(self._under_way) < self._settings.dns_in_flight:
            exchange = self._waiting.popleft()
            if exchange.query.state is LookupState.QUEUED:
                self._under_way.add(exchange)
                exchange.start(self._over)

    def _over(self, exchange: Exchange) -> None:
        self._under_way.discard(exchange)
        self._loop.call_soon(self._fill)


def _server(one: Server | str) -> Server | str:
    """Read a server of resolv.conf, whose address may be written in any way of inet_aton(3), such as 127.1."""
    if isinstance(one, Server):
        return one
    with contextlib.suppress(OSError):
        one = socket.inet_ntoa(socket.inet_aton(one))
    try:
        return read_server(one)
    except AddressError:
        return one
