"""What the package says of itself is what packaging tools read today (PEP 639)."""

import tomllib

from tests.house.test_checks import ROOT


def test_the_licence_is_an_spdx_expression_with_its_file() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert told["project"]["license"] == "MIT"
    assert told["project"]["license-files"] == ["LICENSE"]
    assert "MIT License" in (ROOT / "LICENSE").read_text()
    assert not [one for one in told["project"].get("classifiers", []) if one.startswith("License ::")]


def test_the_build_knows_licence_expressions() -> None:
    (needed,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    name, _, least = needed.partition(">=")
    assert (name, int(least) >= 77) == ("setuptools", True)
