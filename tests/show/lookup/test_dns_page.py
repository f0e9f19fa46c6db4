"""The page that puts DNS servers beside getaddrinfo and the hosts file."""

import socket
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from sockscope.net.resolv_conf import ResolvConf
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.inquiry import DnsReply, Inquiry, Query, ResourceRecord
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.sources import HostsLine
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.layout import Lines, plain
from sockscope.show.lookup.dns_page import ADDRESSES_SHOWN, RECORDS_SHOWN, dns_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells

NAME = "www.example"
ONE, OTHER = "127.0.0.1:53", "127.0.0.1:5353"
SECOND_NS = 1_000_000_000
SIGNS = "=≠"


def row(address: str) -> Row:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sockaddr = (address, 0, 0, 0) if ":" in address else (address, 0)
    return Row(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", sockaddr)


def looked_up(*addresses: str, question: Question | None = None, error: str = "") -> Lookup:
    lookup = Lookup(1, question or Question(NAME))
    lookup.call = Call("getaddrinfo", -1, (), None, error, 0, 1)
    lookup.rows, lookup.error = tuple(row(address) for address in addresses), error
    lookup.state = LookupState.FAILED if error else LookupState.ANSWERED
    return lookup


def with_hosts(
    lookup: Lookup, *addresses: str, nameservers: Sequence[str] = ("127.0.0.53",), search: tuple[str, ...] = ("corp",)
) -> Lookup:
    lines = tuple(HostsLine(number, address, (NAME,)) for number, address in enumerate(addresses, 7))
    sources: Any = SimpleNamespace(hosts=lines, nameservers=tuple(nameservers), config=ResolvConf(search=search))
    lookup.sources = sources
    return lookup


def answer(server: str, type: str, *data: str, ttl_s: int = 300, **more: Any) -> Query:
    query = Query(server, type)
    records = tuple(ResourceRecord(NAME, ttl_s, type, one) for one in data)
    error = more.pop("error", "" if data else "NODATA")
    said = {"answers": records, "records": records, "count": len(records), "chain": (NAME,), "flags": ("RD", "RA")}
    query.reply = DnsReply(100, error=error, **{**said, **more})
    query.error, query.detail = error, query.reply.detail
    query.asked_at_ns, query.ended_at_ns = 10, 10 + 2_000_000
    query.state = LookupState.ANSWERED
    return query


def failure(server: str, type: str, error: str, detail: str = "", transport: str = "UDP") -> Query:
    query = Query(server, type)
    query.error, query.detail, query.transport = error, detail, transport
    query.asked_at_ns, query.ended_at_ns = 10, 10 + 4 * SECOND_NS
    query.state = LookupState.FAILED
    return query


def asked(lookup: Lookup, *queries: Query, typed: str = NAME, name: str = NAME + ".") -> Lookup:
    types = tuple(dict.fromkeys(query.type for query in queries)) or ("A",)
    lookup.inquiry = Inquiry(typed, name, types, queries)
    return lookup


def page(lookup: Lookup, width: int = 110, now_ns: int = 5 * SECOND_NS) -> str:
    return plain(lines_of(lookup, width, now_ns))


def lines_of(lookup: Lookup, width: int = 110, now_ns: int = 5 * SECOND_NS) -> Lines:
    return dns_page(Subject(lookup, now_ns), width)


def row_of(text: str, address: str) -> list[str]:
    """The cells of an address in the table."""
    (line,) = [line for line in text.splitlines() if line.split()[1:2] == [address] and line.split()[0] in SIGNS]
    return line.split()


# Nothing yet.


def test_before_anything_is_asked_it_says_which_key_asks_whom() -> None:
    assert page(looked_up()) == "  d asks the name servers of /etc/resolv.conf directly (nothing was sent yet)"
    known = with_hosts(looked_up(), nameservers=["127.0.0.53"])
    assert page(known) == "  d asks 127.0.0.53:53 directly (nothing was sent yet)"
    more = with_hosts(looked_up(), nameservers=["fe80::1%eth0", "::1", "\x1b[2J"])
    assert page(more) == "  d asks [fe80::1%eth0]:53 and 2 more directly (nothing was sent yet)"


def test_while_the_servers_are_not_known_it_says_what_is_read() -> None:
    lookup = asked(looked_up())
    assert "reading /etc/resolv.conf" in page(lookup)
    assert lookup.inquiry
    lookup.inquiry.abandoned = True
    assert "abandoned" in page(lookup)


# Side by side.


def test_an_address_that_all_have_is_the_same() -> None:
    lookup = asked(with_hosts(looked_up("192.0.2.1")), answer(ONE, "A", "192.0.2.1", ttl_s=60))
    text = page(lookup)
    assert row_of(text, "192.0.2.1") == ["=", "192.0.2.1", "row", "1", "–", "TTL", "60", "s"]
    assert "≠" not in text


def test_an_address_that_only_dns_has_is_marked() -> None:
    lookup = asked(looked_up("192.0.2.1"), answer(ONE, "A", "192.0.2.1", "192.0.2.2"))
    assert " ".join(row_of(page(lookup), "192.0.2.2")).startswith("≠ 192.0.2.2 – ? TTL 300 s only in DNS")
    assert row_of(page(lookup), "192.0.2.1")[0] == "="


def test_an_address_that_dns_has_not_is_marked() -> None:
    lookup = asked(with_hosts(looked_up("192.0.2.9")), answer(ONE, "A", "192.0.2.1"))
    text = page(lookup)
    assert " ".join(row_of(text, "192.0.2.9")).endswith("row 1 – – not in DNS")
    assert "search domain" in text


def test_no_search_domain_is_suspected_where_there_is_none() -> None:
    lookup = asked(with_hosts(looked_up("192.0.2.9"), search=()), answer(ONE, "A", "192.0.2.1"))
    text = page(lookup)
    assert "found it elsewhere: in another source" in text
    assert "search domain" not in text


def test_an_address_of_the_hosts_file_is_said_to_be_normal() -> None:
    lookup = asked(with_hosts(looked_up("192.0.2.9"), "192.0.2.9"), answer(ONE, "A", error="NXDOMAIN"))
    text = page(lookup)
    assert " ".join(row_of(text, "192.0.2.9")).endswith("row 1 line 7 – not in DNS, but in the hosts file")
    assert "Normal: a line of the hosts file wins" in text


def test_what_the_hosts_file_alone_has_is_marked() -> None:
    lookup = asked(with_hosts(looked_up("192.0.2.1"), "192.0.2.8"), answer(ONE, "A", "192.0.2.1"))
    assert " ".join(row_of(page(lookup), "192.0.2.8")).endswith("only in the hosts file")


def test_localhost_is_said_to_be_never_in_dns() -> None:
    lookup = with_hosts(looked_up("127.0.0.1", question=Question("localhost")), "127.0.0.1")
    text = page(asked(lookup, answer(ONE, "A", error="NXDOMAIN"), typed="localhost", name="localhost."))
    assert "Normal: localhost is never in DNS" in text


def test_servers_that_disagree_are_named() -> None:
    lookup = asked(looked_up("192.0.2.1"), answer(ONE, "A", "192.0.2.1"), answer(OTHER, "A", "192.0.2.2", ttl_s=5))
    text = page(lookup)
    assert " ".join(row_of(text, "192.0.2.1")).endswith("300 s – not in DNS 127.0.0.1:5353")
    assert " ".join(row_of(text, "192.0.2.2")).endswith("– TTL 5 s only in DNS 127.0.0.1:5353")
    assert "Servers may differ" in text


def test_a_server_that_failed_cannot_tell() -> None:
    lookup = asked(looked_up("192.0.2.1"), answer(ONE, "A", "192.0.2.1"), failure(OTHER, "A", "timeout"))
    text = page(lookup)
    assert row_of(text, "192.0.2.1") == ["=", "192.0.2.1", "row", "1", "?", "TTL", "300", "s", "?"]
    assert "no answer" in text


def test_a_family_that_was_not_asked_for_is_not_compared() -> None:
    lookup = looked_up("192.0.2.1", question=Question(NAME, family="IPv4"))
    text = page(asked(lookup, answer(ONE, "A", "192.0.2.1"), answer(ONE, "AAAA", "2001:db8::1")))
    assert row_of(text, "2001:db8::1")[:3] == ["=", "2001:db8::1", "?"]
    assert "IPv4 alone" in text
    assert "≠" not in text


def test_a_type_that_was_not_asked_of_dns_is_not_compared() -> None:
    text = page(asked(looked_up("192.0.2.1", "2001:db8::1"), answer(ONE, "A", "192.0.2.1")))
    assert row_of(text, "2001:db8::1")[0] == "="


def test_with_addrconfig_a_missing_family_is_normal() -> None:
    question = Question(NAME, flags=frozenset({"ADDRCONFIG"}))
    lookup = asked(looked_up("192.0.2.1", question=question), answer(ONE, "AAAA", "2001:db8::1"))
    assert "Normal: ADDRCONFIG" in page(lookup)


def test_addresses_are_the_same_however_they_are_written() -> None:
    lookup = looked_up("::ffff:192.0.2.1", "2001:DB8:0::1")
    text = page(asked(lookup, answer(ONE, "A", "192.0.2.1"), answer(ONE, "AAAA", "2001:db8::1")))
    assert "≠" not in text
    assert {line.split()[1] for line in text.splitlines() if line.split()[0] == "="} == {"192.0.2.1", "2001:db8::1"}


def test_a_lookup_that_failed_is_compared_where_it_is_certain() -> None:
    certain = asked(looked_up(error="EAI_NONAME"), answer(ONE, "A", "192.0.2.1"))
    assert " ".join(row_of(page(certain), "192.0.2.1")).endswith("only in DNS")
    silent = asked(looked_up(error="EAI_AGAIN"), answer(ONE, "A", "192.0.2.1"))
    assert row_of(page(silent), "192.0.2.1")[:3] == ["=", "192.0.2.1", "?"]
    assert "no answer" in page(silent)


def test_while_getaddrinfo_is_asked_nothing_is_compared() -> None:
    lookup = looked_up()
    lookup.state = LookupState.ASKING
    assert row_of(page(asked(lookup, answer(ONE, "A", "192.0.2.1"))), "192.0.2.1")[0] == "="


def test_without_types_of_addresses_there_is_no_table() -> None:
    text = page(asked(looked_up("192.0.2.1"), answer(ONE, "MX", "10 mail.example.")))
    assert "getaddrinfo" not in text
    assert "10 mail.example." in text


def test_where_there_is_no_room_servers_have_numbers_and_then_give_way() -> None:
    servers = ["[2001:db8::1:2:3:4]:5353", "[2001:db8::1:2:3:5]:5353"]
    lookup = asked(looked_up("192.0.2.1"), answer(servers[0], "A", "192.0.2.1"), answer(servers[1], "A", "192.0.2.2"))
    assert "only in DNS [2001:db8::1:2:3:5]:5353" in page(lookup, 140)
    narrow = page(lookup, 76)
    assert "only in DNS #2" in narrow
    assert f"#2 {servers[1]} says of" in narrow
    many = [answer(f"10.0.0.{number}:53", "A", "192.0.2.1") for number in range(16)]
    assert "#16 10.0.0.15:53 says of" in page(asked(looked_up("192.0.2.1"), *many), 76)


@pytest.mark.parametrize("width", [76, 84])
def test_differences_go_below_their_rows_before_a_server_loses_its_address(width: int) -> None:
    lookup = with_hosts(looked_up("192.0.2.9"), "192.0.2.9")
    text = page(asked(lookup, answer(OTHER, "A", "192.0.2.1")), width)
    assert text.splitlines()[1].split() == ["address", "getaddrinfo", "hosts", "file", OTHER]
    assert "–\n     not in DNS, but in the hosts file\n" in text
    assert "#" not in text
    beside = page(asked(lookup, answer(OTHER, "A", "192.0.2.1")), 100)
    assert " ".join(row_of(beside, "192.0.2.9")).endswith("– not in DNS, but in the hosts file")


def test_a_server_alone_has_no_number() -> None:
    server = "[2001:db8::1:2:3:4]:5353"
    text = page(asked(looked_up("192.0.2.1"), answer(server, "A", "192.0.2.1", "192.0.2.2")), 60)
    assert text.splitlines()[1].split() == ["address", "getaddrinfo", "hosts", "file", "DNS"]
    assert f" {server} says of www.example" in text
    assert "#" not in text


def test_servers_have_numbers_at_their_answers_where_the_columns_have() -> None:
    queries = [answer(server, type, "192.0.2.1") for server in (ONE, OTHER) for type in ("A", "MX")]
    wide, narrow = (page(asked(looked_up("192.0.2.1"), *queries), width) for width in (110, 68))
    assert "#" not in wide
    assert narrow.splitlines()[1].split()[-2:] == ["#1", "#2"]
    assert f" #1 {ONE} says of" in narrow
    assert f" #2 {OTHER} says of" in narrow


def test_of_many_addresses_those_that_differ_are_shown() -> None:
    addresses = [f"10.0.0.{number}" for number in range(60)]
    text = page(asked(looked_up(*addresses), answer(ONE, "A", *addresses[:-1])))
    assert row_of(text, "10.0.0.59")[0] == "≠"
    assert text.count("\n  =") == ADDRESSES_SHOWN - 1
    assert "and 44 addresses more" in text


# What each server said.


def test_a_chain_is_drawn_with_arrows_to_its_end() -> None:
    chain = (NAME, "alias.example", "end.example")
    text = page(asked(looked_up(), answer(ONE, "A", "192.0.2.1", ttl_s=60, chain=chain)))
    assert "www.example → alias.example → end.example → 192.0.2.1" in text
    assert "          TTL 60 s  192.0.2.1" in text


def test_an_answer_says_how_it_came() -> None:
    text = page(asked(looked_up(), answer(ONE, "A", "192.0.2.1", flags=("AA", "RD", "AD"))))
    assert "● A     2.0 ms · UDP · 100 bytes · authoritative (AA) · DNSSEC verified (AD)" in text
    assert "no recursion offered" in page(asked(looked_up(), answer(ONE, "A", "192.0.2.1", flags=("RD",))))


@pytest.mark.parametrize("type", ["HTTPS", "NSEC3PARAM"])
def test_a_type_stands_there_in_full(type: str) -> None:
    text = page(asked(looked_up(), answer(ONE, "A", "192.0.2.1"), answer(ONE, type, error="NXDOMAIN")))
    assert f"○ {type} no such name (NXDOMAIN)" in text
    assert f"● {'A':{len(type)}} 2.0 ms" in text


def test_it_says_what_a_ttl_is() -> None:
    text = page(asked(looked_up(), answer(ONE, "TXT", "a", "b", ttl_s=86_400)), 200)
    assert text.count("TTL 86,400 s  ") == 2
    assert "TTL: time to live, how long caches may keep a record." in text


def test_the_times_to_live_of_an_answer_stand_in_one_column() -> None:
    records = tuple(ResourceRecord(NAME, ttl_s, "TXT", data) for ttl_s, data in ((5, "short"), (86_400, "long")))
    text = page(asked(looked_up(), answer(ONE, "TXT", "x", answers=records, records=records)))
    first, second = (line for line in text.splitlines() if "TTL " in line)
    assert first.index("short") == second.index("long")


def test_a_nay_says_who_says_it_and_for_how_long() -> None:
    soa = ResourceRecord("example", 900, "SOA", "ns.example. root.example. 1 2 3 4 60")
    text = page(asked(looked_up(), answer(ONE, "AAAA", error="NXDOMAIN", soa=soa)))
    assert "○ AAAA  no such name (NXDOMAIN)" in text
    assert "says the zone example; caches keep that for 60 s" in text
    assert "Check the spelling." in text


def test_a_failure_says_what_to_try_once_for_each_server() -> None:
    queries = [failure(server, type, "timeout", "asked 2 times by UDP") for server in (ONE, OTHER) for type in "AB"]
    text = page(asked(looked_up(), *queries))
    assert text.count("✗ A     no answer (timeout) · 4.0 s · UDP · asked 2 times by UDP") == 2
    assert text.count("Check the address and port") == 2


def test_what_is_under_way_is_said_with_its_seconds() -> None:
    asking, queued, abandoned = Query(ONE, "A"), Query(ONE, "MX"), Query(ONE, "TXT")
    asking.state, asking.asked_at_ns, asking.retries = LookupState.ASKING, 2 * SECOND_NS, 1
    abandoned.state = LookupState.ABANDONED
    text = page(asked(looked_up(), asking, queued, abandoned))
    assert "◐ A     asking by UDP, 3.0 s, asked again" in text
    assert "○ MX    queued" in text
    assert "– TXT   abandoned" in text


def test_what_else_came_is_said() -> None:
    query = answer(ONE, "A", "192.0.2.1", remarks=("7 bytes of junk behind the message",))
    query.strays, query.truncated_bytes, query.transport = {"WRONG_ID": 1200}, 512, "TCP"
    text = page(asked(looked_up(), query))
    assert "also came 1,200 × wrong id (WRONG_ID), and was passed over" in text
    assert "by UDP cut off at 512 bytes (TC), so asked again by TCP" in text
    assert "7 bytes of junk" in text


def test_records_that_nobody_asked_for_are_counted() -> None:
    extra = (ResourceRecord(NAME, 1, "A", "192.0.2.1"), ResourceRecord("x.example", 1, "A", "192.0.2.66"))
    text = page(asked(looked_up(), answer(ONE, "A", "192.0.2.1", records=extra)))
    assert "and 1 record that nobody asked for" in text
    assert "192.0.2.66" not in text


def test_of_many_records_only_some_are_shown_and_the_rest_counted() -> None:
    text = page(asked(looked_up(), answer(ONE, "TXT", *(f'"{number}"' for number in range(40)))))
    assert text.count(" TTL 300 s  ") == RECORDS_SHOWN
    assert "and 24 records more" in text


def test_a_long_text_is_wrapped_and_cut() -> None:
    text = page(asked(looked_up(), answer(ONE, "TXT", '"' + "word " * 400 + '"')), 76)
    assert text.count("word word") > 4
    assert "…" in text
    assert len(text.splitlines()) < 15


def test_a_text_is_cut_only_where_it_has_more_lines_than_are_shown() -> None:
    room = 76 - 10 - len("TTL 300 s  ")
    full, more = (page(asked(looked_up(), answer(ONE, "TXT", "x" * length)), 76) for length in (4 * room, 4 * room + 1))
    assert (full.count("x" * room), "…" in full) == (4, False)
    assert (more.count("x" * room), more.count("…")) == (4, 1)
    ragged = page(asked(looked_up(), answer(ONE, "TXT", " ".join(["x" * (room - 20)] * 5))), 76)
    assert (ragged.count("x" * (room - 20)), ragged.count("…")) == (4, 1)


def test_a_long_name_is_broken_behind_a_dot() -> None:
    name = "1." + "0." * 31 + "ip6.arpa"
    text = page(asked(looked_up(), answer(ONE, "PTR", "a.example", chain=(name, "b.example"))), 60)
    cut = [line for line in text.splitlines() if "0.0.0." in line]
    assert len(cut) > 1
    assert all(line.endswith(".") for line in cut[:-1])


def test_both_forms_of_a_name_are_said() -> None:
    lookup = asked(looked_up(), answer(ONE, "A", "192.0.2.1"), typed="bücher.example", name="xn--bcher-kva.example.")
    assert page(lookup).splitlines()[0].startswith(" xn--bcher-kva.example = bücher.example: who has which address")


def test_it_says_that_no_search_list_is_used() -> None:
    assert "no search list" in page(asked(looked_up(), answer(ONE, "A", "192.0.2.1")))


# Whatever it says.

HOSTILE = "\x1b[31m[/b][@click=app.quit]‮\0\t\n\udc80é"


@pytest.mark.parametrize("width", [40, 76, 118, 200])
def test_no_hostile_text_reaches_the_screen_and_no_table_is_too_wide(width: int) -> None:
    soa = ResourceRecord(HOSTILE, 1, "SOA", HOSTILE)
    queries = [
        answer(ONE, "A", HOSTILE, "192.0.2.1", chain=(NAME, HOSTILE), remarks=(HOSTILE,)),
        answer(ONE, HOSTILE, HOSTILE, soa=soa),
        answer(HOSTILE, "AAAA", error="NXDOMAIN", soa=soa),
        failure(HOSTILE, "A", HOSTILE, HOSTILE),
    ]
    lookup = with_hosts(looked_up("192.0.2.1"), HOSTILE, "192.0.2.1", nameservers=[HOSTILE])
    before = lines_of(lookup, width)
    lines = lines_of(asked(lookup, *queries, typed=HOSTILE, name=HOSTILE + "."), width)
    for text in [text for line in [*before, *lines] for text, _ in line]:
        assert not any(ord(character) < 32 or character in "‮\udc80\x7f" for character in text), text
    headings = [line for line in lines if line and line[0][1] == "title"]
    assert headings
    assert all(sum(cells(text) for text, _ in line) == width for line in headings)


def test_a_page_is_cheap() -> None:
    addresses = [f"10.0.0.{number}" for number in range(12)]
    queries = [answer(server, type, *addresses) for server in (ONE, OTHER) for type in ("A", "MX")]
    lookup = asked(with_hosts(looked_up(*addresses)), *queries)
    page(lookup)
    took = []
    for _ in range(20):
        began = time.process_time()
        lines_of(lookup)
        took.append(time.process_time() - began)
    assert sorted(took)[10] < 0.006, "a tenth of a second has ten of them"
