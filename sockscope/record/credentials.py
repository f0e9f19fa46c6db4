"""Who is at the other end of a UNIX stream socket, as the kernel says (unix(7), SO_PEERCRED)."""

from typing import NamedTuple


class Credentials(NamedTuple):
    """A process and whom it acts for; `user` is the number where it has no name, `program` may be empty."""

    pid: int
    uid: int
    gid: int
    user: str
    program: str

    def __str__(self) -> str:
        process = f"pid {self.pid} {self.program}".rstrip()
        return f"{process}, user {self.user}"
