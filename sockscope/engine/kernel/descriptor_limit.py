"""How many descriptors this process may have (RLIMIT_NOFILE, getrlimit(2)).

The rule: the soft limit is raised to the most that the system accepts, and where it accepts nothing more it stays as
it is. The hard limit alone does not tell: macOS has it without end, and refuses that as a soft limit.
"""

import resource

ENDLESS = 2**20
"""What is tried at the most where the hard limit has no end."""


def raise_limit() -> None:
    """Raise the soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    refused = (ENDLESS if hard == resource.RLIM_INFINITY else hard) + 1
    tried = refused - 1
    while soft < tried:  # `soft` is accepted, `refused` is not, or was not tried
        if _accepted(tried, hard):
            soft = tried
        else:
            refused = tried
        tried = (soft + refused) // 2


def _accepted(soft: int, hard: int) -> bool:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    except (OSError, ValueError):  # ValueError: Python's own for EINVAL and EPERM
        return False
    return True
