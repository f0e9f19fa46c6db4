"""What a peer sends or somebody pastes is drawn as text: the terminal gets our own sequences and no others."""

import re
from contextlib import closing

from tests.end_to_end.peers import at_send_box, connected_to, go_to_traffic
from tests.end_to_end.terminal import DEADLINE_S, FRAME, ONE_PANE, Terminal
from tests.engine.loopback import listening

SEQUENCES = {
    "write the clipboard (OSC 52)": "\x1b]52;c;Q0xJUEJPQVJE\x07",
    "set the title (OSC 0)": "\x1b]0;TITLE\x07",
    "set the title (OSC 2, ST)": "\x1b]2;TITLE\x1b\\",
    "make a link (OSC 8)": "\x1b]8;;http://LINK\x1b\\",
    "move the cursor": "\x1b[0031;0007H",
    "clear the screen": "\x1b[02J",
    "leave our screen": "\x1b[?01049l",
    "ask what the terminal is": "\x1b[0c",
    "device control (DCS)": "\x1bPDEVICE\x1b\\",
    "application command (APC)": "\x1b_APPLICATION\x1b\\",
    "reset": "\x1bc",
    "a C1 introducer (CSI)": "\x9b02J",
    "a C1 command (OSC)": "\x9d0;TITLE\x9c",
    "bidi override": "\u202eright\u202c",
    "bidi isolate": "\u2066left\u2069",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufeff",
    "combining": "Z\u0300\u0301\u0302\u20dd",
    "tags and variation": "\U000e0041\ufe0f",
    "line separators": "\u2028\u2029",
}
MARKUP = "[/b][@click=app.quit]x[/][bold red]"
CONTROLS = "\x00\x07\x08\x0b\x0c\x0e\x0f\x7f\r"

# Styles, the cursor's place, modes, questions about modes, keyboard protocol, pointer shape, lines: Textual's own.
OURS = re.compile(r"\x1b\[[\d;]*[mH]|\x1b\[\?\d+(?:[hl]|\$p)|\x1b\[[<>]\d*u|\x1b\]22;[\w-]+\x07|\r\n")


def assert_only_our_own(terminal: Terminal) -> None:
    """No sequence of the payload, and nothing unprintable but our own sequences, went to the terminal."""
    written = terminal.raw().rpartition(FRAME[1])[0].decode("utf-8")
    assert [name for name, sequence in SEQUENCES.items() if sequence in written] == []
    assert sorted({c for c in OURS.sub("", written) if not c.isprintable() or "\u0300" <= c < "\u0370"}) == []
    assert terminal.alive()


def test_bytes_of_a_peer_never_act_on_the_terminal() -> None:
    payload = (
        MARKUP + "".join(SEQUENCES.values()) + CONTROLS
    ).encode() + b"\x9b31m\x9d0;RAW\x9c\xff\xc0\xaf\xed\xa0\x80"
    with Terminal("-l", "0", size=ONE_PANE) as terminal, closing(connected_to(terminal)) as client:
        client.sendall(payload + b"\n<END>")
        terminal.wait_for("<END>", "[/b]")
        go_to_traffic(terminal)
        for words in ("[@click=app.quit]x[/]", "<END>", f"= {len(payload) + 6}"):
            terminal.press("h")
            terminal.wait_for(words)
        assert_only_our_own(terminal)

        terminal.press("/")
        terminal.wait_for("find")
        terminal.press(rf"nowhere {MARKUP}\x1b]0;TITLE", "enter")
        terminal.wait_for("not found")
        assert_only_our_own(terminal)


FIELDS = {
    ("f2", "Resolve F2"): ("name ·", "service "),
    ("f3", "Connect F3"): ("host:port", "text to send"),
    ("f4", "Listen F4"): ("port or host:port", "text to send"),
}
"""The panes, and the hints in their empty fields."""


def test_what_is_pasted_or_typed_into_a_field_never_acts_on_the_terminal() -> None:
    with Terminal(size=ONE_PANE) as terminal:
        for (key, pane), hints in FIELDS.items():
            terminal.press(key)
            terminal.wait_for(pane)
            terminal.wait_quiet()
            for hint in hints:
                terminal.click(hint)
                terminal.type(MARKUP + "\u202e\u200b\x9b2J\u0301")
                terminal.paste(MARKUP + "".join(SEQUENCES.values()) + CONTROLS)
                terminal.wait_gone(hint)
                terminal.wait_quiet()  # the paste comes behind what was typed, and keys would come before it
                terminal.press("home", "enter")
            terminal.wait_quiet()
            assert_only_our_own(terminal)
            terminal.wait_for("[/b]")
        terminal.wait_for("not listening")


def test_a_paste_presses_no_keys() -> None:
    """Whatever it holds: what is sent is sent by a person."""
    with (
        listening() as server,
        Terminal("127.0.0.1", str(server.getsockname()[1]), size=ONE_PANE) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        at_send_box(terminal)
        terminal.paste("one\x1b]0;x\x07\rtwo\x1bOM")
        terminal.wait_for("one")
        terminal.press("end", "!")
        terminal.wait_for("!")
        terminal.press("enter")
        peer.settimeout(DEADLINE_S)
        sent = b""
        while b"!" not in sent:
            sent += peer.recv(1024)
        assert sent == "one␛]0;x\x07\ntwo␛OM!\n".encode(), "in one piece, when Enter was pressed"
