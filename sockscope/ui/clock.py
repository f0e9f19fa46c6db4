"""The time as the screen shows it.

The rule: it moves in half seconds. What waits, idles or ages is then redrawn twice a second and not at every
tick: Textual draws each container around a changed line anew, about 2 ms a frame, which at ten frames a second
would cost an idle program more than 2 % of a core.
"""

from sockscope.net.clock import now_ns

STEP_NS = 500_000_000


def clock_ns() -> int:
    """Return the time of the facts' clock, in steps."""
    return now_ns() // STEP_NS * STEP_NS
