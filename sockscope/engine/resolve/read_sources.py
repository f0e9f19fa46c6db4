"""Read what the system's resolver goes by.

The rule: a file may be missing, huge or garbage: what was read, and what stood in the way, is in the record.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sockscope.engine.resolve.system_files import read_file
from sockscope.net.notation import NameKind, asked_name, kind_of
from sockscope.net.resolv_conf import MAX_SERVERS, names_tried, read_resolv_conf
from sockscope.record.lookup.name_switch import read_switch
from sockscope.record.lookup.service import find_services
from sockscope.record.lookup.sources import HostsLine, Sources

_MIB = 1024 * 1024
_LIMITS_BYTES = {"resolv.conf": _MIB, "nsswitch.conf": _MIB, "hosts": 16 * _MIB, "services": 4 * _MIB}
HOSTS_KEPT = 64
"""How many matching lines of the hosts file are kept."""

INTERFACES_KEPT = 256
_VARIABLES = ("LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES")
_BETWEEN = {
    "run/nscd/socket": "nscd",
    "run/systemd/resolve/io.systemd.Resolve": "systemd-resolved",
    "run/avahi-daemon/socket": "Avahi",
}


def read_sources(name: str, service: str = "", *, idn: bool = False, root: Path = Path("/")) -> Sources:
    """Read the files under `root`, and find what they say of a name and a service; `idn` is whether AI_IDN is set."""
    asked, kind = asked_name(name, idn=idn), kind_of(name)
    read = {file: read_file(root / "etc" / file, limit) for file, limit in _LIMITS_BYTES.items()}
    lines = read["hosts"][0].split("\n")
    matching = _matching(lines, asked)
    hosts = tuple(islice(matching, HOSTS_KEPT))
    config = read_resolv_conf(read["resolv.conf"][0], os.environ, socket.gethostname())
    return Sources(
        name=name,
        asked=asked,
        kind=kind,
        files=tuple(file for _, file in read.values()),
        config=config,
        switch=read_switch(read["nsswitch.conf"][0]),
        hosts=hosts,
        hosts_matching=len(hosts) + sum(1 for _ in matching),
        hosts_lines=len(lines) - (not lines[-1]),
        tried=names_tried(asked, config) if kind is NameKind.NAME else (),
        environment=tuple((variable, os.environ[variable]) for variable in _VARIABLES if variable in os.environ),
        between=tuple(program for path, program in _BETWEEN.items() if _exists(root / path)),
        services=find_services(service, read["services"][0]) if service else (),
        interfaces=_interfaces(),
    )


def servers_asked(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the servers of resolv.conf that are really asked; none where nsswitch.conf names no DNS."""
    switch, _ = read_file(root / "etc/nsswitch.conf", _LIMITS_BYTES["nsswitch.conf"])
    if not any(source.name == "dns" for source in read_switch(switch).sources):
        return ()
    return read_nameservers(root)[:MAX_SERVERS]


def read_nameservers(root: Path = Path("/")) -> tuple[str, ...]:
    """Read the servers of resolv.conf alone."""
    text, _ = read_file(root / "etc/resolv.conf", _MIB)
    return read_resolv_conf(text, os.environ, socket.gethostname()).nameservers


def _matching(lines: list[str], name: str) -> Iterator[HostsLine]:
    """Find the lines that glibc would take for a name: it ignores case, and lines whose address it cannot read."""
    wanted = name.lower()
    for number, line in enumerate(lines, 1) if wanted else ():
        if wanted not in line.lower():
            continue
        address, *names = line.partition("#")[0].split() or [""]
        if wanted in (each.lower() for each in names) and _is_address(address):
            yield HostsLine(number, address, tuple(names))


def _exists(path: Path) -> bool:
    with contextlib.suppress(OSError):  # such as EACCES of its folder
        return path.exists()
    return False


def _is_address(text: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, text)
            return True
    return False


def _interfaces() -> tuple[tuple[int, str], ...]:
    with contextlib.suppress(OSError):
        return tuple(socket.if_nameindex()[:INTERFACES_KEPT])
    return ()
