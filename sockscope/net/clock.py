"""The time by which everything is noted."""

import time

now_ns = time.monotonic_ns
"""The one clock of all facts: nanoseconds, never set back (clock_gettime(2), CLOCK_MONOTONIC)."""
