"""The checks that need no running program: style, types, and who may import whom."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


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
        ("net/tape.py", "import sockscope.show.safe"),
        ("show/safe.py", "import textual"),
        ("net/fact.py", "import rich"),
        ("ui/line.py", "import socket"),
        ("ui/listen_pane.py", "import sockscope.ui.connect_pane"),
        ("show/lines.py", "import sockscope.net.stream"),
        ("request/settings.py", "import sockscope.net.engine"),
        ("request/listen.py", "import sockscope.net.responder"),
        ("request/tls.py", "import sockscope.net.tls"),
        ("request/tls.py", "import ssl"),
        ("request/connect.py", "import sockscope.show.safe"),
        ("request/lookup.py", "import sockscope.session"),
        ("request/lookup.py", "import textual"),
        ("session.py", "import textual"),
        ("session.py", "import sockscope.show.safe"),
        ("session.py", "import sockscope.arguments"),
        ("demo.py", "import sockscope.ui.app"),
        ("show/safe.py", "import sockscope.session"),
        ("net/engine.py", "import sockscope.session"),
        ("report/json_lines.py", "import textual"),
        ("report/json_front.py", "import sockscope.ui.line"),
        ("report/json_lines.py", "import sockscope.net.stream"),
        ("show/lines.py", "import sockscope.report.json_lines"),
        ("ui/app.py", "import sockscope.report.json_lines"),
        ("show/steps.py", "import sockscope.net.recorder"),
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
