"""Who holds a socket, in words.

The rules: names are foreign text, made harmless where the whole is; where holders may not be seen that is said, and
nobody is never said of what could not be looked at.
"""

from collections.abc import Iterable

from sockscope.record.finding import SeenSocket
from sockscope.record.process import Holders, Process

PROCESSES_SHOWN = 3
HIDDEN = "held by someone whose processes you may not see"


def who(seen: SeenSocket) -> str:
    """Say who holds a socket: this program, processes, nobody any more, or that it may not be seen."""
    if seen.ours:
        return "this program itself"
    if seen.holders.processes:
        return processes(seen.holders.processes)
    if seen.holders.hidden:
        return f"{HIDDEN}{f' (user {seen.user})' if seen.user else ''}"
    return "held by no process that there is now"


def briefly(seen: SeenSocket) -> str:
    """Say who holds a socket in a few words, nothing where that is not known."""
    held = seen.holders.processes
    return "this program itself" if seen.ours else f"{held[0].program} (pid {held[0].pid})" if held else ""


def processes(found: Iterable[Process]) -> str:
    """Name processes by program, number and user, the first of many."""
    every = list(found)
    named = [process_words(one) for one in every[:PROCESSES_SHOWN]]
    more = [f"{len(every) - PROCESSES_SHOWN} more"] if len(every) > PROCESSES_SHOWN else []
    return ", ".join([*named, *more])


def process_words(one: Process) -> str:
    """Name a process: `nginx (pid 812, user root)`."""
    about = f"pid {one.pid}{f', user {one.user}' if one.user else ''}"
    return f"{one.program} ({about})" if one.program else f"a program ({about})"


def holders_words(held: Holders) -> str:
    """Say who holds the socket of a path."""
    if held.processes:
        return processes(held.processes)
    return HIDDEN if held.hidden else ""


def place(seen: SeenSocket) -> str:
    """Say where a socket is and who has it: `127.0.0.1:8080 by nginx (pid 812, user root)`."""
    return f"{seen.local}, {who(seen)}"
