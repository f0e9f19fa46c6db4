"""What the system's resolver goes by: resolv.conf, nsswitch.conf, the hosts file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sources:
    """What the files said when they were read."""

    name: str


def read_sources(name: str) -> Sources:
    """Read the files, and find what they say of a name."""
    return Sources(name)
