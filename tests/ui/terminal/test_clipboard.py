"""Copying: what is said of the file beside the clipboard."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from textual.app import App

from sockscope.ui.terminal import clipboard
from sockscope.ui.terminal.clipboard import LONGEST, copy


def test_what_is_copied_also_stands_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    said = copy(App(), "one\ntwo")
    (path,) = tmp_path.iterdir()
    assert said == f"copied 2 lines, also into {path}" and path.read_text() == "one\ntwo\n"


def test_where_no_folder_can_be_written_to_it_is_copied_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def gettempdir() -> NoReturn:
        raise FileNotFoundError(2, "No usable temporary directory found in ['FOREIGN']")

    monkeypatch.setattr(tempfile, "gettempdir", gettempdir)
    app: App[None] = App()
    assert copy(app, "one") == "copied 1 line; no file beside it: no such file or directory (ENOENT)"
    assert app.clipboard == "one"


def test_a_folder_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert copy(App(), "one") == "copied 1 line; no file beside it: no such file or directory (ENOENT)"


def test_what_is_too_long_for_a_terminal_goes_into_the_file_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    app: App[None] = App()
    said = copy(app, "x" * (LONGEST + 1), "much")
    (path,) = tmp_path.iterdir()
    assert said == f"copied much, too long for a terminal's clipboard, into {path}"
    assert (app.clipboard, path.stat().st_size) == ("", LONGEST + 2)


@pytest.mark.parametrize(
    ("environment", "within"),
    [
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "screen-256color"}, True),
        ({"TERM": "tmux-256color"}, True),  # by ssh from within
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_within_tmux_it_is_said_past_it_too(
    environment: dict[str, str], within: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("TMUX", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written: list[str] = []
    monkeypatch.setattr(clipboard, "write_to_terminal", lambda app, sequence: written.append(sequence))
    copy(App(), "one")
    assert written == (["\x1bPtmux;\x1b\x1b]52;c;b25l\x07\x1b\\"] if within else [])


@pytest.mark.parametrize("there", [os.mkfifo, os.mkdir])
def test_what_stands_in_the_files_place_holds_nobody_up(
    there: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    there(tmp_path / f"sockscope-copied-{os.getuid()}.txt")
    assert copy(App(), "one").startswith("copied 1 line; no file beside it: ")


def test_a_file_that_was_there_is_written_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for text in ("a long text", "short"):
        copy(App(), text)
    (path,) = tmp_path.iterdir()
    assert path.read_text() == "short\n" and path.stat().st_mode & 0o777 == 0o600
