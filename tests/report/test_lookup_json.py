"""Everything known of a lookup as JSON: complete, the same each time, harmless."""

import json
import socket
from collections import deque
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Any

import pytest

from sockscope.engine.resolve.read_sources import read_sources
from sockscope.engine.resolve.weigh import weigh
from sockscope.net.row import Row
from sockscope.record.fact import Call, Facts
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.report.lookup_json import answer_json
from sockscope.request.question import Question
from tests.facts import AF_INET


def lookup(*rows: Row, error: str = "") -> Lookup:
    made = Lookup(1, Question("localhost", "80", flags=frozenset({"PASSIVE", "CANONNAME", "ALL"})))
    made.rows, made.error = rows, error
    made.call = Call("getaddrinfo", -1, made.question.arguments(), None if error else 1, error, 5, 7)
    made.state = LookupState.FAILED if error else LookupState.ANSWERED
    return made


def read(made: Lookup) -> dict[str, Any]:
    text = answer_json(made)
    assert text.isascii()
    assert text == answer_json(made)
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


V6 = Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "localhost", ("::1", 80, 0, 0))


def test_an_answer_is_written_with_its_call_and_its_tuples() -> None:
    found = read(lookup(V6))
    assert list(found) == ["question", "python", "state", "took_ns", "call", "error", "explanation", "rows"]
    assert found["question"]["flags"] == ["ALL", "CANONNAME", "PASSIVE"]
    assert found["python"].startswith("socket.getaddrinfo('localhost', '80'")
    assert (found["state"], found["took_ns"], found["call"]["name"]) == ("answered", 7, "getaddrinfo")
    assert found["rows"] == [
        {
            "family": "AF_INET6",
            "type": "SOCK_STREAM",
            "protocol": 6,
            "canonical": "localhost",
            "sockaddr": ["::1", 80, 0, 0],
        }
    ]


def test_what_has_no_name_is_a_number_and_a_path_a_text() -> None:
    (row,) = read(lookup(Row(socket.AF_UNIX, 77, 0, "", b"\0n\xff")))["rows"]
    assert (row["type"], row["sockaddr"]) == (77, "\0n\\xff")


def test_a_failure_is_written_with_its_explanation() -> None:
    found = read(lookup(error="EAI_NONAME"))
    assert (found["state"], found["error"], found["rows"]) == ("failed", "EAI_NONAME", [])
    assert found["explanation"].startswith("EAI_NONAME: ")


def test_a_lookup_that_is_not_answered_yet_is_written_too() -> None:
    found = json.loads(answer_json(Lookup(1, Question("a"))))
    assert (found["state"], found["call"], found["rows"]) == ("queued", None, [])


def test_what_was_found_out_is_written_whole() -> None:
    made = lookup(V6)
    made.order, made.sources = weigh(made.rows), read_sources("localhost")
    found = read(made)
    assert found["order"]["ranks"][0]["row"] == found["rows"][0]
    assert found["order"]["ranks"][0]["weighed"]["address"] == "::1"
    assert found["sources"]["name"] == "localhost"
    assert {"path", "size_bytes"} <= set(found["sources"]["files"][0])


class Colour(Enum):
    RED = "a word on the screen"


class Silent:
    """Says nothing of itself but where it is in memory."""


@dataclass(frozen=True, slots=True)
class Anything:
    value: object


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Colour.RED, "RED"),
        (b"\xff\x1b", "\\xff\x1b"),
        ("\udc80\u202e\x1b[2J", "\udc80\u202e\x1b[2J"),
        ({2: "two", 10: b"ten"}, {"10": "ten", "2": "two"}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (deque([1, None]), [1, None]),
        (ip_address("::1"), "::1"),
        (Silent(), "Silent"),
        ([Anything(True)], [{"value": True}]),
        (1.5, 1.5),
    ],
)
def test_any_record_can_be_written(value: object, written: object) -> None:
    made = lookup()
    made.inquiry = Anything(value)  # type: ignore[assignment]
    assert read(made)["inquiry"] == {"value": written}


def test_the_keys_of_a_mapping_come_in_one_order() -> None:
    texts = []
    for mapping in ({"b": 1, "a": 2}, {"a": 2, "b": 1}):
        made = lookup()
        made.inquiry = Anything(mapping)  # type: ignore[assignment]
        texts.append(answer_json(made))
    assert texts[0] == texts[1]


def test_facts_are_written_call_by_call() -> None:
    facts = Facts()
    facts.add(Call("socket", -1, (AF_INET,), 3, "", 1, 2))
    made = lookup()
    made.inquiry = Anything(facts)  # type: ignore[assignment]
    assert [call["name"] for call in read(made)["inquiry"]["value"]] == ["socket"]


def test_a_record_that_holds_itself_ends() -> None:
    circle: list[object] = []
    circle.append(circle)
    made = lookup()
    made.inquiry = Anything(circle)  # type: ignore[assignment]
    assert "\\u2026" in answer_json(made)
