"""Which calls are made to fail, and with what.

The rules:
- Every error is one that the call can really give (its manual page in section 2, or the kernel's source).
- The second error of a call is also one that can last: of resources, of permissions, of what a kernel has not.
"""

import random
from dataclasses import dataclass

MOST = 20
"""The call that fails is one of the first so many of each thread."""

ERRORS: dict[str, tuple[str, str]] = {
    "socket": ("ENOBUFS", "EMFILE"),
    "bind": ("EADDRINUSE", "EACCES"),
    "listen": ("EADDRINUSE", "ENOBUFS"),
    "accept4": ("EMFILE", "EPERM"),
    "connect": ("EAGAIN", "ENETUNREACH"),
    "getsockname": ("ENOBUFS", "EACCES"),
    "getpeername": ("ENOTCONN", "ENOBUFS"),
    "getsockopt": ("ENOBUFS", "ENOPROTOOPT"),
    "setsockopt": ("ENOMEM", "ENOPROTOOPT"),
    "recvfrom": ("ECONNRESET", "ENOMEM"),
    "sendto": ("EPIPE", "ENOBUFS"),
    "shutdown": ("ENOTCONN", "EINVAL"),
    "close": ("EINTR", "EIO"),
    "epoll_ctl": ("ENOSPC", "ENOMEM"),
    "epoll_wait": ("EINTR", "EINVAL"),
    "openat": ("EACCES", "EMFILE"),
    "write": ("EAGAIN", "EIO"),
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
    lasting: bool = False  # every call after that one fails too

    def __str__(self) -> str:
        return f"{self.syscall} {self.error} {self._when}"

    @property
    def _when(self) -> str:
        return f"{self.when}{'+' * self.lasting}"

    @property
    def expression(self) -> str:
        """As strace(1) takes it behind -e."""
        return f"inject={self.syscall}:error={self.error}:when={self._when}"


def read(text: str) -> Fault:
    """Read what `str` wrote. Raises ValueError."""
    syscall, error, when = text.split()
    return Fault(syscall, error, int(when.removesuffix("+")), lasting=when.endswith("+"))


def every(only: str = "", most: int = MOST) -> list[Fault]:
    """Give all faults, or those of one system call; of each error the lasting one first, where it can last."""
    found = []
    for syscall, errors in ERRORS.items():
        for error in errors if syscall == only or not only else ():
            lasting = [Fault(syscall, error, 1, lasting=True)] if error == errors[1] else []
            found += lasting + [Fault(syscall, error, when) for when in range(1, most + 1)]
    return found


def sample(seed: int, size: int) -> list[Fault]:
    """Choose some faults, of as many different system calls as there are."""
    chance = random.Random(seed)
    syscalls = chance.sample(sorted(ERRORS), min(size, len(ERRORS)))
    return [Fault(name, chance.choice(ERRORS[name]), chance.randint(1, MOST // 2)) for name in syscalls]
