"""Only the recorder writes records: nobody else assigns to what a record holds."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sockscope

HOUSE = Path(sockscope.__file__).parent
RECORD = HOUSE / "record"
OWN_BOOKS = ("flow.py", "jobs.py", "tape.py", "tape_memory.py")
"""What keeps its own books behind its methods: counters, memory, and the slots of threads."""


CHANGES = ("add", "append", "appendleft", "clear", "discard", "extend", "pop", "popleft", "remove", "update")
"""Methods that change what they are called on."""


def fields() -> set[str]:
    """The fields of every record that can be changed."""
    found: set[str] = set()
    for path in RECORD.rglob("*.py"):
        if path.name not in OWN_BOOKS and "recorder" not in path.parts:
            for cls in ast.walk(ast.parse(path.read_text())):
                if isinstance(cls, ast.ClassDef) and not _frozen(cls):
                    found |= set(_fields(cls))
    return found


def _frozen(cls: ast.ClassDef) -> bool:
    if "NamedTuple" in map(ast.unparse, cls.bases):
        return True
    return any("frozen=True" in ast.unparse(one) for one in cls.decorator_list)


def _fields(cls: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(cls):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            yield node.attr


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def written(source: str, names: set[str]) -> list[str]:
    """Each place that assigns to, or deletes, one of these fields of something else than itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        target: ast.AST = node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            target = node.func.value
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value
        elif not (isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)):
            continue
        if isinstance(target, ast.Attribute) and target.attr in names and not _is_self(target.value):
            found.append(f"{node.lineno}: {ast.unparse(target)}")
    return found


def test_nobody_but_the_recorder_writes_a_record() -> None:
    names = fields()
    assert {"state", "attempts", "queued_bytes", "sent_bytes", "strays", "next_at_ns", "clients", "layers"} <= names
    others = [path for path in HOUSE.rglob("*.py") if RECORD not in path.parents]
    assert {str(path.relative_to(HOUSE)): found for path in others if (found := written(path.read_text(), names))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "conversation.state = State.FAILED",
        "self.conversation.error, x = 1, 2",
        "attempt.ended_at_ns += 1",
        "listener.clients[3] = client",
        "del self._listener.clients[3]",
        "lookup.remark: str = 'x'",
        "lookup.asked_for.add('x')",
        "conversation.facts.add(call)",
        "conversation.dialling.attempts.append(attempt)",
        "self.listener.clients.pop(3)",
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    assert written(planted, fields()) != []
