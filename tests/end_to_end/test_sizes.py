"""Any size of the window, and any keys: the program stays alive and usable."""

import random
from pathlib import Path

from tests.end_to_end.terminal import KEYS, Terminal

PANES = {"f2": ("─ Resolve F2 ─", "getaddrinfo"), "f3": ("─ Connect F3 ─", "connected"), "f4": ("─ Listen F4 ─",)}
"""The keys of the panes, and words that stand there only while there is room for them."""

SMALL = ((40, 10), (20, 5), (1, 1), (2, 40), (300, 1))


def test_every_pane_is_reached_by_key_and_by_click_where_one_fits() -> None:
    with Terminal("--demo", size=(80, 24)) as terminal:
        terminal.wait_for("─ Listen F4 ─", "connected")
        assert "─ Connect F3 ─" not in terminal.raw().decode(), "no frame shows what has no room at this size"
        for key, words in PANES.items():
            terminal.press(key)
            terminal.wait_for(*words)
        for key, words in PANES.items():
            terminal.click(f"{key.upper()} {words[0].split()[1]}  ")
            terminal.wait_for(*words)


def test_any_size_and_back() -> None:
    everything = [word for words in PANES.values() for word in words]
    with Terminal("--demo", size=(160, 48)) as terminal:
        terminal.wait_for(*everything)
        for size in SMALL:
            before = len(terminal.raw())
            terminal.resize(*size)
            terminal.press(*PANES, "tab", "down", "f1", "esc")
            terminal.wait(lambda before=before: len(terminal.raw()) > before, f"something is drawn at {size}")
        terminal.resize(120, 36)
        terminal.wait_for(*everything)


def test_a_flood_of_keys_does_not_bring_it_down(tmp_path: Path) -> None:
    """Left out: Enter (no name shall be looked up that nobody meant), quitting, and Textual's palette."""
    chance = random.Random(41)
    known = [code for name, code in KEYS.items() if name not in ("enter", "ctrl+q", "ctrl+p")]
    strange = [
        "\x1b[999;1H",
        "\x1b[<0;500;500M",
        "\x1b[<65;60;20M",
        "\x1b[I",
        "\x1b[1;5A",
        "\x1b]11;rgb:0/0\x07",
        "é漢👍",
    ]
    with Terminal("--demo", cwd=tmp_path) as terminal:
        terminal.wait_for("listening", "connected")
        for place in PANES:
            printable = [chr(chance.randrange(32, 127)) for _ in range(200)]
            keys = printable + chance.choices(known, k=100) + chance.choices(strange, k=20)
            terminal.press(place, *chance.sample(keys, len(keys)))
        terminal.press("ctrl+q")
        assert terminal.wait_exit(deadline_s=30) == 0
        assert b"sockscope: " not in terminal.raw()


def test_bytes_that_are_no_utf_8_do_not_bring_it_down() -> None:
    """A terminal with another encoding, or a broken paste, sends them."""
    with Terminal("--demo") as terminal:
        terminal.wait_for("listening", "connected")
        terminal.type(b"caf\xe9 \xff\xfe\xc0\xaf")
        terminal.press("f1")
        terminal.wait_for("Esc closes")
