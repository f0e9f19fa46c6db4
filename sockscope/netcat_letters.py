"""nc's letters for socket options, which are settings of ours under another name (nc(1), setsockopt(2)).

The rule: a letter of nc means what fingers expect, and is written into the settings as ours is: `-O 4096` is the send
buffer as `-O SNDBUF=4096`.
"""

import argparse
from typing import NamedTuple

from sockscope.net.address import AddressError, parse_port


class Letter(NamedTuple):
    """A letter with a number behind it, and the option that it stands for."""

    flag: str
    option: str
    metavar: str
    help: str


LETTERS = (
    Letter("-I", "RCVBUF", "BYTES", "the receive buffer, as -O RCVBUF=BYTES; -O BYTES is the send buffer"),
    Letter("-M", "TTL", "HOPS", "how many hops packets may take, as -O TTL=HOPS"),
    Letter("-T", "TOS", "NUMBER", "the type of service, as -O TOS=NUMBER; 0x.. too"),
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the letters to a parser."""
    for one in LETTERS:
        parser.add_argument(one.flag, metavar=one.metavar, dest=one.option, help=one.help)


def translated(options: argparse.Namespace) -> list[str]:
    """Return what was written of socket options, each as NAME=value."""
    written = [f"SNDBUF={text}" if text.isdigit() else text for text in options.options or ()]
    for one in LETTERS:
        if (text := getattr(options, one.option)) is not None:
            written.append(f"{one.option}={_decimal(text)}")
    return written


def ports(text: str) -> range:
    """Read a port or a range of ports, such as 20-30. Raise AddressError."""
    first, dash, last = text.partition("-")
    least = parse_port(first)
    most = parse_port(last) if dash else least
    if not 0 < least <= most:
        raise AddressError(f"{text}: a range of ports is written 20-30")
    return range(least, most + 1)


def _decimal(text: str) -> str:
    """Write a number that may be hexadecimal as the settings do; anything else as it is, which they refuse."""
    try:
        return str(int(text, 0))
    except ValueError:
        return text
