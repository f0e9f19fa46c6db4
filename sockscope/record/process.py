"""A process that holds a socket, as the system shows it (proc(5))."""

from typing import NamedTuple


class Process(NamedTuple):
    """Its id, its user (the number where it has no name), its program's name, and what it was started with.

    Names and arguments are foreign text: any program can call itself anything.
    """

    pid: int
    user: str
    program: str
    command: tuple[str, ...] = ()

    def __str__(self) -> str:
        process = f"pid {self.pid} {self.program}".rstrip()
        return f"{process}, user {self.user}" if self.user else process


class Holders(NamedTuple):
    """Who holds a socket: the processes that were seen, and whether there are others that may not be looked into."""

    processes: tuple[Process, ...] = ()
    hidden: bool = False
