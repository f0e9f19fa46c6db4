"""What is weighed of an answer, what is kept of it, and what is left alone."""

import socket

from sockscope.engine.engine import Engine
from sockscope.engine.resolve.weigh import ROWS_WEIGHED, weigh
from sockscope.net.row import Row
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.loopback import row, sockets_open, wait_until_given_back
from tests.facts import at


def row_to(address: str) -> Row:
    return row(address, 80)


# Through the engine.


def test_the_engine_finds_out_about_the_order_of_an_answer(engine: Engine) -> None:
    lookup = engine.names.resolve(Question("127.0.0.1", "80", type="any"))
    wait_until(lambda: lookup.state is LookupState.ANSWERED)
    before = sockets_open()
    engine.names.weigh(lookup)
    wait_until(lambda: lookup.order)
    assert lookup.order
    assert [rank.row for rank in lookup.order.ranks] == list(lookup.rows)
    assert (lookup.order.addresses, lookup.order.wrong) == (1, ())
    wait_until_given_back(before)


def test_a_lookup_without_an_answer_has_an_empty_order(engine: Engine) -> None:
    lookup = engine.names.resolve(Question("127.0.0.1", "no such service"))
    wait_until(lambda: lookup.state is LookupState.FAILED)
    engine.names.weigh(lookup)
    wait_until(lambda: lookup.order)
    assert lookup.order and lookup.order.ranks == ()


# What is weighed, and what is not.


def test_every_call_for_a_source_is_kept_as_a_fact() -> None:
    (rank,) = weigh([row_to("127.0.0.1")]).ranks
    assert rank.weighed
    source = rank.weighed.source
    assert [call.name for call in source.calls] == ["socket", "connect", "getsockname", "close"]
    assert source.calls[0].arguments == ("AF_INET", "SOCK_DGRAM")
    assert (source.calls[1].fd, source.calls[1].arguments) == (source.calls[0].returned, (at("127.0.0.1:80"),))
    assert str(source.calls[2].returned).startswith("127.0.0.1:")
    assert str(source.address) == "127.0.0.1"


def test_a_failed_connect_is_kept_with_its_errno() -> None:
    (rank,) = weigh([row_to("255.255.255.255")]).ranks  # without SO_BROADCAST
    assert rank.weighed
    source = rank.weighed.source
    assert (source.address, rank.weighed.source_mark) == (None, None)
    assert source.error in ("EACCES", "ENETUNREACH")
    assert [(call.name, call.error) for call in source.calls] == [
        ("socket", ""),
        ("connect", source.error),
        ("close", ""),
    ]


def test_rows_of_one_address_share_what_was_asked() -> None:
    kinds = ((socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP), (socket.SOCK_RAW, 0))
    rows = [Row(socket.AF_INET, kind, protocol, "", ("127.0.0.1", 80)) for kind, protocol in kinds]
    order = weigh(rows)
    one, two, three = order.ranks
    assert one.weighed is two.weighed is three.weighed
    assert [str(rank.decision) for rank in order.ranks] == ["rule 10: the same address"] * 2 + ["None"]


def test_a_row_without_an_address_is_not_weighed_and_decides_nothing() -> None:
    unix = Row(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/run/x.sock")
    odd = Row(socket.AF_INET6, socket.SOCK_STREAM, 0, "", (10, b"bytes"))  # type: ignore[arg-type]
    order = weigh([row_to("127.0.0.1"), unix, odd, row_to("127.0.0.2")])
    assert [rank.weighed is None for rank in order.ranks] == [False, True, True, False]
    assert [rank.decision for rank in order.ranks] == [None] * 4
    assert weigh([unix]).addresses == weigh([]).addresses == 0


def test_only_so_many_rows_are_weighed() -> None:
    order = weigh([row_to(f"127.0.0.{number}") for number in range(1, ROWS_WEIGHED + 11)])
    assert (len(order.ranks), order.left_out, order.ranks[-1].decision) == (ROWS_WEIGHED, 10, None)


def test_weighing_leaves_no_descriptor_open() -> None:
    before = sockets_open()
    weigh([row_to(address) for address in ("127.0.0.1", "::1", "255.255.255.255", "fe80::1", "ff02::1")])
    assert sockets_open() <= before
