"""Reading bytes: selected with the keyboard, copied through the terminal and tmux, and the mouse given back."""

import base64
import re
import socket
import subprocess
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.conftest import wait_until
from tests.end_to_end.peers import V4_PORT, connected_to, go_to_traffic
from tests.end_to_end.terminal import ONE_PANE, PROGRAM, Terminal
from tests.engine.loopback import V4

HELLO = b"\x01\x02hello\xff\x00"


def test_selected_bytes_are_told_as_numbers_and_reach_the_terminals_clipboard(tmp_path: Path) -> None:
    with Terminal("-l", V4, "0", size=ONE_PANE, cwd=tmp_path) as terminal, closing(connected_to(terminal)) as client:
        client.sendall(HELLO)
        terminal.wait_for("01 02 68")
        go_to_traffic(terminal)
        terminal.press("g", "shift+right", "shift+right")
        terminal.wait_for("2 bytes received, from 0 (0x0)", "u16  258         513", "CRC-16/MODBUS")
        terminal.press("shift+end", "y")
        terminal.wait_for("copied 9 bytes received, as dump")
        (path,) = tmp_path.glob("sockscope-copied-*.txt")
        text = path.read_text().removesuffix("\n")
        assert text.split() == ["00000000", *HELLO.hex(" ").split(), "..hello.."]
        assert b"\x1b]52;c;" + base64.b64encode(text.encode()) in terminal.raw()


def test_within_tmux_the_copy_reaches_its_buffer(tmp_path: Path, peer_program: Callable[[str], str]) -> None:
    tmux = (peer_program("tmux"), "-L", f"sockscope-{uuid.uuid4().hex}", "-f", "/dev/null")

    def ask(*words: str) -> str:
        return subprocess.run([*tmux, *words], capture_output=True, text=True, timeout=10, check=False).stdout

    window = ("env", f"TMPDIR={tmp_path}", *PROGRAM, "-l", V4, "0")
    ask(
        "start-server",
        ";",
        "set",
        "-g",
        "set-clipboard",
        "on",
        ";",
        "new-session",
        "-d",
        "-x",
        "100",
        "-y",
        "40",
        *window,
    )
    try:
        wait_until(lambda: re.search(V4_PORT, ask("capture-pane", "-p")))
        port = int(re.findall(V4_PORT, ask("capture-pane", "-p"))[0])
        with socket.create_connection((V4, port)) as client:
            client.sendall(b"through tmux\n")
            wait_until(lambda: "│ through tmux" in ask("capture-pane", "-p"))
            ask("send-keys", "Tab")
            wait_until(lambda: (ask("send-keys", "y"), "through tmux" in ask("show-buffer"))[1])
    finally:
        ask("kill-server")


def test_the_mouse_is_the_terminals_where_that_is_wanted() -> None:
    with Terminal("--no-mouse") as terminal:
        terminal.wait_for("Resolve F2")
        assert b"\x1b[?1000h" not in terminal.raw()
        terminal.press("esc", "f8")
        terminal.wait_for("the mouse is ours again")
        assert b"\x1b[?1000h" in terminal.raw()
        terminal.press("f8")
        terminal.wait_for("the mouse is the terminal's")
        assert terminal.raw().rindex(b"\x1b[?1000l") > terminal.raw().rindex(b"\x1b[?1000h")
