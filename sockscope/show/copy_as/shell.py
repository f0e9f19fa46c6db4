"""What the commands for a shell have in common: how they begin, and how what is sent reaches them.

The rules: what is sent is printed into the command. Such a command does not wait for what comes back between, so that
is said in a comment where it came; datagrams are kept apart by a pause. Where our end of stream was not sent, the
command stays connected for QUIET_S behind the last byte, then closes.
"""

from collections.abc import Iterable

from sockscope.request.answers import Answers
from sockscope.show.copy_as.literals import command, comment, printf
from sockscope.show.copy_as.python_answers import reply_of
from sockscope.show.copy_as.script import CannotSay, Client, Finish, Option, Place, Send, Server, Step, Wait
from sockscope.show.units import plural

QUIET_S = 2
"""For so long a command that does not finish sending waits for answers."""

ENDS_EARLY = "Where a client finishes sending, {} closes: what it was not answered by then is lost."

_FIRST, _APART = "sleep 0.5", "sleep 0.2"
_LARGEST_DATAGRAM = 4096  # what goes through a pipe in one piece
_WHOLE = " | dd bs=4096 iflag=fullblock status=none"
"""Behind what prints a datagram: bash writes line by line, each of which would become one."""


def head(about: Iterable[str]) -> list[str]:
    """Write how a script begins."""
    return ["#!/usr/bin/env bash", *comment(about, "#")]


def piped(script: Client, into: str, unsaid: Iterable[str] = (), *, stays: bool = False) -> str:
    """Write a client: what is printed, and the command that takes it; `stays` is where the input must not end early."""
    waits = [f"sleep {QUIET_S}"] if stays else []
    return (
        "\n".join(
            [*head([*script.about, *unsaid]), "{", *_indented(_printed(script)), *_indented(waits), f"}} | {into}"]
        )
        + "\n"
    )


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _printed(script: Client) -> list[str]:
    """Write what is sent. Raise CannotSay."""
    datagrams = script.kind.keeps_boundaries
    written = [line for step in script.steps for line in _step(step, datagrams)]
    if datagrams and len(script.sends) > 1:
        written.insert(0, f"{_FIRST}  # until the command reads: what waits for it would become one datagram")
    return written if script.sends else [*written, ":"]


def _step(step: Step, datagrams: bool) -> list[str]:
    match step:
        case Send(data) if datagrams and not 0 < len(data) <= _LARGEST_DATAGRAM:
            what = "an empty datagram" if not data else f"a datagram of {plural(len(data), 'byte')}"
            raise CannotSay(f"a shell cannot hand on {what} in one piece")
        case Send(data):
            return [f"{printf(data)}{_WHOLE}", _APART] if datagrams else [printf(data)]
        case Wait(size_bytes, calls):
            came = plural(calls, "datagram") if datagrams else plural(size_bytes, "byte")
            return [f"# here {came} came back, which nothing waits for"]
        case Finish():
            return ["# then the end of our stream"]
        case Option():
            return []


def unsaid(options: Iterable[Option], said: Iterable[str] = ()) -> list[str]:
    """Say which options a command does not set."""
    missing = sorted({option.name for option in options} - set(said))
    return [f"Left out, as it has no words for them: {', '.join(missing)}."] if missing else []


def version(place: Place) -> list[str]:
    """Return the argument for the version of IP that a place has."""
    return [{"AF_INET": "-4", "AF_INET6": "-6"}[place.family]] if place.family != "AF_UNIX" else []


def local_path(place: Place, program: str) -> str:
    """Return the path of a UNIX socket. Raise CannotSay where it is no file, which not every program can name."""
    if place.path.startswith("@"):
        raise CannotSay(f"{program} has no word for a UNIX socket without a file")
    return place.path if place.path.startswith("/") else f"./{place.path}"


def together(script: Server, commands: Iterable[str], unsaid: Iterable[str] = ()) -> str:
    """Write a server: a command for each place, all of them at once."""
    lines = list(commands)
    each = lines if len(lines) == 1 else [*(f"{line} &" for line in lines), "wait"]
    return "\n".join([*head([*script.about, *unsaid]), *each]) + "\n"


def answering(answers: Answers, program: str, *, datagrams: bool = False) -> str:
    """Write what answers one client, or one datagram, on its input and output. Raise CannotSay."""
    on_arrival = answers.kind == "canned" and answers.when == "arrival" and not datagrams
    match answers.kind:
        case "none":
            return "cat >/dev/null"
        case "echo":
            return "cat"
        case "file":
            return command("cat", f"./{answers.file}" if not str(answers.file).startswith("/") else str(answers.file))
        case "time":
            return _TIME + _WHOLE * datagrams
    if on_arrival:
        return f"{printf(reply_of(answers))}; cat >/dev/null"
    raise CannotSay(f"{program} cannot answer so by itself: take Python")


_TIME = (
    "printf \"$(printf '\\\\%03o' $(for n in 24 16 8 0; do echo $(( ($(date +%s) + 2208988800) >> n & 255 )); done))\""
)
