"""What a script holds of a record, what it says that it leaves out, and what is refused."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP, UNIX
from sockscope.net.value import Struct, Symbol
from sockscope.record.fact import Call
from sockscope.record.tape_entry import EntryKind
from sockscope.request.question import Question
from sockscope.show.copy_as import script
from sockscope.show.copy_as.languages import CLIENTS, LOOKUPS, copies
from sockscope.show.copy_as.of_conversation import client_of
from sockscope.show.copy_as.script import CannotSay, Client, Finish, Lookup, Option, Place, Send, Wait
from tests.facts import at, note
from tests.show.made import MS, SEGMENT, START_NS, Canned, connected, drop, happen, made

FD = 7


def talked(*canned: Canned) -> Client:
    conversation = connected()
    for what, data in canned:
        happen(conversation, what, data)
    return client_of(conversation)


def test_sends_stand_in_their_order_and_what_came_between_is_joined() -> None:
    told = talked(("out", b"a"), ("in", b"12"), ("in", b"3"), ("out", b"b"), ("out", b"c"), ("in", b"4"))
    assert told.steps == (Send(b"a"), Wait(3, 2), Send(b"b"), Send(b"c"), Wait(1, 1))
    assert told.peer.address == at("192.0.2.7:80")
    assert told.awaited_bytes == 4


def test_our_end_of_stream_and_later_options_stand_where_they_were() -> None:
    conversation = connected()
    happen(conversation, "out", b"a")
    later = START_NS + 900 * MS
    note(conversation, Call("setsockopt", FD, (Symbol("TCP_NODELAY"), 1), 0, "", later, 1))
    note(conversation, Call("shutdown", FD, (Symbol("SHUT_WR"),), 0, "", later, 1))
    note(conversation, Call("setsockopt", FD, (Symbol("SO_RCVBUF"), 1), None, "EPERM", later, 1))
    note(conversation, Call("setsockopt", 99, (Symbol("SO_SNDBUF"), 1), 0, "", later, 1))
    told = client_of(conversation)
    assert told.steps == (Send(b"a"), Option("TCP_NODELAY", 1), Finish())
    assert told.finishes


def test_options_that_came_before_connecting_are_set_before() -> None:
    conversation = connected()
    linger = Struct((("l_onoff", 1), ("l_linger", 5)))
    early = START_NS - 1
    note(conversation, Call("setsockopt", FD, (Symbol("SO_LINGER"), linger), 0, "", early, 1))
    note(conversation, Call("setsockopt", FD, (Symbol("IP_MULTICAST_IF"), Symbol("eth0")), 0, "", early, 1))
    told = client_of(conversation)
    assert told.peer.options == (Option("SO_LINGER", (1, 5)),)
    assert any("IP_MULTICAST_IF" in line for line in told.about)


def test_what_is_no_longer_kept_is_counted() -> None:
    conversation = connected()
    for _ in range(4):
        happen(conversation, "out", b"x" * SEGMENT)
    drop(conversation, 1)
    dropped = conversation.tape.bytes_of(EntryKind.SENT)[0]
    told = client_of(conversation)
    assert f"Missing: {dropped:,} bytes sent before are no longer in the history." in told.about
    assert sum(len(step.data) for step in told.sends) == script.MOST_BYTES
    behind = 4 * SEGMENT - dropped - script.MOST_BYTES
    assert any(line.startswith(f"Missing: {behind:,} bytes sent behind") for line in told.about)


def test_of_very_many_sends_the_first_are_done_again() -> None:
    told = talked(*[("out", b"x")] * (script.MOST_SENDS + 3))
    assert len(told.sends) == script.MOST_SENDS
    assert any(line.startswith("Missing: 3 bytes sent behind") for line in told.about)


def test_what_has_no_address_is_refused() -> None:
    with pytest.raises(CannotSay, match="no address"):
        client_of(made())


def client(*sent: bytes, **how: object) -> Client:
    told = {"about": ("a",), "kind": UDP, "peer": Place(at("192.0.2.7:80")), "steps": tuple(map(Send, sent)), **how}
    return Client(**told)  # type: ignore[arg-type]


def test_a_language_that_cannot_do_it_says_why() -> None:
    made = copies(client(b"", b"x" * 5000))
    assert set(made.texts) == {"Python", "asyncio", "C"}
    assert made.refused["openssl"] == "openssl speaks TLS only, and there is none"
    assert "an empty datagram" in made.refused["nc"]
    assert "no datagrams" in made.refused["curl"]
    local = copies(client(kind=UNIX, peer=Place(Endpoint(1, path="@a"), "@a")))
    assert {"nc", "ncat"} < set(local.refused)
    assert "socat" in local.texts


def test_a_shell_keeps_datagrams_apart_with_pauses() -> None:
    text = CLIENTS["socat"](client(b"a", b"b"))
    inside = text.partition("{\n")[2].partition("}")[0]
    assert [line.split()[0] for line in inside.splitlines()] == ["sleep", "printf", "sleep", "printf", "sleep"]


@given(st.text(), st.text())
def test_foreign_names_cannot_leave_their_place_in_python(name: str, target: str) -> None:
    """The name of a server, a path and a line of what is told hold anything."""
    path = name.replace("\0", "") or "x"
    told = client(b"x", about=(target,), kind=UNIX, peer=Place(Endpoint(1), path))
    try:
        tree = ast.parse(CLIENTS["Python"](told))
    except UnicodeEncodeError:  # a lone surrogate that no file name can hold
        return
    assert [type(node).__name__ for node in tree.body] == ["Expr", "Import", "Assign", "Expr", "Expr", "Expr"]


@given(st.text(), st.sampled_from(["", "80"]))
def test_a_lookup_is_written_whatever_its_name_is(name: str, service: str) -> None:
    question = Question(name, service, flags=frozenset({"CANONNAME"}))
    text = LOOKUPS["Python"](Lookup(("x",), question))
    call = ast.parse(text).body[-1]
    assert isinstance(call, ast.For)
    assert isinstance(call.iter, ast.Call)
    assert ast.literal_eval(call.iter.args[0]) == (name or None)


def test_nothing_else_but_getent_and_dig_looks_a_name_up() -> None:
    made = copies(Lookup(("x",), Question("bücher.example", family="IPv4", flags=frozenset({"ADDRCONFIG"}))))
    assert made.texts["getent"].splitlines()[-1] == "getent ahostsv4 -- xn--bcher-kva.example"
    assert made.texts["dig"].splitlines()[-1] == "dig +noall +answer +search xn--bcher-kva.example A"
    assert "dig" in copies(Lookup(("x",), Question("192.0.2.7"))).refused
    assert "getent" in copies(Lookup(("x",), Question(""))).refused
