"""The table of settings: complete, without contradiction, and the one source of sheets, defaults and checks."""

import dataclasses
from typing import Any

import pytest

from sockscope.engine.settings import Settings
from sockscope.net.address import KINDS, Address
from sockscope.net.hint import FLAGS
from sockscope.request import Connect, Listen, Resolve
from sockscope.request.parse import NO, YES, idle_seconds, number, one_of, path, seconds, size, words, yes
from sockscope.request.setting import DATAGRAMS, STREAMS, For, Group, Setting
from sockscope.request.settings import SETTINGS, check_fits, check_needs_tls, settings_for, unusual, usual
from sockscope.ui.screens.settings_sheet import entries

REQUESTS = [For.RESOLVE, For.CONNECT, For.LISTEN]

_CONNECT = """family source connected options interface read_bytes look_before tls verify server_name ca certificate
key alpn tls_min tls_level"""
_LISTEN = """answer reply reply_on pattern file at_eof accepting clients idle family backlog options groups read_bytes
relay tls certificate key alpn tls_min tls_level client_certificate ca"""

SHEETS: dict[For, list[str]] = {
    For.RESOLVE: ["family", "type", "protocol", *FLAGS, "direct", "servers", "types", "every"],
    For.CONNECT: _CONNECT.split(),
    For.LISTEN: _LISTEN.split(),
    For.PROGRAM: ["timeout", "history", "history_each", "mouse"],
}

each = pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: f"{one.requests[0].value} {one.name}")


@each
def test_the_text_of_every_default_is_read_as_the_default(setting: Setting[object]) -> None:
    assert setting.read({}) == setting.default
    if setting.text:
        assert setting.parse(setting.text) == setting.default
    elif For.PROGRAM not in setting.requests:
        assert setting.parse("") == setting.default


@each
def test_every_choice_is_read_and_nothing_else(setting: Setting[object]) -> None:
    assert all(setting.parse(choice) is not None for choice in setting.choices)
    if setting.choices:
        assert setting.text in setting.choices
        with pytest.raises(ValueError, match=r"\w") as refused:
            setting.parse("nonsense")
        assert "\n" not in str(refused.value)


@each
def test_every_row_says_what_it_is(setting: Setting[object]) -> None:
    assert setting.label and setting.help.endswith(".") and setting.requests and setting.kinds
    assert set(setting.kinds) <= set(KINDS)
    assert (setting.kinds != KINDS or not setting.elsewhere) and setting.group in Group
    for flag in setting.flags:
        assert flag.help and all(name.startswith("-") for name in flag.names)
        assert bool(flag.metavar) != bool(flag.const), "it has a value, or it is one"
        if flag.const:
            setting.parse(flag.const)


@pytest.mark.parametrize("what", For)
def test_no_two_settings_of_a_request_have_the_same_name_and_each_is_there(what: For) -> None:
    assert [setting.name for setting in settings_for(what)] == SHEETS[what]
    assert len(set(SHEETS[what])) == len(SHEETS[what])


@pytest.mark.parametrize("what", REQUESTS)
def test_every_setting_is_an_entry_of_its_sheet(what: For) -> None:
    lines = {line.key: line for line in entries(what, {"read_bytes": "17"})}
    assert sorted(lines) == sorted(SHEETS[what])
    for setting in settings_for(what):
        line = lines[setting.name]
        assert (line.label, line.values, line.group) == (setting.label, setting.choices, setting.below)
        assert line.about.startswith(setting.help)
        assert ("From now on" in line.about) is setting.at_once
        assert line.value == ("17" if setting.name == "read_bytes" else setting.text)


@pytest.mark.parametrize("what", REQUESTS)
def test_each_group_stands_together(what: For) -> None:
    groups = [line.group for line in entries(what, {})]
    assert all(groups)
    changes = [group for group, before in zip(groups, ["", *groups[:-1]], strict=True) if group != before]
    assert len(set(changes)) == len(changes)


@pytest.mark.parametrize("what", REQUESTS)
def test_no_entry_is_called_as_a_group_or_another_entry_is(what: For) -> None:
    lines = entries(what, {})
    labels = [line.label.casefold() for line in lines]
    assert len(set(labels)) == len(labels)
    assert not set(labels) & {line.group.casefold() for line in lines}


def test_what_means_nothing_for_the_kind_is_left_out() -> None:
    def left_out(what: For, kind: str) -> set[str]:
        return {line.key for line in entries(what, {})} - {line.key for line in entries(what, {}, kind)}

    assert left_out(For.CONNECT, "tcp") == {"connected", "interface"}
    of_tls = {setting.name for setting in settings_for(For.CONNECT) if setting.group is Group.TLS}
    assert left_out(For.CONNECT, "udp") == of_tls
    assert left_out(For.CONNECT, "tls") == {"connected", "interface", "tls"}, "the kind has settled it"
    assert left_out(For.LISTEN, "tls") == {"groups", "tls"}
    assert left_out(For.CONNECT, "unix") == {"connected", "interface", "family"}
    assert left_out(For.LISTEN, "tcp") == {"groups"}
    of_tls = {setting.name for setting in settings_for(For.LISTEN) if setting.group is Group.TLS}
    of_clients = {"at_eof", "accepting", "clients", "backlog"}
    assert left_out(For.LISTEN, "udp") == {*of_tls, *of_clients}
    assert left_out(For.LISTEN, "unixgram") == {"groups", "family", *of_tls, *of_clients}


def test_what_the_table_says_is_usual_is_so_where_nothing_is_said() -> None:
    target = Address("h", 1)
    assert Connect.read(target, usual(For.CONNECT)) == Connect.read(target, {}) == Connect(target)
    assert Listen.read(target, usual(For.LISTEN)) == Listen.read(target, {}) == Listen(target)
    assert Resolve.read("h", "", usual(For.RESOLVE)) == Resolve.read("h", "", {})
    bounds = Settings()
    program = {setting.name: setting.default for setting in settings_for(For.PROGRAM)}
    assert program["timeout"] == bounds.connect_timeout_s
    assert (program["history"], program["history_each"]) == (bounds.history_bytes, bounds.history_each_bytes)


# What applies to what.


APPLIES: list[tuple[For, str, tuple[str, ...], dict[str, Any]]] = [
    (For.CONNECT, "connected", DATAGRAMS, {"connected": False}),
    (For.CONNECT, "interface", ("udp",), {"interface": "lo"}),
    (For.CONNECT, "tls", STREAMS, {"tls": "yes"}),
    (For.LISTEN, "groups", ("udp",), {"groups": ("239.1.2.3",)}),
    (For.LISTEN, "tls", STREAMS, {"tls": "yes"}),
]


@pytest.mark.parametrize(("what", "name", "kinds", "asked"), APPLIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_is_refused_where_it_means_nothing(
    what: For, name: str, kinds: tuple[str, ...], asked: dict[str, Any], kind: str
) -> None:
    request = (Connect if what is For.CONNECT else Listen)(Address("h", 1, kind))
    check_fits(what, request, kind)
    request = dataclasses.replace(request, **asked)
    if kind in kinds:
        check_fits(what, request, kind)
        return
    (setting,) = (one for one in settings_for(what) if one.name == name)
    with pytest.raises(ValueError) as refused:
        check_fits(what, request, kind)
    assert str(refused.value) == setting.elsewhere


def test_each_setting_that_is_refused_somewhere_is_among_these() -> None:
    refusing = {(what, one.name) for what in REQUESTS for one in settings_for(what) if one.elsewhere}
    assert refusing == {(what, name) for what, name, _, _ in APPLIES}


@pytest.mark.parametrize("what", [For.CONNECT, For.LISTEN])
def test_what_only_tls_could_fulfil_is_refused_without_it(what: For) -> None:
    check_needs_tls(what, {"options": "NODELAY=on", "tls": NO})
    needing = {one.name for one in settings_for(what) if one.group is Group.TLS} - {"tls"}
    assert {"ca", "alpn", "certificate", "key"} < needing
    for name in needing:
        with pytest.raises(ValueError, match=f"{name.replace('_', ' ')}: that is for TLS"):
            check_needs_tls(what, {name: "x"})


def test_what_was_settled_otherwise_is_said_in_the_order_of_the_table() -> None:
    texts = {**usual(For.LISTEN), "clients": "one at a time", "accepting": NO, "tls": YES, "answer": "echo"}
    assert unusual(For.LISTEN, texts) == "answer echo · accept: no · clients one at a time · TLS: yes"
    assert unusual(For.LISTEN, texts, besides=["answer", "tls"]) == "accept: no · clients one at a time"
    assert unusual(For.CONNECT, {"read_bytes": "5", "alpn": "h2"}) == "read bytes 5 · ALPN h2"
    assert unusual(For.CONNECT, {"read_bytes": ""}) == ""


# How texts are read.


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (yes, YES, True),
        (yes, NO, False),
        (words, " a, b  c ", ("a", "b", "c")),
        (words, "", ()),
        (number("it", 1, 10, 7), "", 7),
        (number("it", 1, 10, 7), "10", 10),
        (idle_seconds, "", 0.0),
        (idle_seconds, "86400", 86400.0),
        (seconds, "0.5", 0.5),
        (seconds, "500ms", 0.5),
        (seconds, "2m", 120.0),
        (idle_seconds, "1m", 60.0),
        (size, "500", 500),
        (size, "2k", 2048),
        (size, "1G", 1024**3),
        (path, "", ""),
        (path, "/x/y", "/x/y"),
    ],
)
def test_texts_are_read(parse: Any, text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (yes, "maybe", "yes, no"),
        (one_of(("a", "b"), "it"), "c", "it can be: a, b"),
        (number("it", 1, 10, 7), "11", "it is a number from 1 to 10"),
        (number("it", 1, 10, 7), "١", "number"),
        (number("it", 1, 10, 7), "9" * 5000, "number"),
        (idle_seconds, "-1", "idle time"),
        (idle_seconds, "nan", "idle time"),
        (seconds, "0", "above 0"),
        (seconds, "86400", "below 86400"),
        (seconds, "nan", "above 0"),
        (size, "", "is not a size"),
        (size, "5X", "is not a size"),
        (size, "M", "is not a size"),
        (path, "~nosuchuser/x", "user does not exist"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(parse: Any, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        parse(text)
    assert "\n" not in str(refused.value)
