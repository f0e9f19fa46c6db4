"""The documents say what the tables say, and every link in them leads somewhere."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from sockscope.request.settings import SETTINGS
from sockscope.ui.keys.table import TABLE

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
_LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#([^)]*))?\)")
_CODE = re.compile(r"```.*?```", re.DOTALL)


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_keys_and_options_are_those_of_the_program(tables: ModuleType) -> None:
    for name, made in (("keys.md", tables.keys()), ("options.md", tables.options())):
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == made, "python docs/tables.py writes them anew"


def test_every_key_and_every_option_has_a_line(tables: ModuleType) -> None:
    rows = [line for line in tables.keys().splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(place.keys) for place in TABLE)
    flags = {name for setting in SETTINGS for flag in setting.flags for name in flag.names}
    assert flags and all(f"`{flag}" in tables.options() for flag in flags)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    for target, _ in _LINK.findall(text):
        assert "://" in target or (document.parent / target).exists(), target


def test_the_readme_is_read_in_a_moment() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < 900
