"""What an error means by the situation: particulars that a test cannot provoke, or may not count on."""

import pytest

from sockscope.net.endpoint import NOWHERE
from sockscope.net.socket_kind import UNIX
from sockscope.record.fact import Call
from sockscope.record.finding import (
    Descriptors,
    Finding,
    InTheWay,
    ListenQueue,
    Memory,
    OwnAddress,
    OwnAddresses,
    PathSeen,
    PortRange,
    Privileges,
    Route,
    SeenSocket,
)
from sockscope.record.process import Holders, Process
from sockscope.show.explain.explanation import FREE_PORT, Explanation
from sockscope.show.explain.here import explain_here
from sockscope.show.explain.situation import Situation
from tests.facts import at
from tests.show.made import START_NS, connected, datagrams, dialled, listener, secured

NGINX = Holders((Process(812, "root", "nginx", ("nginx", "-g")),))


def failed(error: str, name: str, address: str, *findings: Finding, of_listener: bool = False) -> Explanation:
    """Explain a call of TCP that failed."""
    call = Call(name, 5, (at(address),) if address else (), None, error, START_NS, 1000)
    return explain_here(Situation(error, listener() if of_listener else dialled(), call, None, findings))


def seen(state: str = "LISTEN", held: Holders = NGINX, **more: object) -> SeenSocket:
    return SeenSocket("TCP", state, at("127.0.0.1:80"), NOWHERE, "root", held, **more)  # type: ignore[arg-type]


def test_a_holder_that_may_not_be_seen_is_not_nobody() -> None:
    told = failed("EADDRINUSE", "bind", "127.0.0.1:80", InTheWay((seen(held=Holders((), hidden=True)),)))
    assert "held by someone whose processes you may not see (user root)" in told.meaning


def test_a_holder_that_has_vanished_is_not_named() -> None:
    told = failed("EADDRINUSE", "bind", "127.0.0.1:80", InTheWay((seen(held=Holders()),)), of_listener=True)
    assert "held by no process that there is now" in told.meaning
    assert told.action == FREE_PORT


def test_without_an_answer_of_the_system_the_usual_words_are_said() -> None:
    told = failed("EADDRINUSE", "bind", "127.0.0.1:80")
    assert told.meaning == "Another socket already holds this address and port."


@pytest.mark.parametrize(("mask", "lacks"), [(0, True), (1 << 10, False), (None, False)])
def test_a_low_port_is_said_with_the_limit_and_what_we_lack(mask: int | None, lacks: bool) -> None:
    told = failed("EACCES", "bind", "127.0.0.1:80", Privileges("nobody", 1024, mask), of_listener=True)
    assert told.meaning.startswith("Ports below 1024 (ip_unprivileged_port_start) are reserved")
    assert "runs as nobody" in told.meaning
    assert ("CAP_NET_BIND_SERVICE" in told.meaning) is lacks
    assert "15000 to 30000" in told.advice
    assert told.action == FREE_PORT


def test_a_high_port_that_is_forbidden_has_another_reason() -> None:
    told = failed("EACCES", "bind", "127.0.0.1:8080", Privileges("nobody", 1024, 0))
    assert "Ports below" not in told.meaning


def test_ports_that_have_run_out_are_counted() -> None:
    for name, address in (("bind", "127.0.0.1:0"), ("connect", "127.0.0.1:80")):
        error = "EADDRINUSE" if name == "bind" else "EADDRNOTAVAIL"
        told = failed(error, name, address, PortRange(32768, 60999, 28000))
        assert "from 32768 to 60999 (ip_local_port_range), and 28,000 of these 28,232 are taken" in told.meaning


@pytest.mark.parametrize("error", ["timeout", "ETIMEDOUT"])
def test_a_queue_with_room_is_not_blamed(error: str) -> None:
    told = failed(error, "connect", "127.0.0.1:80", ListenQueue(seen(waiting=1, limit=128)))
    assert "does listen here (nginx (pid 812, user root)), and now has 1 client in a queue for 128" in told.meaning
    assert told.word == "timed out"


def test_a_silent_network_is_said_with_the_way_there() -> None:
    way = Route("unicast", "", "eth0", "192.0.2.1", "192.0.2.9", up=False)
    told = failed("timeout", "connect", "198.51.100.7:80", way)
    assert "leave through eth0 by way of 192.0.2.1, but eth0 is down" in told.meaning
    told = failed("timeout", "connect", "192.0.2.7:80", Route("unicast", "", "d0", "", "192.0.2.9", up=True))
    assert told.meaning.endswith("Packets to 192.0.2.7 leave through d0, straight, without a gateway.")


@pytest.mark.parametrize("error", ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE"])
def test_a_client_certificate_that_is_wanted_is_said_with_the_options_that_give_it(error: str) -> None:
    advice = failed(error, "SSL_read", "").advice
    assert "--cert" in advice and "--key" in advice and "or in o" in advice


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Route("", "ENETUNREACH"), "has no route to 198.51.100.7 (ENETUNREACH)"),
        (Route("unreachable"), "a route says that it is unreachable"),
        (Route("prohibit"), "a route forbids it"),
        (Route("unicast", "", "eth0"), "There is a route to 198.51.100.7 through eth0, but nobody answers"),
    ],
)
def test_an_unreachable_address_is_said_with_what_the_kernel_knows(way: Route, words: str) -> None:
    lonely = OwnAddresses((OwnAddress("127.0.0.1", "lo"),), 1)
    assert words in failed("EHOSTUNREACH", "connect", "198.51.100.7:80", way, lonely).meaning


def test_a_link_local_address_without_scope_is_said_with_the_interfaces() -> None:
    own = OwnAddresses((OwnAddress("fe80::2", "eth0"), OwnAddress("fe80::3", "wlan0")), 2)
    told = failed("EINVAL", "connect", "[fe80::1]:80", own)
    assert "none was named" in told.meaning
    assert "(eth0, wlan0): fe80::1%eth0" in told.advice


@pytest.mark.parametrize("error", ["EACCES", "EPERM"])
def test_a_broadcast_address_is_told_from_a_rule(error: str) -> None:
    assert "BROADCAST" in failed(error, "connect", "192.0.2.255:80", Route("broadcast")).advice
    told = failed(error, "connect", "192.0.2.7:80", Route("unicast"), Privileges("nobody", 1024, 0))
    assert "A rule of this machine" in told.meaning and "forbids 192.0.2.7:80 to us as nobody" in told.meaning
    assert "forbids it (prohibit)" not in told.meaning
    assert "(prohibit)" in failed(error, "connect", "192.0.2.7:80", Route("prohibit")).meaning


def test_descriptors_that_have_run_out_are_counted() -> None:
    found = Descriptors(64, 64, 4096, 9000, 9000)
    told = failed("EMFILE", "socket", "", found)
    assert told.meaning == "This program has 64 open and may have 64 descriptors (RLIMIT_NOFILE)."
    assert "up to 4,096 without privileges" in told.advice
    assert "9,000 of 9,000 files open" in failed("ENFILE", "socket", "", found).meaning


@pytest.mark.parametrize("error", ["ENOBUFS", "ENOMEM"])
def test_memory_that_has_run_out_is_said(error: str) -> None:
    assert "212.0 KiB" in failed(error, "connect", "192.0.2.7:80", Memory(1 << 30, 212 * 1024)).meaning


def test_a_raw_socket_is_for_the_privileged() -> None:
    told = failed("EPERM", "socket", "", Privileges("nobody", 1024, 0))
    assert "runs as nobody without the capability CAP_NET_RAW" in told.meaning


def test_a_path_that_may_not_be_passed_says_which_part_and_whose() -> None:
    call = Call("connect", 5, (at("/run/a/s"),), None, "EACCES", START_NS, 1000)
    subject = listener(transport=UNIX)
    for last, words in ((False, "may not go through it"), (True, "has to be allowed to write to it")):
        part = PathSeen("/run/a", "directory", "root", 0o700, "nobody", last)
        told = explain_here(Situation("EACCES", subject, call, None, (part,)))
        assert "/run/a belongs to root with permissions 0700, " in told.meaning and words in told.meaning


def test_a_broken_pipe_says_what_went_nowhere() -> None:
    call = Call("send", 5, (10,), None, "EPIPE", START_NS, 1000)
    told = explain_here(Situation("EPIPE", connected(), call))
    assert "a reset of the peer had arrived for what we sent earlier" in told.meaning
    assert "10 bytes that we then offered went nowhere" in told.meaning


def test_a_peer_that_stops_to_acknowledge_is_no_address_that_was_never_reached() -> None:
    told = explain_here(Situation("ETIMEDOUT", connected(), Call("recv", 5, (9,), None, "ETIMEDOUT", START_NS, 1)))
    assert "was not acknowledged until the kernel gave up" in told.meaning


def test_a_datagram_that_nothing_is_known_of_is_still_too_big() -> None:
    call = Call("send", 5, (70000,), None, "EMSGSIZE", START_NS, 1000)
    assert "It had 70,000 bytes." in explain_here(Situation("EMSGSIZE", datagrams(), call)).meaning


def test_what_openssl_alone_has_a_name_for_says_what_it_says() -> None:
    conversation = secured()
    conversation.layers = conversation.layers._replace(session=None)
    conversation.reason = "bad extension"
    told = explain_here(Situation("BAD_EXTENSION", conversation, None))
    assert told.meaning == "The TLS handshake failed: OpenSSL says of what the peer sent: bad extension."
    assert explain_here(Situation("NEVER_MET", connected(), None)).meaning == "An error without an explanation yet."
