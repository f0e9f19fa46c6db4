"""The Resolve pane in the real program, with a resolver of our own (dnsmasq) in a namespace of its own."""

import time
from collections.abc import Callable

import pytest

from tests.end_to_end.terminal import Terminal
from tests.engine.loopback import listening, run_apart
from tests.engine.resolve.own_resolver import DEAD, ODD, SERVER, a_namespace, own_resolver

WIDE = (160, 48)
PINNED = "127.0.0.1 localhost\n::1 localhost\n192.0.2.77 both.test pinned\n"
SOON_S = 1.0
"""Quitting and cancelling may take this long while a resolver hangs, whatever its own time limit."""


@pytest.fixture
def namespaced(peer_program: Callable[[str], str]) -> Callable[[Callable[[], None]], None]:
    """Run a function where the resolver is ours."""
    peer_program("dnsmasq")
    return lambda function: run_apart(function, within=a_namespace())


def leave_the_field(terminal: Terminal) -> None:
    """Go to the answer, and wait until letters are keys there: they could be typed into the field otherwise."""
    terminal.press("esc")
    terminal.wait_for("d Ask DNS")


def page_by_page() -> None:
    with own_resolver() as resolver:
        resolver.go_by(f"nameserver {SERVER}\nsearch sub.test\n")
        with Terminal("alias.test", size=WIDE) as terminal:
            terminal.wait_for("2 rows", "192.0.2.1", "2001:db8::1", "both.test")
            leave_the_field(terminal)
            terminal.press("2")
            terminal.wait_for("socket.getaddrinfo('alias.test'", "(AF_INET6, SOCK_STREAM, 6, 'both.test'")
            terminal.press("3")
            terminal.wait_for("2001:db8::100", "192.0.2.100", "rule 6: precedence 40 beats 10")
            terminal.press("4")
            terminal.wait_for("r asks")
            terminal.press_alone("r")
            terminal.wait_for("leads back")
            terminal.press("5")
            terminal.wait_for("nsswitch.conf", "files", "dns")
            terminal.press("6")
            terminal.wait_for(f"d asks {SERVER}")
            assert resolver.asked("AAAA").count("alias.test") == 1, "no more than getaddrinfo asked"
            terminal.press("d")
            terminal.wait_for("authoritative", "middle.test")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0


def test_a_name_is_explained_page_by_page(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(page_by_page)


def servers_that_differ() -> None:
    with own_resolver() as resolver:
        resolver.go_by(hosts=PINNED)
        asked = ("both.test", f"@{SERVER}", f"@{DEAD}", "A", "TXT")
        with Terminal(*asked, size=(160, 60)) as terminal:
            terminal.wait_for("192.0.2.77", "192.0.2.1", "≠", DEAD, "refused")
            leave_the_field(terminal)
            terminal.press("z")
            terminal.wait_for("hosts file", "row 1", "NODATA")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0


def test_servers_are_compared_and_a_dead_one_fails_none(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(servers_that_differ)


def hanging() -> None:
    with own_resolver() as resolver:
        resolver.go_by(f"nameserver {ODD}\noptions timeout:30 attempts:1\n")
        with Terminal("silent.test", size=WIDE) as terminal:
            first = float(terminal.find(r"asking, (\d+\.\d) s so far"))
            terminal.wait(lambda: float(terminal.find(r"asking, (\d+\.\d) s so far")) > first, "seconds are counted")
            leave_the_field(terminal)
            terminal.press_alone("c")
            terminal.wait_for("abandoned")
            terminal.press("a")
            terminal.wait_gone("d Ask DNS")
            terminal.press("127.0.0.1", "enter")
            terminal.wait_for("1 row ·", "d Ask DNS")
            terminal.press("a")
            terminal.wait_gone("d Ask DNS")
            terminal.paste("silent.two")
            terminal.press("enter")
            terminal.wait_for("asking, ")
            began = time.monotonic()
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
            assert time.monotonic() - began < SOON_S


def test_a_resolver_that_hangs_holds_up_nothing(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(hanging)


def failing() -> None:
    with own_resolver() as resolver:
        resolver.go_by()
        with Terminal("nowhere.test", size=(120, 36)) as terminal:
            terminal.wait_for("EAI_NONAME")
            for name, server, said in (
                ("text.test", SERVER, "EAI_NODATA"),
                ("servfail.test", ODD, "EAI_AGAIN"),
                ("any.test", DEAD, "EAI_AGAIN"),
            ):
                resolver.go_by(f"nameserver {server}\noptions timeout:1 attempts:1\n")
                terminal.press("f2", "esc", "a", "ctrl+u", name, "enter")
                terminal.wait_for(f'getaddrinfo("{name}"', f"= {said}")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 1, "what the command line asked for failed"


def test_a_failure_is_named_and_explained(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(failing)


def racing() -> None:
    with own_resolver() as resolver, listening("192.0.2.1") as server:
        resolver.go_by()
        with Terminal("both.test", size=WIDE) as terminal:
            terminal.wait_for("2 rows")
            terminal.click("service ")
            port = server.getsockname()[1]
            terminal.press(str(port), "enter")
            terminal.find(rf"2001:db8::1 +({port})\b")
            leave_the_field(terminal)
            terminal.press("C")
            peer, _ = server.accept()
            with peer:
                terminal.wait_for("won", "192.0.2.1", "ms")
                terminal.press("1")
                terminal.wait_for("won", "2001:db8::1")
                terminal.press("ctrl+q")
                assert terminal.wait_exit() == 0


def test_each_row_shows_its_attempt_in_the_race(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(racing)


def watching() -> None:
    with own_resolver() as resolver:
        resolver.go_by()
        with Terminal("both.test", size=WIDE) as terminal:
            terminal.wait_for("2 rows")
            leave_the_field(terminal)
            terminal.press("w")
            terminal.wait_for("median")
            resolver.go_by(hosts=PINNED)
            terminal.wait_for("192.0.2.77", "+")
            terminal.press("w")
            terminal.wait_for("stopped")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0


def test_a_change_of_the_answer_is_seen_while_it_is_watched(namespaced: Callable[[Callable[[], None]], None]) -> None:
    namespaced(watching)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a", "@nowhere.example"), "server"),
        (("a", "@127.0.0.1:99999"), "port"),
        (("a", "@127.0.0.1", "BOGUS"), "a name cannot hold spaces"),
        (("@127.0.0.1",), "a name is needed"),
    ],
    ids=" ".join,
)
def test_a_server_that_cannot_be_asked_is_refused_before_the_screen_opens(words: tuple[str, ...], said: str) -> None:
    with Terminal(*words) as terminal:
        assert terminal.wait_exit() == 2
        terminal.wait_for("sockscope: ", said)
