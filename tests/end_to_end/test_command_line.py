"""What can be given on the command line, and what is said where it is wrong."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import sockscope
from tests.end_to_end.peers import V4_PORT, V6_PORT, connected_to
from tests.end_to_end.refused import refused
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, PROGRAM, Terminal
from tests.engine.loopback import bound_only, listening, needs_ipv6


def run(*arguments: str, before: tuple[str, ...] = PROGRAM) -> subprocess.CompletedProcess[str]:
    """Run the program where there is no terminal."""
    return subprocess.run(
        [*before, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )


# Without a terminal.


@pytest.mark.parametrize(
    ("option", "words"), [("--version", sockscope.__version__), ("--help", "sockscope -l [HOST] PORT")]
)
def test_help_and_version_answer_without_textual(option: str, words: str) -> None:
    done = run(option, before=(sys.executable, "-X", "importtime", "-m", "sockscope"))
    imported = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert done.returncode == 0
    assert words in done.stdout
    assert "sockscope.cli" in imported
    assert [name for name in imported if name.partition(".")[0] in ("textual", "rich")] == []


def test_the_installed_command_is_the_same_program() -> None:
    assert (
        run("--version", before=(str(Path(sys.executable).with_name("sockscope")),)).stdout == run("--version").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonesuch"], "unrecognized"),
        (["one", "two", "three"], "too many words"),
        (["127.0.0.1", "70000"], "port 70000 is out of range"),
        (["127.0.0.1", " 80"], "space"),
        (["[::1:80"], "brackets"),
        (["gopher://localhost:70"], "gopher://"),
        ([""], "a name is needed"),
        (["l" * 64], "63 characters"),
        (["-l"], "a port is needed"),
        (["-s", "localhost", "127.0.0.1", "80"], "not a name"),
        (["--demo", "localhost"], "--demo takes no address"),
        (["--join", "239.1.1.1", "localhost", "80"], "groups: that is for a listener"),
        (["-l", "--file", "/nonesuch", "0"], "no regular file"),
        (["--timeout", "soon", "127.0.0.1", "80"], "soon"),
        (["--history", "much"], "much"),
        (["--\x1b]0;TITLE\x07\u202e[/b]"], "unrecognized"),
        ([], "without a screen there must be something"),
    ],
)
def test_wrong_usage_is_said_in_one_harmless_line_and_exits_with_2(arguments: list[str], words: str) -> None:
    status, out, said = refused(*arguments)
    assert (status, out) == (2, "")
    assert words in said
    assert said.startswith("sockscope: ")
    assert said.removesuffix("\n").isprintable(), "one line, nothing that acts on a terminal"
    assert "_seconds" not in said, "no name out of the source"


def test_it_is_said_by_the_program_as_it_is_here() -> None:
    done = run("127.0.0.1", "70000")
    assert (done.returncode, done.stdout, done.stderr) == refused("127.0.0.1", "70000")


def test_a_closed_standard_input_is_wrong_usage() -> None:
    done = run(before=("sh", "-c", f"exec {sys.executable} -m sockscope <&-"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "without a screen there must be something" in done.stderr


def test_errors_sent_elsewhere_do_not_take_the_screen_with_them() -> None:
    """Textual draws on standard error; without it there must be a word, not an empty screen."""
    elsewhere = ("/bin/sh", "-c", f'exec {sys.executable} -m sockscope "$@" 2>/dev/null', "sh")
    with Terminal("--demo", program=elsewhere) as terminal:
        terminal.wait(lambda: terminal.raw() or not terminal.alive(), "a screen, or the end", deadline_s=5)
        assert terminal.alive() or terminal.wait_exit() == 2


# On a terminal.


@needs_ipv6
def test_a_lone_port_listens_at_both_loopback_addresses() -> None:
    with Terminal("-lp", "0", size=ONE_PANE) as terminal:
        assert terminal.find(V4_PORT) == terminal.find(V6_PORT) != "0"
        with closing(connected_to(terminal, V4_PORT)), closing(connected_to(terminal, V6_PORT)):
            terminal.wait_for("listening", "2 clients", "connected")


@pytest.mark.parametrize("arguments", [("-l", "-4", "0"), ("-l", "127.0.0.1", "0")], ids=" ".join)
def test_one_family_is_enough_where_only_one_was_asked_for(arguments: tuple[str, ...]) -> None:
    with Terminal(*arguments, size=ONE_PANE) as terminal, closing(connected_to(terminal)):
        terminal.wait_for("listening", "1 client")
        assert "[::1]" not in terminal.screen()


def test_a_url_is_connected_to() -> None:
    with listening() as server:
        port = server.getsockname()[1]
        with Terminal(f"tcp://127.0.0.1:{port}", size=ONE_PANE) as terminal, closing(server.accept()[0]):
            terminal.wait_for("connected", f"127.0.0.1:{port}")


def test_the_source_address_and_port_are_the_ones_asked_for() -> None:
    with listening() as server, bound_only("127.0.0.1") as free:
        port, source = (bound.getsockname()[1] for bound in (server, free))
        free.close()
        arguments = ("-4", "-s", "127.0.0.2", "-p", str(source), "localhost", str(port))
        with Terminal(*arguments, size=ONE_PANE) as terminal:
            peer, address = server.accept()
            with peer:
                assert address == ("127.0.0.2", source)
                terminal.wait_for("connected", f"127.0.0.2:{source}")


def test_a_name_is_resolved_and_a_row_of_the_answer_can_be_connected_to() -> None:
    with listening() as server, Terminal("-4", "localhost", size=ONE_PANE) as terminal:
        terminal.wait_for('getaddrinfo("localhost"', "127.0.0.1", "IPv4", "stream")
        terminal.click("service ")
        terminal.press(str(server.getsockname()[1]), "enter")
        terminal.click(rf"127\.0\.0\.1 +{server.getsockname()[1]}")
        terminal.press("enter")
        with closing(server.accept()[0]):
            terminal.wait_for("Connect F3", "connected")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


def test_the_demo_lives_in_all_panes_at_once_and_quits_without_asking() -> None:
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected", "localhost", deadline_s=5)
        terminal.wait_for("2 clients so far")
        sent = int(terminal.find(r"B in (\d+) · ←"))
        terminal.wait(lambda: int(terminal.find(r"B in (\d+) · ←")) > sent + 1, "the talk goes on")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
