"""Asking DNS servers through an engine, and the messages that tests read without one."""

from collections.abc import Sequence

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.lookup.inquiry import DnsReply, Inquiry, Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.hostile_dns import HostileDns
from tests.engine.loopback import all_calls

NAME = "www.example"
FAILED, ANSWERED, ABANDONED = LookupState.FAILED, LookupState.ANSWERED, LookupState.ABANDONED
IMPATIENT = pytest.mark.engine(dns_patience_s=0.3, dns_tcp_patience_s=0.5)
"""Little patience, and yet enough for a reply that comes on a busy machine."""

UDP_CALLS = ["socket", "connect", "send", "recv", "close"]
"""The calls of a query that was answered at once."""


def inquire(
    engine: Engine, servers: Sequence[HostileDns | str], types: Sequence[str] = ("A",), name: str = NAME
) -> Inquiry:
    """Ask, and wait until nothing more is awaited."""
    texts = [server if isinstance(server, str) else server.text for server in servers]
    inquiry = engine.names.inquire(Lookup(1, Question(name)), texts, types)
    wait_until(lambda: not inquiry.live, what="every query has ended")
    return inquiry


def ask(engine: Engine, server: HostileDns | str, type: str = "A", name: str = NAME) -> Query:
    """Ask one question, and wait for its end."""
    (query,) = inquire(engine, [server], [type], name).queries
    return query


def answered(query: Query) -> DnsReply:
    """The reply of a query that was answered."""
    assert (query.state, query.error) == (LookupState.ANSWERED, "")
    assert query.reply is not None
    return query.reply


def data(query: Query) -> list[str]:
    """What the records say that were asked for."""
    return [record.data for record in answered(query).answers]


def calls(query: Query) -> list[tuple[str, str]]:
    """The calls that were made, and the errors of those that failed."""
    return [(call.name, call.error) for call in all_calls(query.facts)]
