"""What the engine imports only when it is needed can be imported beforehand."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import sockscope
from sockscope.engine.imports import LATER

ROOMS = [Path(sockscope.__path__[0]) / room for room in ("net", "request", "record", "engine")]

AFTERWARDS = """
import sys
from sockscope.engine import engine, imports
for step in imports.steps(): step()
before = set(sys.modules)
import dns.rdata, dns.rdataclass, dns.rdatatype
[dns.rdata.get_rdata_class(dns.rdataclass.IN, type) for type in (*dns.rdatatype.RdataType, 999)]
"b\u00fccher".encode("idna"), "b\u00fccher".encode("punycode")
from sockscope.engine.stream.layers.self_signed import make_self_signed
make_self_signed(["localhost"])
print(*sorted(set(sys.modules) - before))
"""


def imported_in_functions() -> Iterator[str]:
    """The modules that functions of the engine import, of the package `x` also what is imported from it."""
    for path in (path for room in ROOMS for path in room.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and node.module:
                        yield from (f"{node.module}.{alias.name}" for alias in node.names)
                    elif isinstance(node, ast.Import):
                        yield from (alias.name for alias in node.names)


def test_everything_that_is_imported_late_is_in_the_list() -> None:
    found = set(imported_in_functions())
    assert "dns.rdatatype" in found
    missing = [name for name in found if not {name, name.rpartition(".")[0]} & {*LATER, "dns", "ctypes"}]
    assert missing == ["sockscope.net.idna.idna_2008"]  # by the list's own module


def test_after_the_steps_nothing_is_left_to_import() -> None:
    ran = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == []
