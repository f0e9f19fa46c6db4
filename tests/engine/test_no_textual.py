"""The engine runs without the terminal."""

import subprocess
import sys

ROOMS = "sockscope.engine.engine, sockscope.session, sockscope.report.json_front"
CODE = f"import sys, {ROOMS}; print(*sorted({{'textual', 'rich', 'sockscope.engine.engine'}} & set(sys.modules)))"


def test_a_fresh_interpreter_that_imports_engine_session_and_report_has_no_textual_and_no_rich() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.split() == ["sockscope.engine.engine"]
