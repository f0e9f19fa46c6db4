"""With a resolver of our own: what each answer and failure looks like, and that the files are read as glibc does."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.resolve.read_sources import read_sources
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.sources import Sources
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.explain.errors import explain
from tests.conftest import wait_until
from tests.engine.loopback import run_apart
from tests.engine.resolve.own_resolver import DEAD, ODD, OURS, SERVER, SLOW_S, OwnResolver, a_namespace, own_resolver

GETENT = frozenset({"V4MAPPED", "ADDRCONFIG", "CANONNAME", "IDN", "CANONIDN"})
"""The flags of `getent ahosts` (nss/getent.c, ahosts_keys_int); its type is any."""


@pytest.fixture
def namespace(peer_program: Callable[[str], str]) -> tuple[str, ...]:
    peer_program("dnsmasq")
    return a_namespace()


@contextmanager
def resolving() -> Iterator[tuple[OwnResolver, Engine]]:
    with own_resolver() as resolver:
        engine = Engine()
        engine.start()
        resolver.go_by()
        yield resolver, engine
        engine.stop()


def all_answered(engine: Engine, questions: list[Question]) -> list[Lookup]:
    lookups = [engine.names.resolve(question) for question in questions]
    wait_until(lambda: not any(lookup.state.live for lookup in lookups), what="all answered")
    return lookups


def answered(engine: Engine, name: str, family: str = "any", *flags: str) -> tuple[str, list[str]]:
    (lookup,) = all_answered(engine, [Question(name, family=family, flags=frozenset(flags))])
    return lookup.error, [row.host for row in lookup.rows]


# What a resolver answers.


def answers() -> None:
    with resolving() as (resolver, engine):
        assert answered(engine, "four.test") == ("", ["192.0.2.4"])
        assert answered(engine, "six.test") == ("", ["2001:db8::6"]), "AAAA only"
        assert answered(engine, "six.test", "IPv4") == ("EAI_NODATA", [])
        assert answered(engine, "four.test", "IPv6") == ("EAI_NODATA", [])
        assert answered(engine, "four.test", "IPv6", "V4MAPPED") == ("", ["::ffff:192.0.2.4"])
        assert answered(engine, "text.test") == ("EAI_NODATA", [])
        assert answered(engine, "missing.test") == ("EAI_NONAME", [])
        assert answered(engine, "both.test", "any", "NUMERICHOST") == ("EAI_NONAME", [])
        (alias,) = all_answered(engine, [Question("alias.test", "80", flags=frozenset({"CANONNAME"}))])
        assert {str(row.endpoint) for row in alias.rows} == {"[2001:db8::1]:80", "192.0.2.1:80"}
        assert alias.rows[0].canonical == "both.test", "where two CNAMEs lead to"
        names_of_addresses(engine)
        as_getent_answers(resolver, engine)
        two_ways_to_write_letters(resolver, engine)


def names_of_addresses(engine: Engine) -> None:
    """The names of addresses are asked for by PTR, one of which leads elsewhere, one to nothing."""
    (both,) = all_answered(engine, [Question("both.test", type="any")])
    (literal,) = all_answered(engine, [Question("192.0.2.9")])
    (nameless,) = all_answered(engine, [Question("192.0.2.10")])
    for lookup in (both, literal, nameless):
        engine.names.reverse(lookup)
    wait_until(lambda: all(one.reverse and not one.reverse.waiting for one in (both, literal, nameless)))
    assert both.reverse and literal.reverse and nameless.reverse
    assert {host: name for host, (_, name) in both.reverse.names.items()} == {
        "192.0.2.1": "both.test",
        "2001:db8::1": "both.test",
    }
    assert literal.reverse.names["192.0.2.9"][1] == "elsewhere.test"
    call, name = nameless.reverse.names["192.0.2.10"]
    assert (call.error, name) == ("EAI_NONAME", "")


def as_getent_answers(resolver: OwnResolver, engine: Engine) -> None:
    """`getent ahosts` gives the same addresses and types in the same order, or nothing where we fail."""
    resolver.go_by(hosts="127.0.0.1 localhost me\n::1 localhost\n192.0.2.50 four.test\n2001:db8::50 own.test\n")
    names = ["both.test", "alias.test", "six.test", "four.test", "own.test", "localhost", "me", "many.test", "127.1"]
    names += ["::1", "2130706433", "bücher.test", "straße.test", "text.test", "missing.test", "other.example"]
    lookups = all_answered(engine, [Question(name, type="any", flags=GETENT) for name in names])
    for name, lookup in zip(names, lookups, strict=True):
        ran = subprocess.run(["getent", "ahosts", name], capture_output=True, text=True, check=False)
        theirs = [tuple(line.split()[:2]) for line in ran.stdout.splitlines()]
        types: dict[int, str] = {socket.SOCK_STREAM: "STREAM", socket.SOCK_DGRAM: "DGRAM", socket.SOCK_RAW: "RAW"}
        ours = [(row.host, types[row.type]) for row in lookup.rows]
        assert ours == theirs, (name, ours, theirs)
        assert bool(theirs) == (lookup.state is LookupState.ANSWERED), name
    assert sum(lookup.state is LookupState.ANSWERED for lookup in lookups) == 13


def two_ways_to_write_letters(resolver: OwnResolver, engine: Engine) -> None:
    """Python writes a name by IDNA 2003, the system with AI_IDN by IDNA 2008; `Sources.asked` tells both."""
    for idn, address in ((False, "192.0.2.33"), (True, "192.0.2.34")):
        assert answered(engine, "straße.test", "any", *(["IDN"] if idn else [])) == ("", [address])
        assert resolver.asked()[-1] == read_sources("straße.test", idn=idn).asked
    assert answered(engine, "bücher.test") == answered(engine, "bücher.test", "any", "IDN") == ("", ["192.0.2.32"])
    (wrong,) = all_answered(engine, [Question("ß" * 63, flags=frozenset({"IDN"}))])
    assert wrong.error == "EAI_IDN_ENCODE"
    assert "IDNA 2008" in explain(wrong.error).meaning


def test_answers_of_every_kind_are_told_apart_and_agree_with_getent(namespace: tuple[str, ...]) -> None:
    run_apart(answers, within=namespace)


# How it fails.


def failures() -> None:
    with resolving() as (resolver, engine):
        resolver.go_by(f"nameserver {ODD}\noptions timeout:1 attempts:1\n")
        for name in ("servfail.test", "refused.test", "notimp.test"):
            assert answered(engine, name) == ("EAI_AGAIN", []), name
        assert answered(engine, "formerr.test") == ("EAI_NONAME", []), "glibc tells it so"
        (slow,) = all_answered(engine, [Question("slow.test")])
        assert [row.host for row in slow.rows] == ["192.0.2.9"]
        assert slow.took_ns >= SLOW_S * 1e9
        silent = read_sources("silent.test").config.silence_s
        began = time.monotonic()
        assert answered(engine, "silent.test") == ("EAI_AGAIN", [])
        assert silent <= time.monotonic() - began < silent + 3
        resolver.go_by(f"nameserver {DEAD}\n")
        assert answered(engine, "both.test") == ("EAI_AGAIN", []), "nobody listens there"
        resolver.go_by(f"nameserver {DEAD}\nnameserver {SERVER}\n")
        assert answered(engine, "four.test") == ("", ["192.0.2.4"]), "the second one answers"
        a_silent_resolver_holds_nobody_up(resolver, engine)


def a_silent_resolver_holds_nobody_up(resolver: OwnResolver, engine: Engine) -> None:
    resolver.go_by(f"nameserver {ODD}\noptions timeout:30\n")
    lookup = engine.names.resolve(Question("silent.test"))
    (literal,) = all_answered(engine, [Question("192.0.2.9")])
    engine.names.reverse(literal)
    wait_until(lambda: lookup.state is LookupState.ASKING and literal.reverse)
    engine.names.abandon(lookup)
    engine.names.abandon_reverse(literal)
    wait_until(lambda: lookup.state is LookupState.ABANDONED and literal.reverse and literal.reverse.abandoned)
    assert literal.reverse and not literal.reverse.names
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < 1


def test_each_failure_of_a_resolver_has_its_name_and_silence_holds_nobody_up(namespace: tuple[str, ...]) -> None:
    run_apart(failures, within=namespace)


# Whether the files are read as glibc reads them.

_SERVED = f"nameserver {SERVER}\n"
CONFIGURATIONS = [
    "",
    "search one.test. two.test\n",
    "search one.test two.test\nsearch three.test\n",
    "search one.test\ndomain two.test\n",
    "domain one.test two.test\n",
    "search one.test\noptions ndots:0\n",
    "search one.test\noptions ndots:2\n",
    "search one.test\noptions ndots:99\n",
    "search one.test\noptions ndots:x\n",
    "search one.test\noptions ndots:3 ndots:1\n",
    "search one.test\noptions no-tld-query\n",
    "search . one.test\n",
    "search .one.test\n",
    "search .\n",
    "search one.test #two ;three\n",
    "search\n",
    " search one.test\n",
    "SEARCH one.test\n",
    "; search one.test\n",
    "search\tone.test\t two.test \n",
    "search one two three four five six seven eight\n",
]
TYPED = ["h", "h.i", "h.", "a.b.c.", "a.b.c"]


def names_are_tried_as_predicted(resolver: OwnResolver, engine: Engine) -> None:
    for text in CONFIGURATIONS:
        resolver.go_by(_SERVED + text, hosts="")
        for name in TYPED:
            before = len(resolver.asked())
            answered(engine, name, "IPv4")
            asked = resolver.asked()[before:]
            assert asked == [*read_sources(name).tried], (text, name)
    resolver.go_by(f"{_SERVED}search one.test sub.test three.test\n")
    before = len(resolver.asked())
    assert answered(engine, "h", "IPv4") == ("", ["192.0.2.30"])
    assert resolver.asked()[before:] == [*read_sources("h").tried[:2]], "until one has an answer"


SWITCHES = [
    "hosts: files dns\n",
    "hosts: dns files\n",
    "hosts: dns\n",
    "hosts: files\n",
    "passwd: files\n",
    "",
    "HOSTS: dns\n",
    "hosts dns\n",
    "  hosts :files\n",
    "hosts: files # dns\n",
    "hosts: files #dns\n",
    "#hosts: dns\n",
    "hosts:# dns\n",
    "hosts\n",
    "hosts:\n",
    "hosts: dns\nhosts: files\n",
    "hosts: dns [!UNAVAIL=return] files\n",
    "hosts: nonesuch files\n",
    "hosts: nonesuch [UNAVAIL=return] files\n",
    "hosts: files [SUCCESS=continue] dns\n",
    "hosts: files [ success = continue ] dns\n",
    "hosts: files [NOTFOUND=return] dns\n",
    "hosts: DNS files\n",
    "hosts: files, dns\n",
]


def sources_are_asked_as_predicted(resolver: OwnResolver, engine: Engine) -> None:
    """A name in the hosts file and in DNS, each with an address of its own, and one in DNS only."""
    for switch in SWITCHES:
        resolver.go_by(hosts="192.0.2.77 In-Hosts.TEST\n", switch=switch)
        for name, known in (
            ("in-hosts.test", {"files": "192.0.2.77", "dns": "192.0.2.31"}),
            ("four.test", {"dns": "192.0.2.4"}),
        ):
            _, rows = answered(engine, name, "IPv4")
            assert rows == predicted_answer(read_sources(name), known), (switch, name)


def predicted_answer(sources: Sources, known: dict[str, str]) -> list[str]:
    found: list[str] = []
    for source in sources.switch.sources:
        outcome = (
            "UNAVAIL" if source.name not in ("files", "dns") else "SUCCESS" if source.name in known else "NOTFOUND"
        )
        found = [known[source.name]] if outcome == "SUCCESS" else found
        if outcome in source.ends_on:
            break
    return found


HOSTS = """\
# comment
192.0.2.60 first.test Alias.Test other # more.test
127.1 short.test
 192.0.2.61\tlead.test
192.0.2.62
fe80::1%lo scoped.test
::ffff:192.0.2.63 mapped.test
2001:DB8::64 six-hosts.test
192.0.2.65 first.test
192.0.2.66 cut#off.test
\udcff\udcfe binary.test
192.0.2.300 wrong.test
"""
IN_HOSTS = ["first.test", "alias.TEST", "OTHER", "more.test", "short.test", "lead.test", "scoped.test", "mapped.test"]
IN_HOSTS += ["six-hosts.test", "cut", "cut#off.test", "off.test", "binary.test", "wrong.test", "first.test.", "comment"]


def hosts_lines_are_found_as_glibc_finds_them(resolver: OwnResolver, engine: Engine) -> None:
    resolver.go_by(hosts="", switch="hosts: files\n")
    (OURS / "hosts").write_bytes(HOSTS.encode("utf-8", "surrogateescape"))
    matches = 0
    for name in IN_HOSTS:
        _, rows = answered(engine, name)
        lines = read_sources(name).hosts
        assert {ip_address(row) for row in rows} == {ip_address(line.address) for line in lines}, name
        matches += len(lines)
    assert matches == 8


def configuration() -> None:
    with resolving() as (resolver, engine):
        names_are_tried_as_predicted(resolver, engine)
        sources_are_asked_as_predicted(resolver, engine)
        hosts_lines_are_found_as_glibc_finds_them(resolver, engine)


def test_the_files_are_read_as_the_systems_resolver_reads_them(namespace: tuple[str, ...]) -> None:
    run_apart(configuration, within=namespace)
