"""The page of names and numbers, from canned answers."""

import socket
import time

import pytest

from sockscope.engine.resolve.read_sources import read_sources
from sockscope.net.idna import idna_2008
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.reverse import Reverse
from sockscope.request.question import Question
from sockscope.show.layout import plain
from sockscope.show.lookup.names_page import names_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe
from tests.engine.loopback import row
from tests.show.lookup.reading import line_with

MS = 1_000_000


def lookup_of(name: str, *hosts: str, service: str = "", flags: frozenset[str] = frozenset()) -> Lookup:
    lookup = Lookup(1, Question(name, service, flags=flags))
    lookup.rows = tuple(row(host, 80) for host in hosts)
    return lookup


def page(lookup: Lookup, width: int = 100) -> str:
    return plain(names_page(Subject(lookup, 0), width))


def answer(name: str, error: str = "") -> tuple[Call, str]:
    return Call("getnameinfo", -1, (), None if error else name, error, 0, 3 * MS), name


def test_a_key_asks_for_the_names_once_there_are_addresses() -> None:
    assert "r asks getnameinfo for the name of each address." in page(lookup_of("db", "10.0.0.1"))
    assert "once there are rows" in page(lookup_of("db"))


def test_each_address_has_its_name_the_time_and_whether_it_leads_back() -> None:
    lookup = lookup_of("db.example", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5")
    first = lookup.rows[0]
    lookup.rows = (Row(first.family, first.type, 6, "Canon.example", first.sockaddr), *lookup.rows[1:])
    lookup.reverse = Reverse((*(row.host for row in lookup.rows), "10.0.0.6"), 3)
    lookup.reverse.names.update(
        {
            "10.0.0.1": answer("DB.example."),
            "10.0.0.2": answer("canon.example"),
            "10.0.0.3": answer("other.example"),
            "10.0.0.4": answer("", "EAI_NONAME"),
            "10.0.0.5": answer("", "EAI_AGAIN"),
        }
    )
    text = page(lookup)
    assert line_with(text, "10.0.0.1") == "10.0.0.1 DB.example. 3.0 ms ✓ leads back here"
    assert line_with(text, "10.0.0.2").endswith("✓ leads back here")
    assert line_with(text, "10.0.0.3") == "10.0.0.3 other.example 3.0 ms ≠ not the name asked"
    assert line_with(text, "10.0.0.4") == "10.0.0.4 ✗ it has no name 3.0 ms"
    assert line_with(text, "10.0.0.5") == "10.0.0.5 ✗ EAI_AGAIN: no answer 3.0 ms"
    assert line_with(text, "10.0.0.6") == "10.0.0.6 … asking"
    assert "… and 3 addresses more" in text
    assert "proves nothing" in text
    lookup.reverse.abandoned = True
    assert line_with(page(lookup), "10.0.0.6") == "10.0.0.6 – abandoned"


def test_a_name_of_a_typed_address_leads_nowhere() -> None:
    lookup = lookup_of("10.0.0.1", "10.0.0.1")
    lookup.reverse = Reverse(("10.0.0.1",))
    lookup.reverse.names["10.0.0.1"] = answer("db.example")
    assert line_with(page(lookup), "10.0.0.1") == "10.0.0.1 db.example 3.0 ms – no name was asked"


def test_the_form_that_is_asked_leads_back_too() -> None:
    lookup = lookup_of("bücher.example", "10.0.0.1")
    lookup.reverse = Reverse(("10.0.0.1",))
    lookup.reverse.names["10.0.0.1"] = answer("xn--bcher-kva.example")
    assert line_with(page(lookup), "10.0.0.1").endswith("✓ leads back here")


def test_why_a_text_is_no_address_is_said_first() -> None:
    first, second, *_ = page(lookup_of("09.1")).splitlines()
    assert first == " The name"
    assert " ".join(second.split()) == "no address 09.1 9 is no octal digit: a leading 0 means octal"
    assert "The name" not in page(lookup_of("127.1", "127.0.0.1")).splitlines()[0]


def test_an_answer_without_addresses_has_no_names_of_them() -> None:
    lookup = lookup_of("db")
    lookup.reverse = Reverse(())
    assert "no address that could have a name" in page(lookup)


def test_how_a_typed_name_is_read_is_told() -> None:
    assert line_with(page(lookup_of("127.1")), "canonical").startswith("canonical 127.0.0.1 two parts")
    assert "octal" in line_with(page(lookup_of("0177.1"), 160), "canonical")
    assert "relative localhost" in " ".join(page(lookup_of("localhost")).split())


def test_no_search_domain_is_said_to_be_added_where_there_is_none() -> None:
    lookup = lookup_of("db")
    sources = read_sources("db")
    lookup.sources = sources._replace(config=sources.config._replace(search=()))
    assert "there are no search domains" in " ".join(page(lookup).split())


@pytest.mark.skipif(not idna_2008("bücher"), reason="libidn2 is not here")
def test_letters_are_shown_in_both_forms_as_the_flag_says() -> None:
    flags = frozenset({"IDN"})
    assert line_with(page(lookup_of("straße.example")), "asked as").startswith("asked as strasse.example")
    assert line_with(page(lookup_of("straße.example", flags=flags)), "asked as").startswith("asked as xn--strae-oqa")
    assert "imitate another name" in page(lookup_of("раypal.com"))


def test_a_service_is_told_both_ways() -> None:
    lookup = lookup_of("127.0.0.1", "127.0.0.1", service="www")
    assert "not read yet" in page(lookup)
    lookup.sources = read_sources("127.0.0.1", "www")
    text = page(lookup)
    assert line_with(text, "80/tcp") == "80/tcp http, also www"
    assert "system port" in line_with(text, "port 80")
    lookup = lookup_of("127.0.0.1", "127.0.0.1", service="60000")
    lookup.sources = read_sources("127.0.0.1", "60000")
    assert "– no service is known as 60000" in line_with(page(lookup), "udp")
    assert "The service" not in page(lookup_of("127.0.0.1"))


def test_a_scope_is_told_with_its_interface() -> None:
    number = socket.if_nametoindex("lo")
    lookup = lookup_of("fe80::1%lo")
    rows = [("fe80::1", 80, 0, number), ("fe80::2", 80, 0, number), ("fe80::3", 80, 0, 9999)]
    lookup.rows = tuple(Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "", sockaddr) for sockaddr in rows)
    assert "not known here" in page(lookup)
    lookup.sources = read_sources("fe80::1%lo")
    assert f"interface {number}: lo" in line_with(page(lookup), f"%{number} ")
    assert "not known here" in line_with(page(lookup), "%9999 ")


@pytest.mark.parametrize("width", [40, 76, 200])
def test_hostile_names_are_harmless(width: int) -> None:
    evil = "\x1b]52;c;x\x07[/b][@click=app.quit]\u202e\0\udcff"
    lookup = lookup_of(f"{evil}ü", "10.0.0.1", service=evil)
    lookup.sources = read_sources(f"{evil}ü", evil)
    lookup.reverse = Reverse(("10.0.0.1",))
    lookup.reverse.names["10.0.0.1"] = answer(evil)
    text = page(lookup, width)
    assert "[/b]" in "".join(text.split())
    assert all(safe(line) == line for line in text.split("\n"))


def test_a_page_is_quick() -> None:
    lookup = lookup_of("straße.example", *(f"10.0.0.{number}" for number in range(16)), service="http")
    lookup.sources = read_sources("straße.example", "http")
    lookup.reverse = Reverse(tuple(row.host for row in lookup.rows))
    lookup.reverse.names.update({host: answer("some.name.example") for host in lookup.reverse.asked})
    took = []
    for _ in range(20):
        began = time.perf_counter()
        page(lookup)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.002
