"""What is said to a person where there is no screen: lines on standard error.

The rule: where there is no standard error, or it takes nothing, nothing is said, and above all not elsewhere: standard
output is for bytes alone.
"""

import contextlib
import sys


def say(line: str) -> None:
    """Say a line."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
