"""The main pane has the room: so many rows of bytes at each size, the others beside it or in a line each."""

import re
import socket

import pytest

from tests.end_to_end.terminal import DEADLINE_S, Terminal

ROWS = {(160, 48): 30, (120, 36): 18, (100, 30): 14, (80, 24): 10}
"""How many lines of 16 bytes are there at least, with one client connected."""

HEX_LINE = re.compile(r"│ [0-9a-f]{8} (?:[0-9a-f]{2} ?| ){24,}")
BYTES = bytes(range(256)) * 8


def hex_rows(screen: str) -> int:
    return len(HEX_LINE.findall(screen))


def one_client(terminal: Terminal) -> socket.socket:
    port = int(terminal.find(r"127\.0\.0\.1:([1-9]\d*)"))
    client = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
    client.sendall(BYTES)
    return client


@pytest.mark.parametrize("size", ROWS, ids=str)
def test_bytes_get_the_room_at_every_size(size: tuple[int, int]) -> None:
    with Terminal("-l", "127.0.0.1", "0", size=size) as terminal, one_client(terminal):
        terminal.wait_for("000007f0")
        terminal.wait(lambda: hex_rows(terminal.screen()) >= ROWS[size], f"{ROWS[size]} rows of 16 bytes")
        screen = terminal.screen()
        assert "Listen F4" in screen
        assert ("F2 Resolve  no lookup yet" in screen) is (size[0] < 120), "a line each where there is no room beside"
        assert ("─ Resolve F2 ─" in screen) is (size[0] >= 120)


def test_zoom_gives_the_pane_the_screen_then_its_traffic_then_all_again() -> None:
    with Terminal("-l", "127.0.0.1", "0", size=(120, 36)) as terminal, one_client(terminal):
        terminal.wait_for("000007f0", "─ Resolve F2 ─")
        rows = hex_rows(terminal.screen())
        terminal.press("f4", "esc", "z")
        terminal.wait_gone("─ Resolve F2 ─")
        terminal.wait_for("● 1 socket")
        terminal.press("z")
        terminal.wait_gone("● 1 socket")
        terminal.wait(lambda: hex_rows(terminal.screen()) >= rows + 5, "more rows than before")
        terminal.press("z")
        terminal.wait_for("─ Resolve F2 ─", "● 1 socket")
        terminal.wait(lambda: hex_rows(terminal.screen()) == rows, "as before")


@pytest.mark.parametrize("size", [(80, 24), (100, 30)], ids=str)
def test_zoom_takes_the_lines_of_the_other_panes_too(size: tuple[int, int]) -> None:
    with Terminal("-l", "127.0.0.1", "0", size=size) as terminal, one_client(terminal):
        terminal.wait_for("000007f0", "F2 Resolve  no lookup yet", "● socket ●")
        terminal.press("f4", "esc", "z")
        terminal.wait(lambda: terminal.screen().startswith("╭─ Listen F4"), "the pane from the first line on")
        terminal.wait_for("● socket ●", "z Traffic alone")
        terminal.wait(lambda: hex_rows(terminal.screen()) >= ROWS[size] + 2, "as many rows more as there were lines")
        terminal.press("z")
        terminal.wait_gone("● socket ●")
        terminal.wait(lambda: hex_rows(terminal.screen()) >= ROWS[size] + 5, "more rows than before")
        terminal.press("z")
        terminal.wait_for("F2 Resolve  no lookup yet", "● socket ●")


def test_the_steps_have_a_line_each_where_there_is_room_for_the_bytes_too() -> None:
    with Terminal("-l", "127.0.0.1", "0", size=(120, 36)) as terminal, one_client(terminal):
        terminal.wait_for("● 2 bind", "◐ 5 send/receive")
        terminal.press("f4", "esc", "v")
        terminal.wait_for("● listen ● accept ◐ send")
        terminal.press("v")
        terminal.wait_for("● 2 bind")


def test_on_a_low_screen_the_steps_are_one_line_while_all_is_well_and_unfold_on_a_failure_and_by_a_key() -> None:
    with Terminal("-l", "127.0.0.1", "0", size=(100, 30)) as terminal:
        terminal.wait_for("● 2 bind", "◐ 4 accept")
        with one_client(terminal):
            terminal.wait_for("● socket ● bind ● listen ● accept")
            terminal.wait_gone("● 2 bind")
            terminal.press("f4", "esc", "v")
            terminal.wait_for("● 2 bind")
            terminal.press("v")
            terminal.wait_gone("● 2 bind")
    with Terminal("127.0.0.1", "1", size=(100, 30)) as terminal:
        terminal.wait_for("✗ 3 connect", "refused")


def test_what_lives_in_the_other_panes_has_a_line_each() -> None:
    with Terminal("-l", "127.0.0.1", "0", size=(100, 30)) as terminal, one_client(terminal):
        terminal.press("f2")
        terminal.wait_for("─ Resolve F2 ─")
        terminal.find(r"F4 Listen  (listening · 1 client · TCP 127\.0\.0\.1:\d+ · )")
        terminal.wait_for("F3 Connect  no connection yet")
        terminal.click("F4 Listen")
        terminal.wait_for("─ Listen F4 ─", "F2 Resolve  no lookup yet")
