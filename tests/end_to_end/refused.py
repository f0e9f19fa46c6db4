"""A command line that is refused, by the program's `main` in this process: a start for each would only take longer."""

import contextlib
import gc
import io
import sys

import pytest

from sockscope.cli import main


def refused(*words: str) -> tuple[int, str, str]:
    """Give the exit status, and what was said on standard output and error, where there is no terminal."""
    out, err, nothing = io.StringIO(), io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(sys, "stdin", nothing)
        try:
            with pytest.raises(SystemExit) as ended:
                main(words)
        finally:
            gc.enable()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()
