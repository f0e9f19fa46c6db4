"""`python -m sockscope` is the same program as `sockscope`."""

import sys

from sockscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
