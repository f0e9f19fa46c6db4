"""DNS messages: every way in which a reply can be wrong has a name and a place, and none takes long."""

import socket
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.engine.dns.header import stray, truncated
from sockscope.engine.dns.message import CHAIN, KEPT, TEXT_CHARACTERS, UDP_BYTES, read, write
from sockscope.record.lookup.inquiry import DnsReply, ResourceRecord
from tests.engine.dns.hostile_dns import (
    AA,
    AAAA,
    AD,
    ASKED,
    CNAME,
    FORMERR,
    MX,
    NOTIMP,
    NS,
    NXDOMAIN,
    PTR,
    QR,
    RA,
    RD,
    REFUSED,
    SERVFAIL,
    SOA,
    TC,
    TXT,
    A,
    a,
    cname,
    name,
    opt,
    question_of,
    record,
    reply,
    soa,
)

QUERY = write("www.example.", "A")
LARGEST = 65535


def told(*answers: bytes, query: bytes = QUERY, transport: str = "UDP", **more: object) -> DnsReply:
    return read(query, reply(query, *answers, **more), transport)  # type: ignore[arg-type]


def broken(message: bytes) -> tuple[str, str]:
    read_so = read(QUERY, message, "UDP")
    return read_so.error, read_so.detail


# What is sent.


def test_a_query_asks_for_recursion_and_offers_edns() -> None:
    flags, *counts = struct.unpack_from("!5H", QUERY, 2)
    assert (flags, counts) == (RD | AD, [1, 0, 0, 1])
    assert QUERY[12:] == name("www.example") + struct.pack("!HH", A, 1) + struct.pack("!BHHIH", 0, 41, UDP_BYTES, 0, 0)
    assert len({write("www.example.", "A")[:2] for _ in range(20)}) > 10, "ids cannot be guessed"


def test_the_root_can_be_asked_for() -> None:
    assert question_of(write(".", "NS")) == b"\0" + struct.pack("!HH", NS, 1)


def test_no_letter_of_a_name_is_an_escape() -> None:
    assert question_of(write("a\\032b.example.", "A")).startswith(name("a\\032b.example"))


# What is the reply.


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        (b"", "TOO_SHORT"),
        (reply(QUERY)[:11], "TOO_SHORT"),
        (reply(QUERY, id=int.from_bytes(QUERY[:2], "big") + 1), "WRONG_ID"),
        (QUERY, "NOT_A_REPLY"),
        (reply(QUERY, flags=QR | 5 << 11), "NOT_A_REPLY"),
        (reply(QUERY, question=question_of(write("www.exbmple.", "A"))), "WRONG_QUESTION"),
        (reply(QUERY, question=question_of(write("www.example.", "AAAA"))), "WRONG_QUESTION"),
        (reply(QUERY, question=name("www.example") + b"\0\1\0\3"), "WRONG_QUESTION"),
        (reply(QUERY, question=question_of(QUERY) * 2, counts=(2, 0, 0, 0)), "WRONG_QUESTION"),
        (reply(QUERY, question=b"", additional=[soa()]), "WRONG_QUESTION"),
        (reply(QUERY), ""),
        (reply(QUERY, question=name("WwW.eXample") + b"\0\1\0\1"), ""),
        (reply(QUERY, question=b"", rcode=FORMERR), ""),
        (reply(QUERY)[:20], ""),
    ],
    ids=str.split("empty short id query opcode name type class two none same case unread cut"),
)
def test_a_reply_has_the_id_and_the_question_of_the_query(message: bytes, wrong: str) -> None:
    assert stray(QUERY, message) == wrong


def test_upper_case_does_not_make_another_type_equal() -> None:
    query = write("www.example.", "HTTPS")  # 65, which is A
    assert stray(query, reply(query, question=name("www.example") + struct.pack("!HH", 97, 1))) == "WRONG_QUESTION"


def test_a_reply_that_is_cut_off_says_so() -> None:
    assert truncated(reply(QUERY, flags=QR | TC))
    assert not truncated(reply(QUERY))


# What it says.


def test_answers_come_with_their_ttl_and_the_size() -> None:
    message = told(a("192.0.2.1", ttl_s=60), a("192.0.2.2"), flags=QR | AA | RD)
    assert message.answers == (
        ResourceRecord("www.example", 60, "A", "192.0.2.1"),
        ResourceRecord("www.example", 300, "A", "192.0.2.2"),
    )
    assert (message.rcode, message.flags, message.error, message.count) == ("NOERROR", ("AA", "RD"), "", 2)
    assert message.size_bytes == len(reply(QUERY, a(), a()))
    assert message.remarks == ()


@pytest.mark.parametrize(("ttl_s", "shown"), [(0, 0), (0x7FFFFFFF, 0x7FFFFFFF), (0x80000000, 0), (0xFFFFFFFF, 0)])
def test_a_ttl_with_the_highest_bit_counts_as_none(ttl_s: int, shown: int) -> None:
    assert told(a(ttl_s=ttl_s)).answers[0].ttl_s == shown


@pytest.mark.parametrize("rcode", [FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED])
def test_an_rcode_is_the_error(rcode: int) -> None:
    names = {FORMERR: "FORMERR", SERVFAIL: "SERVFAIL", NXDOMAIN: "NXDOMAIN", NOTIMP: "NOTIMP", REFUSED: "REFUSED"}
    assert (told(rcode=rcode).rcode, told(rcode=rcode).error) == (names[rcode], names[rcode])
    assert told(rcode=rcode, question=b"").error == names[rcode]


def test_an_rcode_without_a_name_is_a_number() -> None:
    assert told(rcode=15).error == "RCODE15"


def test_edns_has_more_bits_of_the_rcode_and_words_about_it() -> None:
    ede = struct.pack("!HHH", 15, 2 + 4, 22) + b"why\x1b"
    message = told(rcode=0, additional=[opt(ede, rcode=1)])
    assert message.error == "BADVERS"
    (remark,) = message.remarks
    assert remark.startswith("EDE 22")
    assert "why" in remark


def test_a_nay_names_the_zone_that_says_it() -> None:
    message = told(authority=[soa("example")])
    assert message.error == "NODATA"
    assert message.soa == ResourceRecord("example", 300, "SOA", "ns.example. root.example. 1 2 3 4 60")
    assert told(rcode=NXDOMAIN, authority=[soa()]).soa == message.soa
    assert told().error == "NODATA"


def test_a_server_that_only_knows_who_might_refers_to_them() -> None:
    servers = [record(name("example"), NS, name(f"ns{number}.example")) for number in (1, 2)]
    message = told(flags=QR, authority=servers)
    assert (message.error, message.detail) == ("REFERRAL", "ns1.example., ns2.example.")
    assert told(flags=QR | AA, authority=servers).error == "NODATA", "who has the zone does not refer"


def test_records_of_other_names_types_and_classes_are_no_answers() -> None:
    others = [a(owner=name("other.example")), record(ASKED, TXT, b"\1x"), record(ASKED, A, b"\1\2\3\4", rdclass=3)]
    message = told(*others, a("192.0.2.9"))
    assert [one.data for one in message.answers] == ["192.0.2.9"]
    assert [one.type for one in message.records] == ["A", "TXT", "CH A", "A"]
    assert told(*others).error == "NODATA"


def test_any_takes_whatever_the_name_has() -> None:
    query = write("www.example.", "ANY")
    assert len(told(a(), record(ASKED, TXT, b"\1x"), cname(ASKED, "b.example"), query=query).answers) == 3


# CNAMEs.


def chain_of(length: int) -> list[bytes]:
    return [cname(name(f"n{number}.example"), f"n{number + 1}.example") for number in range(length)]


def test_cnames_are_followed_in_any_order_and_case() -> None:
    answers = [a("192.0.2.7", name("C.example")), cname(name("b.EXAMPLE"), "c.example"), cname(ASKED, "B.example")]
    message = told(*answers)
    assert message.chain == ("www.example", "B.example", "c.example")
    assert [one.data for one in message.answers] == ["192.0.2.7"]
    assert message.error == ""


def test_of_two_cnames_of_one_name_the_first_counts() -> None:
    assert told(cname(ASKED, "b.example"), cname(ASKED, "c.example")).chain == ("www.example", "b.example")


def test_a_cname_that_is_asked_for_is_the_answer() -> None:
    message = told(cname(ASKED, "b.example"), query=write("www.example.", "CNAME"))
    assert ([one.data for one in message.answers], message.chain) == (["b.example."], ("www.example",))


@pytest.mark.parametrize(
    ("answers", "chain"),
    [
        ([cname(ASKED, "www.example")], ("www.example", "www.example")),
        (
            [cname(ASKED, "b.example"), cname(name("b.example"), "www.example")],
            ("www.example", "b.example", "www.example"),
        ),
    ],
)
def test_a_cname_loop_is_named(answers: list[bytes], chain: tuple[str, ...]) -> None:
    message = told(*answers)
    assert (message.error, message.chain) == ("CNAME_LOOP", chain)


def test_only_so_many_cnames_are_followed() -> None:
    query = write("n0.example.", "A")
    most = told(*chain_of(CHAIN), a(owner=name(f"n{CHAIN}.example")), query=query)
    assert (most.error, len(most.chain)) == ("", CHAIN + 1)
    assert told(*chain_of(CHAIN + 1), a(owner=name(f"n{CHAIN + 1}.example")), query=query).error == "CNAME_CHAIN"


def test_a_cname_without_an_end_is_told_from_one_whose_end_has_nothing() -> None:
    assert told(cname(ASKED, "elsewhere.test")).error == "CNAME_ONLY"
    assert told(cname(ASKED, "elsewhere.test"), authority=[soa("test")]).error == "NODATA"
    assert told(cname(ASKED, "elsewhere.test"), rcode=NXDOMAIN).error == "NXDOMAIN"


# Foreign text.

HOSTILE = ["\x1b[31mred", "[/b][@click=app.quit]", "‮evil", "nul\0", "tab\tnew\nline", 'quo"te\\', "\x9b2J", "é"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("type", [TXT, PTR, CNAME, MX])
def test_hostile_text_arrives_as_printable_ascii(type: int, text: str) -> None:
    raw = text.encode()
    rdata = {TXT: bytes([len(raw)]) + raw, MX: b"\0\1" + name(raw)}.get(type, name(raw))
    query = write("www.example.", {TXT: "TXT", PTR: "PTR", CNAME: "CNAME", MX: "MX"}[type])
    (answer,) = told(record(ASKED, type, rdata), query=query).answers
    assert answer.data.isascii()
    assert answer.data.isprintable()


def test_a_chain_of_hostile_names_is_printable_ascii() -> None:
    message = told(cname(ASKED, b"\x1b[31m[/b]\0\xe2\x80\xae.example"))
    assert message.chain == ("www.example", "\\027[31m[/b]\\000\\226\\128\\174.example")


def test_a_text_of_the_largest_strings_is_cut_and_said_so() -> None:
    query = write("www.example.", "TXT")
    (answer,) = told(record(ASKED, TXT, (b"\xff" + b"\0" * 255) * 200), query=query).answers
    assert len(answer.data) < TEXT_CHARACTERS + 50
    assert answer.data.endswith("characters more")
    (one,) = told(record(ASKED, TXT, b"\xff" + b"x" * 255), query=query).answers
    assert one.data == '"' + "x" * 255 + '"'


def test_data_of_unknown_types_stay_as_they_are() -> None:
    message = told(record(ASKED, 65280, b"\1\2\3"), query=write("www.example.", "TYPE65280"))
    assert [(one.type, one.data) for one in message.answers] == [("TYPE65280", "\\# 3 010203")]


def test_a_bitmap_of_usual_size_is_written_out() -> None:
    nsec = record(ASKED, 47, b"\0" + bytes([0, 1, 0x40]))
    assert [one.data for one in told(nsec, query=write("www.example.", "NSEC")).answers] == [". A"]


def test_a_chain_of_pointers_without_end_is_named() -> None:
    assert broken(pointer_maze()) == (
        "MALFORMED",
        "answer record 2 of 1375 (SOA): the chain of compression pointers is too long",
    )


def test_text_that_no_type_allows_is_said_in_its_place() -> None:
    uri = record(ASKED, 256, b"\0\1\0\1\xff\xfe")
    message = told(uri, query=write("www.example.", "URI"))
    assert message.error in ("", "MALFORMED")
    assert all(one.data.isprintable() for one in message.answers)


# What is broken.

TWO = reply(QUERY, a(), a("192.0.2.2"), authority=[soa()], additional=[opt()])


def test_a_message_that_ends_anywhere_is_named_with_the_place() -> None:
    whole = read(QUERY, TWO, "UDP")
    assert whole.error == ""
    places = set()
    for size_bytes in range(12, len(TWO)):
        error, detail = broken(TWO[:size_bytes])
        assert error == "CUT_OFF", (size_bytes, detail)
        places.add(detail.partition(" has ")[0].removeprefix("the message ends in "))
    assert places == {
        "the question",
        "answer record 1 of 2",
        "answer record 2 of 2",
        "authority record 1 of 1",
        "additional record 1 of 1",
    }


def test_what_could_be_read_before_the_end_is_kept() -> None:
    cut = read(QUERY, TWO[:-40], "UDP")
    assert [one.data for one in cut.records] == ["192.0.2.1", "192.0.2.2"]
    assert (cut.error, cut.count) == ("CUT_OFF", 2)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (record(ASKED, A, b"\1\2\3"), "answer record 1 of 1 (A): the data do not fit"),
        (record(ASKED, A, b"\1\2\3\4\5"), "answer record 1 of 1 (A): the data do not fit"),
        (record(ASKED, AAAA, b"\0" * 4), "answer record 1 of 1 (AAAA): the data do not fit"),
        (record(ASKED, TXT, b"\5abc"), "answer record 1 of 1 (TXT): the data do not fit"),
        (record(ASKED, SOA, b"\0\0"), "answer record 1 of 1 (SOA): the data do not fit"),
        (record(ASKED, CNAME, b"\xff\xff"), "(CNAME): a compression pointer does not point backwards"),
        (a(owner=b"\xc0\xff"), "answer record 1 of 1: a compression pointer does not point backwards"),
        (a(owner=b"\xc0\x1d"), "answer record 1 of 1: a compression pointer does not point backwards"),
        (a(owner=b"\x80\x00"), "answer record 1 of 1: a label is of an unknown type"),
        (a(owner=(b"\x3f" + b"x" * 63) * 4 + b"\0"), "answer record 1 of 1: a name is longer"),
        (a(owner=b"\xc0\x1a"), "answer record 1 of 1: its name cannot be read"),
    ],
    ids=str.split("less more ipv6 text soa target forward itself label long overlap"),
)
def test_what_is_malformed_is_named_with_the_place(answer: bytes, says: str) -> None:
    error, detail = broken(reply(QUERY, answer))
    assert error == "MALFORMED"
    assert says in detail


def test_a_count_that_is_too_high_is_named() -> None:
    assert broken(reply(QUERY, a(), counts=(1, 65535, 0, 0))) == (
        "CUT_OFF",
        "the message ends in answer record 2 of 65535",
    )


def test_junk_behind_the_message_is_said_and_the_answer_stands() -> None:
    message = read(QUERY, reply(QUERY, a()) + b"junk", "UDP")
    assert (message.error, len(message.answers)) == ("", 1)
    assert message.remarks == ("4 bytes of junk behind the message",)


def test_more_than_we_offered_to_take_is_said_and_the_answer_stands() -> None:
    answers = [a(f"192.0.2.{number}") for number in range(100)]
    message = told(*answers)
    assert (message.error, len(message.answers)) == ("", 100)
    assert message.remarks == (f"{29 + 1600:,} bytes, more than the 1,232 that we offered to take",)
    assert told(*answers, transport="TCP").remarks == ()


def test_of_thousands_of_records_the_first_are_kept_and_all_counted() -> None:
    message = told(*[a(f"10.0.{number >> 8}.{number & 255}") for number in range(4000)], transport="TCP")
    assert (message.error, len(message.records), message.count) == ("", KEPT, 4000)
    assert message.remarks == (f"4,000 records, of which the first {KEPT} are kept",)


def test_a_rest_that_is_not_kept_is_still_checked() -> None:
    answers = [a() for _ in range(KEPT + 1)]
    assert broken(reply(QUERY, *answers)[:-1])[0] == "CUT_OFF"
    assert broken(reply(QUERY, *answers, a(owner=b"\x80\0")))[0] == "MALFORMED"


# What takes long.


def pointer_maze() -> bytes:
    """A 64 KiB message whose names are the longest chains of pointers that there are."""
    first, count = 29 + 12, 8000  # where the data of the first record begin
    pointers = [0xC00C, *(0xC000 | at for at in range(first, first + 2 * count, 2))]
    maze = record(ASKED, 65280, struct.pack(f"!{len(pointers)}H", *pointers))
    end = struct.pack("!H", 0xC000 | first + 2 * count)
    one = record(ASKED, SOA, end + end + b"\0" * 20)
    return reply(QUERY, maze, *[one] * ((LARGEST - 29 - len(maze)) // len(one)))


def bitmaps() -> bytes:
    """A message of NSEC records, each of which says that there are 65,536 types."""
    bits = b"".join(bytes([window, 32]) + b"\xff" * 32 for window in range(256))
    return reply(QUERY, *[record(ASKED, 47, b"\0" + bits)] * 7)


def label_maze() -> bytes:
    """A 64 KiB message whose every name has 126 labels, by pointers to such names."""
    first = b"\1x" * 110 + ASKED
    maze = record(first, A, b"\1\2\3\4")
    pointer = struct.pack("!H", 0xC000 | 29)
    one = record(pointer, SOA, pointer + pointer + b"\0" * 20)
    return reply(QUERY, maze, *[one] * ((LARGEST - 29 - len(maze)) // len(one)))


@pytest.mark.parametrize(
    "message",
    [
        pointer_maze(),
        label_maze(),
        reply(QUERY, *[record(b"\0", type, b"") for type in range(1000, 6000)]),
        reply(QUERY, record(ASKED, TXT, b"\0" * 65000)),
        bitmaps(),
        reply(QUERY, record(ASKED, 55, b"\0\1\1\0\0" + ASKED * 32000)),
        reply(QUERY, additional=[opt(struct.pack("!HH", 18, 2) + ASKED) * 4000]),
        reply(QUERY, additional=[opt()] * 5000),
        reply(QUERY, question=(b"\0\0\1\0\1") * 13000, counts=(13000, 0, 0, 0)),
    ],
    ids=["pointers", "labels", "types", "strings", "bitmap", "servers", "channels", "opts", "questions"],
)
def test_no_message_takes_long_to_read(message: bytes) -> None:
    began = time.process_time()
    read(QUERY, message, "TCP")
    assert time.process_time() - began < 0.8


# Whatever comes.


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_reading_random_bytes_never_fails(message: bytes) -> None:
    stray(QUERY, message)
    read_so = read(QUERY, message, "UDP")
    assert isinstance(read_so.error, str)
    assert len(message) >= 12 or read_so.error == "MALFORMED"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_reading_a_damaged_reply_never_fails(data: st.DataObject) -> None:
    message = bytearray(TWO)
    for _ in range(data.draw(st.integers(1, 6))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    read_so = read(QUERY, bytes(message), "UDP")
    assert all(one.data.isprintable() for one in read_so.records)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*range(1, 70), 99, 108, 249, 256, 257, 258]), st.binary(max_size=60))
def test_reading_any_type_with_any_data_never_fails(type: int, rdata: bytes) -> None:
    read_so = read(QUERY, reply(QUERY, record(ASKED, type, rdata)), "UDP")
    assert read_so.error in ("", "MALFORMED", "NODATA", "CNAME_ONLY", "CNAME_LOOP")


def test_an_address_of_ipv6_is_written_as_everybody_does() -> None:
    query = write("www.example.", "AAAA")
    packed = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    assert told(record(ASKED, AAAA, packed), query=query, flags=QR | RA).answers[0].data == "2001:db8::1"
