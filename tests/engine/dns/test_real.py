"""A real DNS server, dnsmasq on a loopback port, asked directly; dig says the same."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.asking import answered, ask, calls, data, inquire
from tests.engine.loopback import in_a_network_of_its_own, run_apart
from tests.engine.resolve.own_resolver import DEAD, SERVER, a_namespace, own_resolver

ZONE = (
    "--local=/test/",
    "--host-record=www.test,192.0.2.1,2001:db8::1,60",
    "--host-record=six.test,2001:db8::6",
    "--cname=alias.test,www.test",
    "--cname=far.test,alias.test",
    "--txt-record=www.test,hello world,second\x1b[31m",
    "--mx-host=www.test,mail.test,10",
    "--srv-host=_sip._tcp.test,www.test,5060,1,2",
    "--ptr-record=1.2.0.192.in-addr.arpa,www.test",
    "--caa-record=www.test,0,issue,ca.test",
    "--dns-rr=www.test,65280,01:02:03",
    *(f"--txt-record=big.test,{number:03}{'x' * 200}" for number in range(20)),
)
PLAIN = ("--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-hosts", "--bind-interfaces")


def free_port() -> int:
    """A port that is free for UDP and for TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with suppress(OSError):
                tcp.bind(udp.getsockname())
                return int(udp.getsockname()[1])


def is_answering(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not shutil.which("dnsmasq"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("dnsmasq is not installed")
    port = free_port()
    command = ["dnsmasq", *PLAIN, "--listen-address=127.0.0.1", f"--port={port}", *ZONE]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: is_answering(port) or running.poll() is not None)
        assert running.poll() is None, (running.stderr and running.stderr.read(), command)
        yield f"127.0.0.1:{port}"
    finally:
        running.kill()
        running.communicate(timeout=10)


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("www.test", "A", ["192.0.2.1"]),
        ("www.test", "AAAA", ["2001:db8::1"]),
        ("six.test", "AAAA", ["2001:db8::6"]),
        ("www.test", "MX", ["10 mail.test."]),
        ("www.test", "TXT", ['"hello world" "second\\027[31m"']),
        ("_sip._tcp.test", "SRV", ["1 2 5060 www.test."]),
        ("192.0.2.1", "PTR", ["www.test."]),
        ("www.test", "CAA", ['0 issue "ca.test"']),
        ("www.test", "TYPE65280", ["\\# 3 010203"]),
        ("alias.test", "CNAME", ["www.test."]),
        ("far.test", "A", ["192.0.2.1"]),
    ],
)
def test_it_says_what_the_zone_has(engine: Engine, server: str, name: str, type: str, expected: list[str]) -> None:
    query = ask(engine, server, type, name)
    assert data(query) == expected
    assert calls(query)[-1] == ("close", "")


def test_ttls_and_cname_chains_are_those_of_the_server(engine: Engine, server: str) -> None:
    reply = answered(ask(engine, server, "A", "far.test"))
    assert reply.chain == ("far.test", "alias.test", "www.test")
    assert [record.ttl_s for record in reply.answers] == [60]
    assert "AA" in reply.flags


@pytest.mark.parametrize(
    ("name", "type", "error", "state"),
    [
        ("nonesuch.test", "A", "NXDOMAIN", LookupState.ANSWERED),
        ("six.test", "A", "NODATA", LookupState.ANSWERED),
        ("elsewhere.example", "A", "REFUSED", LookupState.FAILED),
    ],
)
def test_it_says_no_in_its_ways(
    engine: Engine, server: str, name: str, type: str, error: str, state: LookupState
) -> None:
    query = ask(engine, server, type, name)
    assert (query.error, query.state) == (error, state)


def test_what_does_not_fit_comes_by_tcp(engine: Engine, server: str) -> None:
    query = ask(engine, server, "TXT", "big.test")
    assert len(data(query)) == 20
    assert query.transport == "TCP"
    assert 0 < query.truncated_bytes <= 1232 < answered(query).size_bytes


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("www.test", "A"),
        ("www.test", "AAAA"),
        ("www.test", "MX"),
        ("www.test", "CAA"),
        ("www.test", "TXT"),
        ("_sip._tcp.test", "SRV"),
        ("1.2.0.192.in-addr.arpa", "PTR"),
        ("big.test", "TXT"),
        ("nonesuch.test", "A"),
    ],
)
def test_dig_says_the_same(
    engine: Engine, server: str, peer_program: Callable[[str], str], name: str, type: str
) -> None:
    port = server.rpartition(":")[2]
    command = [peer_program("dig"), "+short", "@127.0.0.1", "-p", port, name, type]
    said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    query = ask(engine, server, type, name)
    ours = query.reply.answers if query.reply else ()
    assert sorted(record.data for record in ours) == sorted(said.splitlines())


def test_servers_that_disagree_are_asked_side_by_side(engine: Engine, server: str) -> None:
    queries = inquire(engine, [server, "127.0.0.1:9"], ["A", "AAAA"], "www.test").queries
    assert [query.error for query in queries] == ["", "", "ECONNREFUSED", "ECONNREFUSED"]


def ask_those_of_resolv_conf() -> None:
    engine = Engine()
    engine.start()
    with own_resolver() as resolver:
        resolver.go_by(f"nameserver {SERVER}\nnameserver {DEAD}\n")
        lookup = Lookup(1, Question("both.test"))
        inquiry = engine.names.inquire(lookup)
        wait_until(lambda: not inquiry.live)
    queries = inquiry.queries
    assert [query.server for query in queries] == [f"{SERVER}:53"] * 2 + [f"{DEAD}:53"] * 2
    assert (data(queries[0]), data(queries[1])) == (["192.0.2.1"], ["2001:db8::1"])
    assert queries[2].error == "ECONNREFUSED"
    engine.stop()


def test_without_a_server_those_of_resolv_conf_are_asked(peer_program: Callable[[str], str]) -> None:
    peer_program("dnsmasq")
    run_apart(ask_those_of_resolv_conf, within=a_namespace())


def without_a_local_port() -> None:
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("50000 50000")
    engine = Engine()
    engine.start()
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 50000))
        query = ask(engine, "127.0.0.1:5353")
        assert (query.state, query.error) == (LookupState.FAILED, "EAGAIN")
        assert calls(query)[-1] == ("close", "")
    engine.stop()


def test_a_query_that_finds_no_local_port_ends_at_once() -> None:
    run_apart(without_a_local_port, within=in_a_network_of_its_own("ip link set lo up"))


def server_written_oddly() -> None:
    with own_resolver() as resolver:
        resolver.go_by("nameserver 127.1\n")
        engine = Engine()
        engine.start()
        assert data(inquire(engine, [], name="four.test").queries[0]) == ["192.0.2.4"]
        engine.stop()


def test_a_name_server_may_be_written_as_getaddrinfo_reads_it() -> None:
    run_apart(server_written_oddly, within=a_namespace())
