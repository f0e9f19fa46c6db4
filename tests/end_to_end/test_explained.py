"""Errors in the real program: those that need another user, another network, or calls that are made to fail."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.end_to_end.json_run import Event, Run
from tests.end_to_end.terminal import ONE_PANE, PROGRAM, Terminal
from tests.engine.loopback import V4, in_a_network_of_its_own, listening

ROOT = Path(__file__).parents[2]


def explained(*words: str, within: Sequence[str] = ()) -> Event:
    """Run the program without a screen until it ends, and give what it said of its failure."""
    command = [*within, sys.executable, "-m", "sockscope", "--json", *words]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        run = Run(process)
        assert run.end() == 1
    (found,) = (one for one in run.events if one["event"] == "explained")
    return found


def test_a_line_of_json_says_what_a_failure_means_and_what_was_found() -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]
        event = explained("127.0.0.1", str(port))
    assert (event["errno"], event["action"]) == ("ECONNREFUSED", "")
    assert f"The same port is open at 127.0.0.2:{port}" in event["meaning"]
    (near,) = (one for one in event["findings"] if one["kind"] == "nearby")
    found = next(one for one in near["sockets"] if one["local"]["port"] == port)
    assert found["holders"]["processes"][0]["pid"] == os.getpid()
    assert found["local"] == {"family": "AF_INET", "host": "127.0.0.2", "port": port}


def test_a_low_port_is_for_the_privileged(peer_program: Callable[[str], str]) -> None:
    setpriv = peer_program("setpriv")
    if os.geteuid():
        pytest.skip("only root can give up the capability")
    event = explained("-l", "127.0.0.1", "7", within=(setpriv, "--inh-caps=-all", "--bounding-set=-all"))
    assert (event["errno"], event["action"]) == ("EACCES", "free port")
    assert "which lacks the capability CAP_NET_BIND_SERVICE" in event["meaning"]


def test_a_network_that_is_not_there_and_one_that_a_route_rules_out() -> None:
    within = in_a_network_of_its_own("ip link set lo up")
    event = explained("192.0.2.1", "80", within=within)
    assert event["errno"] == "ENETUNREACH"
    assert "no route to 192.0.2.1" in event["meaning"] and "no network is up" in event["meaning"]
    within = in_a_network_of_its_own("ip link set lo up", "ip route add unreachable 192.0.2.0/24")
    event = explained("192.0.2.1", "80", within=within)
    assert event["errno"] == "EHOSTUNREACH"
    assert "rules 192.0.2.1 out" in event["meaning"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("connect", "EPERM", "A rule of this machine (its firewall, or a security module) forbids 127.0.0.1:9"),
        ("connect", "ENOBUFS", "The machine has "),
        ("socket", "EMFILE", "descriptors (RLIMIT_NOFILE)"),
        ("socket", "ENFILE", "files open (fs.file-max)"),
        ("connect", "EADDRNOTAVAIL", "(ip_local_port_range)"),
        ("connect", "EALREADY", "We called connect for 127.0.0.1:9, and the socket (fd "),
        ("socket", "EAFNOSUPPORT", "no socket of AF_INET, SOCK_STREAM, for 127.0.0.1:9. This system does not offer"),
        ("socket", "EPROTONOSUPPORT", "no socket of AF_INET, SOCK_STREAM, for 127.0.0.1:9. The protocol does not"),
        ("socket", "ESOCKTNOSUPPORT", "no socket of AF_INET, SOCK_STREAM, for 127.0.0.1:9. This system does"),
        ("connect", "EISCONN", ") is connected already"),
        ("connect", "EBADF", ", 127.0.0.1:9), and fd "),
        ("connect", "ENOTSOCK", " is no socket: another file took its place"),
    ],
)
def test_a_call_that_fails_as_none_of_ours_can_be_made_to(
    peer_program: Callable[[str], str], call: str, error: str, words: str
) -> None:
    strace = peer_program("strace")
    when = {"socket": "socket", "connect": "connect"}[call]
    within = (strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={when}", "-e", f"inject={when}:error={error}")
    event = explained("127.0.0.1", "9", within=within)
    assert event["errno"] == error
    assert words in event["meaning"]
    assert event["meaning"].endswith(".") and event["advice"].endswith(".")
    assert "without an explanation" not in event["meaning"]


def failing(strace: str, call: str, error: str) -> Sequence[str]:
    """Have a call fail in the program each time."""
    return (strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}")


@pytest.mark.parametrize(
    ("call", "error", "words", "meaning", "advice"),
    [
        ("setsockopt", "ENOPROTOOPT", ("-O", "NODELAY=on", V4, "9"), "know the option TCP_NODELAY of a TCP", "NODELAY"),
        ("listen", "EOPNOTSUPP", ("-l", V4, "0"), "We called listen(", "only streams listen"),
    ],
)
def test_what_a_socket_cannot_do_is_said_with_the_call_on_the_screen_and_in_json(
    peer_program: Callable[[str], str], call: str, error: str, words: Sequence[str], meaning: str, advice: str
) -> None:
    within = failing(peer_program("strace"), call, error)
    event = explained(*words, within=within)
    assert event["errno"] == error
    assert meaning in event["meaning"] and advice in event["advice"]
    with Terminal(*words, size=ONE_PANE, program=(*within, *PROGRAM)) as terminal:
        terminal.wait_for(f"{error}: ", *meaning.split())
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 1


def test_a_handshake_that_is_not_finished_in_time_says_how_far_it_came() -> None:
    with listening() as server:
        target = f"tls://{V4}:{server.getsockname()[1]}"
        event = explained("--timeout", "0.5", target)
        assert (event["errno"], event["action"]) == ("TLS handshake timeout", "without tls")
        assert f"{V4}:{server.getsockname()[1]} took the connection, and answered our ClientHello (" in event["meaning"]
        assert "--timeout waits longer" in event["advice"]
        with Terminal("--timeout", "0.5", target, size=ONE_PANE) as terminal:
            terminal.wait_for("took the connection", "u connects without TLS")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 1
