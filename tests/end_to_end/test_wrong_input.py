"""What cannot be right is said beside the field in a line: the input stays, and nothing is done."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.peers import AT_SEND_BOX, at_send_box
from tests.end_to_end.terminal import ONE_PANE, Terminal
from tests.engine.loopback import listening

LONG_LABEL = "l" * 64
Case = tuple[str, str]
"""What is entered, and words of what is said about it."""

NAMES: list[Case] = [
    ("", "a name is needed"),
    ("two words", "spaces or control characters"),
    ("one..two", "empty label"),
    (f"{LONG_LABEL}.example", "63 characters at most"),
]
TARGETS: list[Case] = [
    ("", "an address is needed"),
    ("localhost", "a port is missing"),
    ("localhost:70000", "port 70000 is out of range"),
    ("localhost: 80", "a space too many before the port"),
    ("localhost:８０", "the port is not a number from 0 to 65535"),
    (" localhost:80", "a space before or after"),
    (f"{LONG_LABEL}.example:80", "63 characters at most"),
    ("[::1:80", "the brackets do not match"),
    (":80", "the host is missing"),
    ("gopher://localhost:70", "gopher:// is not known"),
]
LISTENERS: list[Case] = [
    ("", "a port is needed"),
    ("70000", "port 70000 is out of range"),
    (" 80", "a space before or after"),
    ("８０", "the port is not a number from 0 to 65535"),
    ("::1]:80", "the brackets do not match"),
    ("nonesuch-service", "neither a port number nor a service"),
]


@pytest.mark.parametrize(
    ("key", "pane", "cases", "nothing_done"),
    [
        ("f2", "Resolve F2", NAMES, "no lookup yet"),
        ("f3", "Connect F3", TARGETS, "no connection yet"),
        ("f4", "Listen F4", LISTENERS, "not listening"),
    ],
)
def test_a_wrong_address_is_explained_kept_and_not_used(
    key: str, pane: str, cases: list[Case], nothing_done: str
) -> None:
    with Terminal(size=ONE_PANE) as terminal:
        terminal.wait_for("Resolve F2")
        terminal.press(key)
        terminal.wait_for(pane)
        terminal.wait_quiet()
        enter_each(terminal, cases, nothing_done)


def enter_each(terminal: Terminal, cases: list[Case], nothing_done: str) -> None:
    """Enter one text after the other into the field that has the focus."""
    earlier = ""
    for text, words in cases:
        if earlier:
            terminal.press("end", "ctrl+u")
            terminal.wait_gone(earlier)
        terminal.paste(text)
        shown = text[-12:].strip()
        terminal.wait_for(shown)
        terminal.press("enter")
        terminal.wait_for(words, shown, nothing_done)
        earlier = shown


def test_a_wrong_service_is_explained_and_not_asked_for() -> None:
    with Terminal(size=ONE_PANE) as terminal:
        terminal.wait_for("Resolve F2")
        terminal.wait_quiet()
        terminal.click("service")
        enter_each(terminal, [("70000", "out of range")], "no lookup yet")
        terminal.click("name ·")
        terminal.paste("localhost")
        terminal.wait_for("localhost")
        terminal.press("enter")
        terminal.wait_for("port 70000 is out of range", "no lookup yet")


def test_a_wrong_payload_is_explained_kept_and_not_sent(tmp_path: Path) -> None:
    with (
        listening() as server,
        Terminal("127.0.0.1", str(server.getsockname()[1]), size=ONE_PANE, cwd=tmp_path) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        at_send_box(terminal)
        enter_each(terminal, [(r"a\q", "escapes are"), (r"b\x4", "escapes are"), ("c\\", "escapes are")], "→ 0 B in 0")
        send_as(terminal, "hex")
        enter_each(terminal, [("4a 6", "a byte takes two"), ("4g", "not a hex digit")], "→ 0 B in 0")
        send_as(terminal, "file")
        enter_each(terminal, [("missing.bin", "there is no such file"), (".", "not a regular file")], "→ 0 B in 0")

        (tmp_path / "small.bin").write_bytes(b"\x1b\0\xff")
        terminal.press("end", "ctrl+u")
        terminal.wait_for("path of a file")
        terminal.press("small.bin", "enter")
        assert peer.recv(64) == b"\x1b\0\xff"


def send_as(terminal: Terminal, then: str) -> None:
    """Choose another way to write what is sent, with an empty field."""
    terminal.press("end", "ctrl+u")
    terminal.wait_for(" to send")
    terminal.press("tab")
    terminal.wait_gone(AT_SEND_BOX)
    terminal.press("right")
    terminal.wait_for(f"as  {then}")
    at_send_box(terminal)


def test_a_used_port_is_explained_and_a_key_takes_a_free_one() -> None:
    with listening() as holder, Terminal("-l", str(holder.getsockname()[1]), size=ONE_PANE) as terminal:
        terminal.wait_for("EADDRINUSE", "listening) is held by python", "u takes a free port", "Take a free port")
        terminal.press("u")
        terminal.wait_for("waiting", "listening")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 1, "what the command line asked for was another port"


def test_an_address_of_the_other_family_is_explained_and_the_program_exits_with_1() -> None:
    """The resolver says no without asking anybody."""
    with Terminal("-6", "127.0.0.1", "80", size=ONE_PANE) as terminal:
        terminal.wait_for("other family", "EAI_ADDRFAMILY", "another family than asked for")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 1
