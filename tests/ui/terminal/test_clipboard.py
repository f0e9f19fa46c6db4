"""Copying: what is said of the file beside the clipboard."""

import tempfile
from pathlib import Path
from typing import NoReturn

import pytest
from textual.app import App

from sockscope.ui.terminal.clipboard import copy


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
