"""What is wished for when a name is asked for, made into a question.

The rule is that of `show.wish`: every wish has a default, and what cannot be read is refused with one line.
"""

from sockscope.net.dns.question import read_servers, read_types
from sockscope.net.resolve.hint import FLAGS
from sockscope.net.resolve.question import Question
from sockscope.net.resolve.watch import check_interval
from sockscope.show.wish import NO, YES, Wishes

RESOLVE: Wishes = {
    "family": "any",
    "type": "stream",
    "protocol": "any",
    **{name: YES if name == "CANONNAME" else NO for name in FLAGS},
    "direct": NO,
    "servers": "",
    "types": "A AAAA",
    "every": "1",
}
"""What can be wished for, and what is usual."""


def question(name: str, service: str, wishes: Wishes) -> Question:
    """Make the question to getaddrinfo; where there is no name, none is asked to be canonical (EAI_BADFLAGS)."""
    flags = frozenset(flag for flag in FLAGS if wishes[flag] == YES and (name or flag != "CANONNAME"))
    return Question(name, service, wishes["family"], wishes["type"], wishes["protocol"], flags)


def servers(wishes: Wishes) -> tuple[str, ...]:
    """The DNS servers to ask directly; none stands for those of resolv.conf."""
    return tuple(word.removeprefix("@") for word in wishes["servers"].replace(",", " ").split())


def types(wishes: Wishes) -> tuple[str, ...]:
    """The DNS types to ask for."""
    return tuple(wishes["types"].upper().replace(",", " ").split())


def interval_s(wishes: Wishes) -> float:
    """How many seconds to wait before a watched lookup is repeated. Raises ValueError."""
    try:
        seconds = float(wishes["every"])
    except ValueError:
        seconds = 0.0
    check_interval(seconds)
    return seconds


def check(wishes: Wishes) -> None:
    """Refuse what cannot be read. Raises ValueError."""
    read_servers(servers(wishes))
    read_types(types(wishes), "")
    interval_s(wishes)
