"""Where the program starts and ends, as `sockscope` and as `python -m sockscope`.

The rules: whatever keeps it from starting is one line on standard error, and exit status 1; memory is held in reserve
for that line. Once all is done and written the process ends at once: taking a large heap apart piece by piece takes
Python seconds.
"""

import os
import sys
from collections.abc import Callable

_RESERVE_BYTES = 2 * 1024 * 1024
"""Address space that is never touched, and given back to say that there is none left."""


def main() -> int:
    """Run, and end with the exit status."""
    if os.name != "posix":
        return _complain(f"needs a POSIX system: Linux, macOS or a BSD, and this is {sys.platform}")
    reason: Callable[[BaseException], str] = str
    reserve = bytearray(_RESERVE_BYTES)
    try:
        import signal

        from sockscope.reason import reason

        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the screen is open, ctrl+c ends without a traceback
        sys.unraisablehook = lambda failure: None  # what half an object says while it is taken down
        from sockscope.cli import main as run

        status = run()
    except Exception as error:
        del reserve
        status = _complain(f"cannot start: {reason(error)}")
    _end(status)
    return status


def _complain(line: str) -> int:
    if sys.stderr:
        print(f"sockscope: {line}", file=sys.stderr)
    return 1


def _end(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # it is closed, or nobody reads it any more
            continue
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
