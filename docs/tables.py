"""Write docs/keys.md and docs/options.md anew, from the table of the keys and the table of the settings.

`python docs/tables.py`; a test holds that what stands there is what they say.
"""

from collections.abc import Iterable
from pathlib import Path

from sockscope.request.setting import For, Group, Setting
from sockscope.request.settings import SETTINGS
from sockscope.ui.keys.table import TABLE

DOCS = Path(__file__).parent

_KEYS = """\
# Keys

Where the keys work, from the table that the program itself goes by (`sockscope/ui/keys/table.py`): the footer shows
those that do something now, `F1` opens the help at the place where one is, and `ctrl+p` offers them by name. A key
works in the places within its own too. In a field letters are text.
"""

_OPTIONS = """\
# Options

What can be settled, on the command line and on the sheets that `o` opens, from the table that both are made of
(`sockscope/request/settings.py`). Which request an option is for stands behind it; another one says so, and nothing is
opened. Beside these there are `-s ADDRESS` and `-p PORT` (connect from there; with `-l` listen there), `-l`, `-u`,
`-U`, `-k`, `--demo`, `--plain` and `--json` (see the [README](../README.md)), `--help` and `--version`.
"""


def keys() -> str:
    """Return docs/keys.md."""
    parts = [_KEYS]
    for place in TABLE:
        parts.append(f"\n## {place.title}\n\n| keys | what they do |\n|---|---|\n")
        parts += [f"| {_code(key.keys_written)} | {_cell(key.said)} |\n" for key in place.keys]
    return "".join(parts)


def options() -> str:
    """Return docs/options.md."""
    parts = [_OPTIONS]
    for group in Group:
        rows = [setting for setting in SETTINGS if setting.group is group]
        if rows:
            parts.append(f"\n## {group.value.capitalize() if group.value.islower() else group.value}\n\n")
            parts.append("| setting | on the command line | what it does | usually | for |\n|---|---|---|---|---|\n")
            parts += [_option(setting) for setting in rows]
    return "".join(parts)


def _option(setting: Setting[object]) -> str:
    flags = [f"{name} {flag.metavar}".strip() for flag in setting.flags for name in flag.names]
    whom = ", ".join(request.value for request in setting.requests if request is not For.PROGRAM) or "all"
    usual = f"`{_cell(setting.text)}`" if setting.text else "–"
    cells = (_cell(setting.label), _code(flags) or "–", _cell(setting.help), usual, whom)
    return f"| {' | '.join(cells)} |\n"


def _code(texts: Iterable[str]) -> str:
    return " ".join(f"`{_cell(text)}`" for text in texts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write both."""
    (DOCS / "keys.md").write_text(keys(), encoding="utf-8")
    (DOCS / "options.md").write_text(options(), encoding="utf-8")


if __name__ == "__main__":
    main()
