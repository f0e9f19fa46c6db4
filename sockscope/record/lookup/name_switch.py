"""Who is asked for a name, and in which order: the `hosts` line of nsswitch.conf(5), read as glibc reads it.

The rule: a source that found the name ends the search, any other outcome goes on to the next one, unless an action in
brackets behind the source says otherwise. A # makes a remark of a whole line only; in the middle of one it is a source.
"""

import re
from typing import NamedTuple

USUAL = "files dns"
"""What glibc takes where no `hosts` line says otherwise (nss/nss_database.c)."""

STATUSES = ("SUCCESS", "NOTFOUND", "UNAVAIL", "TRYAGAIN")
SOURCES_KEPT = 32

_LINE = re.compile(r"\s*hosts(?=[\s:]|$)[\s:]*(?P<order>.*)")
_WORD = re.compile(r"\[(?P<actions>[^\]]*)(?:\]|$)|(?P<source>[^\s\[]+)")
_ACTION = re.compile(r"(?P<but>!?)(?P<status>\w+)\s*=\s*(?P<action>\w+)")

_MEANINGS = {
    "files": "the hosts file",
    "dns": "DNS: the servers of resolv.conf",
    "resolve": "systemd-resolved, maybe from its cache",
    "myhostname": "our own names, localhost, _gateway (systemd)",
    "mymachines": "containers that run here (systemd)",
    "mdns": "multicast DNS (Avahi): .local",
    "mdns4": "multicast DNS (Avahi), IPv4: .local",
    "mdns6": "multicast DNS (Avahi), IPv6: .local",
    "mdns_minimal": "multicast DNS (Avahi): only .local",
    "mdns4_minimal": "multicast DNS (Avahi), IPv4: only .local",
    "mdns6_minimal": "multicast DNS (Avahi), IPv6: only .local",
    "nis": "NIS, the maps of a domain's server",
    "nisplus": "NIS+, the tables of a domain's server",
    "db": "a database made of the hosts file (/var/db)",
    "compat": "the hosts file, in an old way",
    "hesiod": "names kept in DNS by Hesiod",
    "ldap": "a directory server (LDAP)",
    "sss": "SSSD, which asks a directory server and keeps a cache",
    "winbind": "Windows names, by Samba",
    "wins": "NetBIOS names, by Samba",
    "libvirt": "virtual machines by their host names (libvirt)",
    "libvirt_guest": "virtual machines by their libvirt names",
}


class NameService(NamedTuple):
    """One source: its name, the actions behind it as written, and what ends the search there."""

    name: str
    actions: str = ""
    ends_on: frozenset[str] = frozenset({"SUCCESS"})

    @property
    def meaning(self) -> str:
        """What the source is, in a few words; an unknown one is a library by its name."""
        if self.name.startswith("#"):
            return "no remark, since the line does not begin with #: a source that there is not"
        return _MEANINGS.get(self.name, f"another source (libnss_{self.name}.so.2)")


class NameSwitch(NamedTuple):
    """The sources in their order; `written` where a `hosts` line says so, else it is what libc takes."""

    sources: tuple[NameService, ...]
    written: bool


def read_switch(text: str) -> NameSwitch:
    """Read the text of an nsswitch.conf; of several `hosts` lines the last one wins."""
    lines = [line for row in text.split("\n") if (line := _LINE.match(row))]
    return NameSwitch(_sources(lines[-1]["order"] if lines else USUAL), bool(lines))


def _sources(order: str) -> tuple[NameService, ...]:
    sources: list[NameService] = []
    for word in _WORD.finditer(order):
        if word["source"]:
            sources.append(NameService(word["source"]))
        elif sources:
            before = sources[-1]
            written = f"{before.actions} [{' '.join(word['actions'].split())}]".strip()
            sources[-1] = NameService(before.name, written, _ends(before.ends_on, word["actions"]))
    return tuple(sources[:SOURCES_KEPT])


def _ends(ends_on: frozenset[str], actions: str) -> frozenset[str]:
    """Apply actions such as `NOTFOUND=return` or `!UNAVAIL=return` to what ends the search."""
    for action in _ACTION.finditer(actions.upper()):
        meant = {status for status in STATUSES if (status == action["status"]) != bool(action["but"])}
        ends_on = ends_on | meant if action["action"] == "RETURN" else ends_on - meant
    return ends_on
