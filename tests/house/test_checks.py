"""The checks that need no running program: style, types, and who may import whom."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


NO_TERMINAL = ("net/value", "request/lookup", "record/fact", "engine/names", "show/units", "store/library")
NO_TERMINAL += ("session", "demo", "report/json_lines")
"""One of each room that knows of no terminal."""


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("mypy", "--cache-dir", ".mypy_cache/darwin", "--platform", "darwin"),
        ("lint-imports", "--no-cache"),
    ],
    ids=lambda command: command[0] + " " + command[-1],
)
@pytest.mark.timeout(180)
def test_check_passes(command: tuple[str, ...]) -> None:
    done = run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("net/address.py", "import sockscope.request.connect"),
        ("request/connect.py", "import sockscope.record.conversation"),
        ("request/lookup.py", "import sockscope.engine.engine"),
        ("request/tls.py", "import ssl"),
        ("record/tape.py", "import sockscope.show.sanitizer"),
        ("record/recorder.py", "import sockscope.engine.engine"),
        ("engine/engine.py", "import sockscope.session"),
        ("engine/dial/dial.py", "import sockscope.show.explain.errors"),
        ("show/lines.py", "import sockscope.engine.stream.stream"),
        ("show/steps.py", "import sockscope.record.recorder"),
        ("show/lines.py", "import sockscope.store.library"),
        ("show/lookup/pages.py", "import sockscope.report.json_lines"),
        ("store/library.py", "import sockscope.show.sanitizer"),
        ("session.py", "import sockscope.show.sanitizer"),
        ("session.py", "import sockscope.arguments"),
        ("demo.py", "import sockscope.ui.app"),
        ("report/json_lines.py", "import sockscope.engine.stream.stream"),
        ("report/json_front.py", "import sockscope.ui.widgets.line"),
        ("ui/app.py", "import sockscope.arguments"),
        ("ui/app.py", "import sockscope.engine.stream.stream"),
        ("ui/widgets/line.py", "import sockscope.ui.screens.sheet"),
        ("ui/screens/sheet.py", "import sockscope.ui.panes.listen"),
        ("ui/panes/listen.py", "import sockscope.ui.panes.connect"),
        ("ui/panes/pane.py", "import sockscope.ui.app"),
        ("ui/terminal/keyboard.py", "import sockscope.ui.widgets.line"),
        ("ui/widgets/line.py", "import socket"),
        ("show/sanitizer.py", "import selectors"),
        *((f"{place}.py", "import textual") for place in NO_TERMINAL),
        ("record/fact.py", "import rich"),
    ],
)
def test_planted_violation_of_an_import_rule_is_caught(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "sockscope", tmp_path / "sockscope", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "sockscope" / module
    planted.write_text(planted.read_text() + f"\n{line}\n")
    done = run(str(BIN / "python"), "-c", "from importlinter.cli import lint_imports_command as c; c()", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_the_readme_and_ci_give_the_same_test_command() -> None:
    command = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert command.endswith("pytest")
    assert command in (ROOT / "README.md").read_text()
