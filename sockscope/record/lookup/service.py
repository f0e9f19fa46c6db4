"""Services by their names and numbers: services(5)."""

from collections.abc import Iterator
from typing import NamedTuple

PROTOCOLS = ("tcp", "udp")


class Service(NamedTuple):
    """A service of one protocol; `aliases` are other names of it in the services file."""

    protocol: str
    port: int
    name: str
    aliases: tuple[str, ...] = ()


def find_services(text: str, services_file: str) -> tuple[Service, ...]:
    """Find a service, given as a name, an alias or a port, in each protocol of the services file's text."""
    found = []
    for protocol in PROTOCOLS:
        lines = list(_lines(services_file, protocol))
        named = [port for port, names in lines if text in names]
        port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else next(iter(named), -1)
        if alike := [names for number, names in lines if number == port]:
            first, *others = dict.fromkeys(name for names in alike for name in names)
            found.append(Service(protocol, port, first, tuple(others)))
    return tuple(found)


def _lines(services_file: str, protocol: str) -> Iterator[tuple[int, list[str]]]:
    """Return the port and the names of each line of a protocol; what cannot be read is passed over, as glibc does."""
    for line in services_file.split("\n"):
        words = line.partition("#")[0].split()
        port, slash, kind = words[1].partition("/") if len(words) > 1 else ("", "", "")
        if slash and kind == protocol and port.isascii() and port.isdigit() and len(port) <= 5:
            yield int(port), [words[0], *words[2:]]


def port_range(port: int) -> str:
    """Say in words in which range of ports one is (RFC 6335, 6)."""
    if port == 0:
        return "no port: when listening, any free one"
    if port < 1024:
        return "a system port (0-1023): only privileged programs may listen there by default"
    if port < 49152:
        return "a user port (1024-49151): anybody may listen there"
    return "a dynamic port (49152-65535): for short-lived use, never assigned"
