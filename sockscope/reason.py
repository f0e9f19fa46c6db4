"""Why the program cannot start or go on, in words for a person.

The rule: no traceback and no foreign text. What the system refused is said in its own words; of everything else the
type is told and where it came from.
"""

import os
from pathlib import Path


def reason(error: BaseException) -> str:
    """Return the reason in one line."""
    if isinstance(error, ImportError) and (shortage := no_descriptor()):
        error = shortage  # Python takes a folder that it cannot open for one without modules
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RuntimeError) and "new thread" in str(error):
        return "the system allows no more threads"
    return f"{type(error).__name__}{place(error)}"


def no_descriptor() -> OSError | None:
    """Return what the system says where no descriptor is left, None where there is one."""
    try:
        os.close(os.dup(0))
    except OSError as shortage:
        return shortage
    return None


def place(error: BaseException) -> str:
    """Return where in the program an error was raised."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
