"""Lines of JSON: every value, every event, whatever names and bytes come."""

import base64
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.conversation import State
from sockscope.record.fact import Call, Refusal, Remark
from sockscope.record.listener import ListenerState
from sockscope.record.lookup.state import LookupState
from sockscope.record.tape_entry import Mover
from sockscope.report import json_lines
from sockscope.report.json_lines import bytes_line, event_line, state_line
from tests.engine.loopback import a_conversation
from tests.facts import RECORDER, at
from tests.show.made import SECOND, connected, listener

CONTRACT = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")


def read(line: str) -> dict[str, Any]:
    assert line.isascii() and line.endswith("\n") and line.count("\n") == 1
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (7, 7),
        ("name", "name"),
        (Symbol("AF_INET"), "AF_INET"),
        (Path("/x"), "/x"),
        (at("127.0.0.1:80"), {"family": "AF_INET", "host": "127.0.0.1", "port": 80}),
        (at("[fe80::1%lo]:80"), {"family": "AF_INET6", "host": "fe80::1", "port": 80, "scope": "lo"}),
        (endpoint("\0name"), {"family": "AF_UNIX", "path": "@name"}),
        (Struct((("l_onoff", 1), ("l_linger", 0))), {"l_onoff": 1, "l_linger": 0}),
        ((5, at("@peer")), [5, {"family": "AF_UNIX", "path": "@peer"}]),
    ],
)
def test_each_kind_of_value_has_its_form(value: Value, written: object) -> None:
    assert json_lines.value(value) == written


def test_a_call_has_its_values_and_nothing_else() -> None:
    call = Call("connect", 7, (at("127.0.0.1:80"),), None, "ECONNREFUSED", 5, 6, "a note")
    found = read(event_line(a_conversation(), call))
    assert (found["subject"], found["number"], found["event"], found["monotonic_ns"]) == ("conversation", 1, "call", 5)
    assert (found["call"], found["fd"], found["result"], found["errno"]) == ("connect", 7, None, "ECONNREFUSED")
    assert (found["duration_ns"], found["note"]) == (6, "a note")


def test_every_key_and_state_is_in_the_contract() -> None:
    conversation, listening = connected(), listener()
    RECORDER.failed(conversation, "ECONNRESET")
    lines = [
        event_line(conversation, Call("close", 7, (), 0, "", 1, 2)),
        event_line(conversation, Refusal("send", 7, (5,), "EPIPE", 1, "why")),
        event_line(listening, Remark("kind", "text", 1)),
        state_line(conversation),
        state_line(listening),
        bytes_line(conversation, memoryview(b"x"), 1, 2, 3, Mover.RECV),
    ]
    keys = {key for line in lines for key in read(line)}
    states = {state.name.lower() for kind in (State, ListenerState, LookupState) for state in kind}
    unseen = {"connecting", "opening", "queued", "asking", "abandoned"}  # nothing becomes so, or nothing asks for it
    assert {word for word in keys | (states - unseen) if not re.search(rf"`{word}`", CONTRACT)} == set()


def test_who_finished_first_is_told_in_order_with_the_time() -> None:
    conversation = connected()
    RECORDER.peer_finished(conversation)
    RECORDER.we_finished(conversation)
    RECORDER.closed(conversation)
    told = json.loads(state_line(conversation))
    assert (told["state"], [one["who"] for one in told["finished"]]) == ("peer_then_us", ["peer", "us"])
    assert [one["monotonic_ns"] for one in told["finished"]] == list(conversation.finished_at_ns)
    assert all(abs(one["unix_ns"] - time.time_ns()) < 60 * SECOND for one in told["finished"])


@given(st.binary(max_size=300), st.sampled_from(list(Mover)))
def test_bytes_come_back_whatever_they_are(data: bytes, mover: Mover) -> None:
    found = read(bytes_line(a_conversation(), memoryview(data), 1, 2, 300, mover))
    assert base64.b64decode(found["base64"]) == data
    assert found["text"] is None or found["text"].encode() == data
    assert found["event"] == ("received" if mover in (Mover.RECV, Mover.RECVFROM, Mover.SSL_READ) else "sent")


foreign = st.text(st.characters(), max_size=20)


@given(foreign, st.binary(max_size=20))
def test_names_of_any_kind_are_valid_json(words: str, odd: bytes) -> None:
    name = odd.decode("utf-8", "surrogateescape")
    given: tuple[Value, ...] = (words, name, Path("/" + name.replace("\0", "")), Endpoint(socket.AF_UNIX, path=name))
    found = read(event_line(a_conversation(), Call(words, 7, given, name, words, 1, 2, name)))
    json.dumps(found).encode("ascii")
    assert not re.search(r"[\ud800-\udfff]", "".join(map(str, found["args"])))
