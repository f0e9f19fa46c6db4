"""A lookup as commands: getent, which asks as getaddrinfo does, and dig, which asks DNS alone.

The rule: what such a command cannot ask for is said.
"""

from sockscope.net.notation import asked_name, literal
from sockscope.request.question import Question
from sockscope.show.copy_as.literals import command
from sockscope.show.copy_as.script import CannotSay, Lookup
from sockscope.show.copy_as.shell import head

CANNOT = "nc, ncat, socat, openssl and curl cannot look a name up without connecting to it."

_DATABASES = {"any": "ahosts", "IPv4": "ahostsv4", "IPv6": "ahostsv6"}
_TYPES = {"any": ("A", "AAAA"), "IPv4": ("A",), "IPv6": ("AAAA",)}


def getent(script: Lookup) -> str:
    """Write the command that asks the same sources as getaddrinfo. Raise CannotSay."""
    question = script.question
    asked = ["--", _name(question)]
    besides = [f"AI_{flag.name}" for flag in question.chosen if flag.name != "ADDRCONFIG"]
    besides += [f"the service {question.service}"] if question.service else []
    besides += [f"the type {question.type}"] if question.type != "any" else []
    said = [f"Left out, as getent has no words for them: {', '.join(besides)}."] if besides else []
    return "\n".join([*head([*script.about, *said]), command("getent", _DATABASES[question.family], *asked)]) + "\n"


def dig(script: Lookup) -> str:
    """Write the commands that ask DNS. Raise CannotSay."""
    question = script.question
    if literal(question.name):
        raise CannotSay("dig looks no address up")
    said = "dig asks DNS alone, and no other source of getaddrinfo; it has no order, no service and no flags."
    asked = [word for type in _TYPES[question.family] for word in (_name(question), type)]
    return "\n".join([*head([*script.about, said]), command("dig", "+noall", "+answer", "+search", *asked)]) + "\n"


def _name(question: Question) -> str:
    """Return the name as it is asked for. Raise CannotSay where there is none, or one that would be an option."""
    name = asked_name(question.name, idn="IDN" in question.flags)
    if not name or name.startswith(("-", "+", "@")):
        raise CannotSay("there is no name that such a command could ask for")
    return name
