"""The checks that need no running program: style, types, and who may import whom."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


NO_TERMINAL = ["net/value", "request/resolve", "record/fact", "engine/names", "show/units", "store/library"]
NO_TERMINAL += ["session", "demo", "report/json_lines"]
"""One of each room that knows of no terminal."""


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        pytest.param(
            ("mypy", "--cache-dir", ".mypy_cache/darwin", "--platform", "darwin", "sockscope"), id="mypy darwin"
        ),
        ("lint-imports", "--no-cache"),
    ],
    ids=lambda command: command[0] + " " + command[-1],
)
@pytest.mark.timeout(180)
def test_check_passes(command: tuple[str, ...]) -> None:
    spared = ("--cache-dir", os.devnull) if command[0] == "mypy" and "CI" in os.environ else ()  # it never comes again
    done = run(str(BIN / command[0]), *command[1:], *spared)
    assert done.returncode == 0, done.stdout + done.stderr


DIRECT = re.compile(r"^-\s+(\S+) -> (\S+) \(l\.[^)]*\)\n(?!\s+\S+ -> )", re.MULTILINE)
"""A chain of a single import, as the check prints it."""

PLANTED = (
    ("net/address.py", "sockscope.request.connect"),
    ("request/connect.py", "sockscope.record.conversation"),
    ("request/resolve.py", "sockscope.engine.engine"),
    ("request/tls.py", "ssl"),
    ("record/tape.py", "sockscope.show.sanitizer"),
    ("record/recorder/recorder.py", "sockscope.engine.engine"),
    ("engine/engine.py", "sockscope.session"),
    ("engine/dial/dial.py", "sockscope.show.explain.errors"),
    ("show/traffic/lines.py", "sockscope.engine.stream.stream"),
    ("show/steps.py", "sockscope.record.recorder"),
    ("show/traffic/lines.py", "sockscope.store.library"),
    ("show/lookup/pages.py", "sockscope.report.json_lines"),
    ("store/library.py", "sockscope.show.sanitizer"),
    ("session.py", "sockscope.show.sanitizer"),
    ("session.py", "sockscope.arguments"),
    ("demo.py", "sockscope.ui.app"),
    ("report/json_lines.py", "sockscope.engine.stream.stream"),
    ("report/json_front.py", "sockscope.ui.widgets.line"),
    ("ui/app.py", "sockscope.arguments"),
    ("ui/app.py", "sockscope.engine.stream.stream"),
    ("ui/widgets/line.py", "sockscope.ui.screens.sheet"),
    ("ui/screens/sheet.py", "sockscope.ui.panes.listen"),
    ("ui/panes/listen.py", "sockscope.ui.panes.connect"),
    ("ui/panes/pane.py", "sockscope.ui.app"),
    ("ui/terminal/keyboard.py", "sockscope.ui.widgets.line"),
    ("ui/widgets/line.py", "socket"),
    ("show/sanitizer.py", "selectors"),
    *((f"{place}.py", "textual") for place in NO_TERMINAL),
    ("record/fact.py", "rich"),
)
"""A module of each room, and what it must not import."""


@pytest.fixture(scope="module")
def violations(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """The imports that the check calls wrong by themselves, in a tree with all of PLANTED in it."""
    tree = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "sockscope", tree / "sockscope", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for module, imported in PLANTED:
        assert (tree / "sockscope" / module).exists(), module
        with (tree / "sockscope" / module).open("a") as file:
            file.write(f"\nimport {imported}\n")
    done = run(str(BIN / "python"), "-c", "from importlinter.cli import lint_imports_command as c; c()", cwd=tree)
    assert done.returncode == 1, done.stdout + done.stderr
    return set(DIRECT.findall(done.stdout))


@pytest.mark.parametrize(("module", "imported"), PLANTED)
def test_planted_violation_of_an_import_rule_is_caught(
    violations: set[tuple[str, str]], module: str, imported: str
) -> None:
    importer = "sockscope." + module.removesuffix(".py").replace("/", ".")
    assert (importer, imported) in violations


def test_the_readme_and_ci_give_the_same_test_command() -> None:
    command = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert command.endswith("pytest")
    assert command in (ROOT / "README.md").read_text()
