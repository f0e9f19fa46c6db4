"""The engine runs without the terminal."""

import subprocess
import sys

CODE = (
    "import sys, sockscope.net.engine; print(*sorted({'textual', 'rich', 'sockscope.net.engine'} & set(sys.modules)))"
)


def test_a_fresh_interpreter_that_imports_the_engine_has_no_textual_and_no_rich() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.split() == ["sockscope.net.engine"]
