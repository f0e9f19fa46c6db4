"""What the system's resolver goes by: resolv.conf, nsswitch.conf, the hosts file, the environment.

The rule: this is what the system is configured to do, not what happened: getaddrinfo does not tell who answered.
"""

from typing import NamedTuple

from sockscope.net.notation import NameKind
from sockscope.net.resolv_conf import ResolvConf
from sockscope.record.lookup.file import File
from sockscope.record.lookup.name_switch import NameSwitch
from sockscope.record.lookup.service import Service


class HostsLine(NamedTuple):
    """A line of the hosts file (hosts(5)): its number from 1, the address, the names from the canonical one on."""

    number: int
    address: str
    names: tuple[str, ...]


class Sources(NamedTuple):
    """What the files said when they were read, and what that means for one name."""

    name: str
    asked: str  # the name as the sources get it: in ASCII
    kind: NameKind
    files: tuple[File, ...]
    config: ResolvConf
    switch: NameSwitch
    hosts: tuple[HostsLine, ...]  # those that match
    hosts_matching: int  # how many match, kept or not
    hosts_lines: int
    tried: tuple[str, ...]  # what DNS is asked for, in order, until one has an answer
    environment: tuple[tuple[str, str], ...]
    between: tuple[str, ...]  # programs that run here and may answer for the sources
    services: tuple[Service, ...]
    interfaces: tuple[tuple[int, str], ...]  # number and name, for scope ids

    @property
    def nameservers(self) -> tuple[str, ...]:
        """The servers of resolv.conf, also those that are never asked; never empty."""
        return self.config.nameservers
