"""The languages that something can be copied as, and what each of them makes of a script.

The rule: a language that cannot do it is not offered, and says why where it is asked for.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener
from sockscope.record.lookup import lookup as record
from sockscope.show.copy_as import ask_shell, c, curl, nc, ncat, openssl, python, socat, with_asyncio
from sockscope.show.copy_as.of_conversation import client_of
from sockscope.show.copy_as.of_listener import server_of
from sockscope.show.copy_as.script import CannotSay, Client, Lookup, Script, Server

Kind = TypeVar("Kind", Client, Server, Lookup)
Writers = Mapping[str, Callable[[Kind], str]]

CLIENTS: Writers[Client] = {
    "Python": python.client,
    "asyncio": with_asyncio.client,
    "C": c.client,
    "nc": nc.client,
    "ncat": ncat.client,
    "socat": socat.client,
    "openssl": openssl.client,
    "curl": curl.client,
}
"""How a client is written."""

SERVERS: Writers[Server] = {
    "Python": python.server,
    "asyncio": with_asyncio.server,
    "C": c.server,
    "nc": nc.server,
    "ncat": ncat.server,
    "socat": socat.server,
    "openssl": openssl.server,
}
"""How a server is written."""

LOOKUPS: Writers[Lookup] = {
    "Python": python.lookup,
    "asyncio": with_asyncio.lookup,
    "C": c.lookup,
    "getent": ask_shell.getent,
    "dig": ask_shell.dig,
}
"""How a lookup is written."""


class Copies(NamedTuple):
    """What can be copied: by its language each text; and by the others' names why there is none."""

    texts: Mapping[str, str]
    refused: Mapping[str, str]


def script_of(subject: Conversation | Listener | record.Lookup) -> Script:
    """Describe what a record did. Raise CannotSay."""
    if isinstance(subject, Conversation):
        return client_of(subject)
    if isinstance(subject, Listener):
        return server_of(subject)
    return Lookup((f"Lookup #{subject.number}.",), subject.question)


def copies(script: Script) -> Copies:
    """Write a script in every language that can."""
    if isinstance(script, Client):
        return _all(CLIENTS, script)
    if isinstance(script, Server):
        return _all(SERVERS, script)
    return _all(LOOKUPS, script)


def _all(writers: Writers[Kind], script: Kind) -> Copies:
    texts, refused = {}, {}
    for name, write in writers.items():
        try:
            texts[name] = write(script)
        except CannotSay as why:
            refused[name] = str(why)
    return Copies(texts, refused)
