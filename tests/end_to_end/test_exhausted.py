"""Nothing is left: no descriptor, nowhere to write, no space. Every key is answered, and what failed is said."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.bindings import PLACES, assert_it_answers, classes_with_keys, press_every_key_of
from tests.end_to_end.peers import AT_SEND_BOX, SAVE, at_send_box, go_to_address
from tests.end_to_end.terminal import DEADLINE_S, ONE_PANE, PROGRAM, Terminal
from tests.engine.loopback import in_a_network_of_its_own, listening, read_exactly

DESCRIPTORS = 40
LOW = (100, 24)
"""One pane at a time, and little to draw for each of many keys."""

NOT_DONE = ("not done", "Traceback", "Something inside")


def test_every_class_with_keys_has_a_place_where_they_are_pressed() -> None:
    assert {name for place in PLACES for name in place.classes} == set(classes_with_keys())


@dataclass
class Exhausted:
    """The program, the peer of its connection, and the clients that keep it without a descriptor."""

    terminal: Terminal
    peer: socket.socket
    clients: ExitStack


@contextmanager
def without_descriptors(size: tuple[int, int] = ONE_PANE) -> Iterator[Exhausted]:
    """The program with one connection, one lookup, and as many clients as take all the descriptors it may have."""
    limited = ("/bin/sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *PROGRAM)
    with (
        ExitStack() as clients,
        Terminal("-l", "127.0.0.1", "0", size=size, program=limited) as terminal,
        listening() as server,
    ):
        port = int(terminal.find(r"127\.0\.0\.1:([1-9]\d*)"))
        terminal.wait(lambda: b"/_ctypes." in maps(terminal), "everything is imported")
        go_to_address(terminal, "f3", f"127.0.0.1:{server.getsockname()[1]}")
        at_send_box(terminal)
        look_up(terminal, "localhost")
        terminal.wait_for('getaddrinfo("localhost"', "row ")
        terminal.press("f4")
        for _ in range(2 * DESCRIPTORS):
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S))
        terminal.wait_for("accepting is paused", "EMFILE")
        with closing(server.accept()[0]) as peer:
            peer.settimeout(DEADLINE_S)
            yield Exhausted(terminal, peer, clients)


def maps(terminal: Terminal) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{terminal.process.pid}/maps").read_bytes()
    return b""


def look_up(terminal: Terminal, name: str) -> None:
    terminal.press("f2", "esc", "a")
    terminal.wait_for("Options", "Resolve F2")
    terminal.press("end", "ctrl+u")
    terminal.paste(name)
    terminal.wait_for(name)
    terminal.press("enter")


def assert_all_was_done(terminal: Terminal) -> None:
    assert [words for words in NOT_DONE if words in terminal.screen()] == []


def test_without_a_descriptor_every_verb_says_what_cannot_be_done() -> None:
    with without_descriptors() as exhausted:
        terminal = exhausted.terminal
        terminal.press("esc", "y")
        terminal.wait_for("no file beside it:", "is left (")
        terminal.press("x")
        terminal.wait_for("not exported: no descriptor is left")
        save_the_address(terminal, "f4")
        terminal.wait_for("not saved: ", "Too many open files")
        terminal.press("esc", "esc")
        terminal.press("ctrl+p")
        terminal.wait_for("Search for commands")
        terminal.type("help")
        terminal.wait_for("Keys and words,")
        terminal.press("esc")
        terminal.wait_gone("Keys and words,")

        go_to_address(terminal, "f3", "127.0.0.1:1")
        terminal.wait_for("EMFILE")
        go_to_address(terminal, "f4", "127.0.0.1:0")
        terminal.wait_for("bind", "EMFILE")
        go_to_address(terminal, "f4", "tls://127.0.0.1:0")
        terminal.wait_for("certificate cannot be written")
        look_up(terminal, "example.test @127.0.0.1:1 TYPE99")
        terminal.wait_for("EMFILE", " DNS ")
        assert_it_answers(terminal)
        assert_all_was_done(terminal)


def test_without_a_descriptor_text_is_sent_and_a_file_is_once_there_is_one_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"of the file")
    with without_descriptors() as exhausted:
        terminal = exhausted.terminal
        go_to_send_box_by_keys(terminal)
        terminal.press("one", "enter")
        assert read_exactly(exhausted.peer, 4) == b"one\n"

        terminal.press("tab")
        terminal.wait_gone(AT_SEND_BOX)
        terminal.press("left")
        terminal.wait_for("as  file")
        go_to_send_box_by_keys(terminal)
        terminal.paste(str(path))
        terminal.press("enter")
        terminal.wait_for("the file cannot be read: Too many open files")

        exhausted.clients.close()
        terminal.press("f4")
        terminal.wait_for("─ Listen F4 ─", " listening · ")
        go_to_send_box_by_keys(terminal)
        terminal.press("enter")  # what could not be sent was kept
        assert read_exactly(exhausted.peer, 11) == b"of the file"
        assert_it_answers(terminal)
        assert_all_was_done(terminal)


def go_to_send_box_by_keys(terminal: Terminal) -> None:
    terminal.press("f3", "esc", "i")
    terminal.wait_for(AT_SEND_BOX)


def press_every_key(terminal: Terminal) -> None:
    for place in PLACES:
        press_every_key_of(terminal, place)
    assert_it_answers(terminal)


@pytest.mark.timeout(180)
def test_without_a_descriptor_every_key_is_answered() -> None:
    with without_descriptors(LOW) as exhausted:
        press_every_key(exhausted.terminal)
        quit_it(exhausted.terminal)


def quit_it(terminal: Terminal) -> None:
    terminal.press("f4", "ctrl+q")
    terminal.wait(lambda: "Quit?" in terminal.screen() or not terminal.alive(), "asks, or ends")
    with suppress(OSError):
        terminal.press("enter")
    assert terminal.wait_exit() == 0
    assert b"Traceback" not in terminal.raw()


def in_a_namespace(*setup: str) -> tuple[str, ...]:
    unshare, *rest = in_a_network_of_its_own("ip link set lo up", *setup)
    return (str(shutil.which(unshare)), *rest, *PROGRAM)


@pytest.mark.timeout(180)
def test_with_nowhere_to_write_every_key_is_answered(tmp_path: Path, configuration: Path) -> None:
    folders = f"/tmp /var/tmp /usr/tmp {tmp_path} {configuration}"
    read_only = f"for f in {folders}; do test ! -d $f || {{ mount --bind $f $f; mount -o remount,ro,bind $f; }}; done"
    program = in_a_namespace(read_only, f"cd {tmp_path}")
    with Terminal("--demo", size=LOW, cwd=tmp_path, program=program) as terminal:
        terminal.press("f4")
        terminal.wait_for("2 clients")
        press_every_key(terminal)
        terminal.press("f3", "esc", "y")
        terminal.wait_for("no file beside it")
        terminal.press("x")
        terminal.wait_for("not exported: read-only file system")
        save_the_address(terminal)
        terminal.wait_for("not saved: Read-only file system")
        terminal.press("esc")
        quit_it(terminal)
    assert list(tmp_path.iterdir()) == []


def save_the_address(terminal: Terminal, pane: str = "f3") -> None:
    terminal.press(pane, "esc", "a", SAVE)
    terminal.wait_for("─ Save ─", "Under which it is found")
    terminal.type("mine")
    terminal.press("enter")


def test_without_space_copying_exporting_and_saving_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    program = in_a_namespace(f"mount -t tmpfs -o size=256k small {tmp_path}", f"cd {tmp_path}")
    with Terminal("--demo", size=ONE_PANE, cwd=tmp_path, program=program) as terminal:
        terminal.press("f3")
        terminal.wait_for("127.0.0.1:", "connected")
        terminal.press("esc", "y")
        terminal.wait_for("copied 1 line, also into")
        left = Path(f"/proc/{terminal.process.pid}/root{tmp_path}")
        fill(left)
        terminal.press("y")
        terminal.wait_for("no file beside it:", "device (ENOSPC)")
        terminal.press("x")
        terminal.wait_for("not exported: no space left on device")
        save_the_address(terminal)
        terminal.wait_for("not saved: No space left on device")
        terminal.press("esc")
        assert_it_answers(terminal)
        assert_all_was_done(terminal)
        assert {path.name for path in left.glob("*.txt")} == set()


def fill(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(OSError, match="No space left"), (folder / "all").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
