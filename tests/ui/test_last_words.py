"""Whatever ends the program, one line says why: also where the screen never stood, and where no memory is left."""

import os
import pty
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import DEADLINE_S


def said(script: str) -> tuple[int, str]:
    """Run a script on a terminal of its own; give its exit status, and what stood there in the end."""
    master, slave = pty.openpty()
    try:
        program = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(program, stdin=slave, stdout=slave, stderr=slave) as ran:
            os.close(slave)
            written = b"".join(iter(lambda: _read(master), b""))
            return ran.wait(DEADLINE_S), written.decode()
    finally:
        os.close(master)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # nobody has the other end any more
        return b""


def test_an_application_that_fails_before_there_is_a_screen_says_so() -> None:
    status, written = said("""
        from sockscope.engine.engine import Engine
        from sockscope.request.asked import Asked
        from sockscope.session import Session
        from sockscope.ui.app import SockscopeApp
        from sockscope.ui.run import run

        async def fail(app, **how):
            app._exception, app._return_code = MemoryError(), 1

        SockscopeApp._process_messages = fail
        raise SystemExit(run(Session(Engine(), Asked(()))))
    """)
    assert (status, written.splitlines()[-1:]) == (1, ["sockscope: cannot start: there is not enough memory"])


@pytest.mark.parametrize(("going", "what"), [(False, "start"), (True, "go on")])
def test_what_ends_it_is_said_although_its_reason_cannot_be_made(going: bool, what: str) -> None:
    status, written = said(f"""
        from sockscope.ui.terminal import shutdown

        def reason(error):
            raise MemoryError

        shutdown.reason = reason
        ending = shutdown.Shutdown(lambda: None, lambda fault: None, lambda: False)
        ending.going = {going}
        ending.fail(MemoryError())
    """)
    assert (status, written.strip()) == (1, f"sockscope: cannot {what}: there is not enough memory")
