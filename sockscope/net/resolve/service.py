"""Services by their names and numbers: services(5), getservbyname(3), getservbyport(3)."""

import contextlib
import socket
import threading
from dataclasses import dataclass

PROTOCOLS = ("tcp", "udp")

_ONE_AT_A_TIME = threading.Lock()  # the calls keep their answer in memory that all threads share


@dataclass(frozen=True, slots=True)
class Service:
    """A service of one protocol; `aliases` are other names of it in the services file."""

    protocol: str
    port: int
    name: str
    aliases: tuple[str, ...] = ()


def find_services(text: str, services_file: str = "") -> tuple[Service, ...]:
    """Ask for a service, given as a name or a port, in each protocol; one that is not known is left out.

    The calls give no aliases, so those are taken from the text of the services file.
    """
    found = []
    for protocol in PROTOCOLS:
        with contextlib.suppress(OSError, OverflowError, ValueError), _ONE_AT_A_TIME:
            port = int(text) if text.isascii() and text.isdigit() else socket.getservbyname(text, protocol)
            name = socket.getservbyport(port, protocol)
            found.append(Service(protocol, port, name, _aliases(services_file, port, protocol, name)))
    return tuple(found)


def _aliases(services_file: str, port: int, protocol: str, name: str) -> tuple[str, ...]:
    number = f"{port}/{protocol}"
    names = [
        [words[0], *words[2:]]
        for line in services_file.split("\n")
        if number in line and (words := line.partition("#")[0].split())[1:2] == [number]
    ]
    return tuple(dict.fromkeys(alias for each in names for alias in each if alias != name))


def port_range(port: int) -> str:
    """Say in words in which range of ports one is (RFC 6335, 6)."""
    if port == 0:
        return "no port: when listening, any free one"
    if port < 1024:
        return "a system port (0-1023): only privileged programs may listen there by default"
    if port < 49152:
        return "a user port (1024-49151): anybody may listen there"
    return "a dynamic port (49152-65535): for short-lived use, never assigned"
