"""Where the program starts, as `sockscope` and as `python -m sockscope`."""

import signal
import sys


def main() -> int:
    """Run, and give the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the screen is open, ctrl+c ends without a traceback
    from sockscope.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
