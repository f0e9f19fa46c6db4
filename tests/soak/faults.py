"""Which calls are made to fail, and with what.

The rule: every error is one that the call can really give (its manual page in section 2, or the kernel's source).
"""

import random
from dataclasses import dataclass

MOST = 20
"""The call that fails is one of the first so many of each thread."""

ERRORS: dict[str, tuple[str, str]] = {
    "socket": ("EMFILE", "ENOBUFS"),
    "bind": ("EADDRINUSE", "EACCES"),
    "listen": ("EADDRINUSE", "ENOBUFS"),
    "accept4": ("EPERM", "EMFILE"),
    "connect": ("EAGAIN", "ENETUNREACH"),
    "getsockname": ("ENOBUFS", "EACCES"),
    "getpeername": ("ENOTCONN", "ENOBUFS"),
    "getsockopt": ("ENOPROTOOPT", "ENOBUFS"),
    "setsockopt": ("ENOPROTOOPT", "ENOMEM"),
    "recvfrom": ("ECONNRESET", "ENOMEM"),
    "sendto": ("EPIPE", "ENOBUFS"),
    "shutdown": ("ENOTCONN", "EINVAL"),
    "close": ("EIO", "EINTR"),
    "epoll_ctl": ("ENOSPC", "ENOMEM"),
    "epoll_wait": ("EINTR", "EINVAL"),
    "openat": ("EMFILE", "EACCES"),
    "write": ("EIO", "EAGAIN"),
}
"""The system calls as the program makes them: accept(2) is accept4, recv is recvfrom, send is sendto."""

MAY_END = ("epoll_wait", "write")
"""Where Textual's own loop, or the terminal itself, may be what failed: then one line is enough."""


EVERY_THREAD = ("socket", "connect", "recvfrom", "sendto", "close", "epoll_wait", "openat", "write")
"""Calls that threads beside the engine's make too; the others are the engine's own, and strace(1) attached to that
thread alone leaves the screen as fast as it is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One call that fails: the `when`-th of each thread, from the moment on when the first frame stands."""

    syscall: str
    error: str
    when: int

    def __str__(self) -> str:
        return f"{self.syscall} {self.error} {self.when}"

    @property
    def expression(self) -> str:
        """As strace(1) takes it behind -e."""
        return f"inject={self.syscall}:error={self.error}:when={self.when}"


def read(text: str) -> Fault:
    """Read what `str` wrote. Raises ValueError."""
    syscall, error, when = text.split()
    return Fault(syscall, error, int(when))


def every(only: str = "", most: int = MOST) -> list[Fault]:
    """Give all faults, or those of one system call."""
    return [
        Fault(syscall, error, when)
        for syscall, errors in ERRORS.items()
        if syscall == only or not only
        for error in errors
        for when in range(1, most + 1)
    ]


def sample(seed: int, size: int) -> list[Fault]:
    """Choose some faults, of as many different system calls as there are."""
    chance = random.Random(seed)
    syscalls = chance.sample(sorted(ERRORS), min(size, len(ERRORS)))
    return [Fault(name, chance.choice(ERRORS[name]), chance.randint(1, MOST // 2)) for name in syscalls]
