"""The contract with Textual's internals holds at both ends of the range of versions that the package allows."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.house.test_checks import ROOT

CONTRACT = "tests/ui/terminal/test_textual_internals.py"
DECLARED = next(
    one
    for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    if one.startswith("textual")
)


def lowest() -> str:
    """The oldest version of the range, exactly."""
    found = re.search(r">=([0-9.]+)", DECLARED)
    assert found, DECLARED
    return f"textual=={found.group(1)}.0"


def installed(wanted: str, folder: Path) -> bool:
    """Put a version of Textual into a folder; False where nothing can be fetched."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
    return subprocess.run([*pip, "--target", str(folder), wanted], capture_output=True, check=False).returncode == 0


@pytest.mark.timeout(180)
@pytest.mark.parametrize("wanted", [lowest(), DECLARED], ids=["lowest", "latest"])
def test_the_contract_holds(tmp_path: Path, wanted: str) -> None:
    if not installed(wanted, tmp_path):
        assert "CI" not in os.environ, f"{wanted} cannot be installed"
        pytest.skip("no package can be fetched here")
    if (tmp_path / f"textual-{version('textual')}.dist-info").exists():
        return  # with that one the contract is checked beside all other tests
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", CONTRACT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
