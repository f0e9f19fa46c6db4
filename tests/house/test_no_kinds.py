"""No view asks what kind a socket is: each asks for the one property that it needs (`net.socket_kind`).

Looked for is whatever tells kinds apart by their names: the schemes people write, the titles, the rows of the table.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sockscope.net.socket_kind import SCHEMES
from tests.house.test_checks import ROOT

TABLE = "sockscope.net.socket_kind"
NAMES = {name.lower() for name in (*SCHEMES, *(kind.title for kind in SCHEMES.values()))}
SORTING = {"startswith", "endswith", "removeprefix", "removesuffix", "index", "count", "find", "fullmatch", "match"}
MAY_IMPORT = {"SCHEMES", "SocketKind"}
"""The table, to look a kind up by its name, and the type; a single row serves only to be compared with."""


def _names_kind(node: ast.expr, constants: dict[str, ast.expr]) -> bool:
    """Whether an operand is a name of a kind, or several of which one is."""
    if isinstance(node, ast.Name) and node.id in constants:
        node = constants[node.id]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_names_kind(element, constants) for element in node.elts)
    if isinstance(node, ast.Call):  # frozenset({"udp"}), set(("udp",))
        return any(_names_kind(argument, constants) for argument in node.args)
    if isinstance(node, ast.Subscript):  # SCHEMES["udp"]
        return isinstance(node.value, ast.Name) and node.value.id == "SCHEMES"
    return isinstance(node, ast.Constant) and str(node.value).lower() in NAMES


def _asks(node: ast.AST, constants: dict[str, ast.expr]) -> bool:
    """Whether a node tells kinds apart."""
    if isinstance(node, ast.ImportFrom) and node.module == TABLE:
        return not {alias.name for alias in node.names} <= MAY_IMPORT
    if isinstance(node, ast.ImportFrom) and node.module == TABLE.rpartition(".")[0]:
        return any(f".{alias.name}" == TABLE[-len(alias.name) - 1 :] for alias in node.names)
    if isinstance(node, ast.Import):
        return any(alias.name == TABLE for alias in node.names)
    if isinstance(node, ast.Compare):
        return any(_names_kind(operand, constants) for operand in (node.left, *node.comparators))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SORTING:
        return any(_names_kind(argument, constants) for argument in (node.func.value, *node.args))
    if isinstance(node, ast.MatchValue):
        return _names_kind(node.value, constants)
    if isinstance(node, ast.Dict):
        return sum(key is not None and _names_kind(key, constants) for key in node.keys) > 1
    return False


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of the names that a module gives once, at its top."""
    assigned = (node for node in tree.body if isinstance(node, ast.Assign))
    return {name.id: node.value for node in assigned for name in node.targets if isinstance(name, ast.Name)}


def kinds_asked(source: str) -> list[int]:
    """The lines of a module that ask what kind a socket is."""
    tree = ast.parse(source)
    constants = _constants(tree)
    return sorted({_line(node) for node in ast.walk(tree) if _asks(node, constants)})


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _views() -> Iterator[Path]:
    for room in ("show", "report", "ui"):
        yield from sorted((ROOT / "sockscope" / room).rglob("*.py"))


def test_no_view_asks_what_kind_a_socket_is() -> None:
    views = list(_views())
    assert len(views) > 80
    found = [f"{path.relative_to(ROOT)}:{line}" for path in views for line in kinds_asked(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'datagrams = target.kind in ("udp", "unixgram")',
        'secured = target.kind == "tls"',
        'plain = "tcp" != target.kind',
        'local = target.kind.startswith("unix")',
        'title = leg.transport.title == "UNIX stream"',
        'local = leg.transport is SCHEMES["unix"]',
        'local = "udp".startswith(target.kind)',
        '_LOCAL = ("unix", "unixgram")\nlocal = target.kind in _LOCAL',
        '_UDP = "udp"\ndatagrams = target.kind == _UDP',
        'local = target.kind in frozenset(("unix", "unixgram"))',
        'word = {"tcp": "connect", "udp": "send to it"}[target.kind]',
        'match target.kind:\n    case "udp" | "unixgram":\n        pass',
        "from sockscope.net.socket_kind import UDP",
        "from sockscope.net import socket_kind",
        "import sockscope.net.socket_kind",
    ],
)
def test_a_planted_question_is_found(planted: str) -> None:
    victim = (ROOT / "sockscope" / "show" / "steps.py").read_text()
    assert kinds_asked(f"{victim}\n{planted}\n")
    assert not kinds_asked(victim)


@pytest.mark.parametrize(
    "harmless",
    [
        "from sockscope.net.socket_kind import SCHEMES, SocketKind",
        "optional = not SCHEMES[kind.value].connection_oriented",
        'settled["tls"] == "yes"',
        'entry = Entry("tls", "TLS", "Speak TLS over a stream")',
        'known = {"tls": "TLS:"}',
        "choice = Choice('as', tuple(SCHEMES))",
        "record.kind is EntryKind.FACT",
    ],
)
def test_what_asks_for_no_kind_is_let_through(harmless: str) -> None:
    assert not kinds_asked(harmless)
