"""What can be written behind `sockscope` on the command line, as netcat has it where netcat has it.

The rule: an option is one wish of `show.wish`, under the names that fingers know; what is not written is not wished.
"""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from sockscope import __version__
from sockscope.net.address import KINDS, Address, AddressError, check_numeric, host_port, parse, parse_port
from sockscope.show.resolve.typed import read
from sockscope.show.safe import safe

_USAGE = """\
  sockscope                      all three panes, nothing started
  sockscope NAME                 resolve a name; behind it @SERVER asks that DNS server directly, @ those of
                                 resolv.conf, and MX, TXT … for that type: sockscope NAME @127.0.0.1:5353 MX
  sockscope HOST PORT            connect (also HOST:PORT, [::1]:80, tcp:// udp:// tls://HOST:PORT,
                                 unix:/PATH, unix:@NAME, unixgram:/PATH)
  sockscope -l [HOST] PORT       listen (also -lp PORT); loopback unless HOST is given, * is everywhere
  sockscope -U /PATH             a UNIX socket: connect, or with -l listen (with -u datagrams)
  sockscope --demo               a listener and two clients on loopback, already talking"""

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and exit with 2."""
        self.exit(2, f"sockscope: {safe(message)} (see sockscope --help)\n")


def parser() -> Parser:
    """Make the parser; what it gives has the names of wishes where it has any."""
    made = Parser(
        prog="sockscope",
        usage="sockscope [options] [HOST] [PORT]\n\n" + _USAGE,
        description="See what sockets do while they do it.",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("words", nargs="*", metavar="HOST PORT", help=argparse.SUPPRESS)
    made.add_argument("-l", "--listen", action="store_true", help="listen instead of connecting")
    made.add_argument("-u", "--udp", action="store_true", help="UDP; with -U UNIX datagrams")
    made.add_argument("-U", "--unixsock", action="store_true", help="a UNIX socket: the address is a path or @name")
    made.add_argument("-4", dest="family", action="store_const", const="IPv4", help="IPv4 only")
    made.add_argument("-6", dest="family", action="store_const", const="IPv6", help="IPv6 only")
    made.add_argument("-p", metavar="PORT", help="source port; with -l the port to listen at")
    made.add_argument("-s", metavar="ADDRESS", help="source address; with -l the address to listen at")
    made.add_argument("-k", "--keep-open", action="store_true", help=argparse.SUPPRESS)  # we always do
    _add_sockets(made.add_argument_group("sockets"))
    _add_listening(made.add_argument_group("listening"))
    _add_tls(made.add_argument_group("TLS"))
    _add_program(made.add_argument_group("the program"))
    return made


def _add_sockets(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "-O", "--option", dest="options", action="append", metavar="NAME=VALUE", help="a socket option, as NODELAY=on"
    )
    group.add_argument("-b", "--broadcast", action="store_true", help="the option BROADCAST=on, for datagrams")
    group.add_argument(
        "--unconnected", dest="connected", action="store_const", const="no", help="datagrams without connect(2)"
    )
    group.add_argument("--interface", metavar="NAME", help="the interface for multicast datagrams that we send")
    group.add_argument("--receive", dest="read_bytes", metavar="BYTES", help="receive so much at once at the most")
    group.add_argument("-w", "--timeout", type=_seconds, default=10.0, metavar="S", help="seconds for a connect (10)")


def _add_listening(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("-e", "--echo", dest="answer", action="store_const", const="echo", help="send everything back")
    group.add_argument("--answer", dest="answer", metavar="WHAT", help="none, echo, canned, http, file or time")
    group.add_argument("--reply", metavar="TEXT", help=r"a canned reply, as 'hello\r\n'")
    group.add_argument("--file", metavar="PATH", help="what each client gets, with --answer file")
    group.add_argument("--relay", metavar="TARGET", help="pass everything on to an address, and back what it answers")
    group.add_argument("--join", dest="groups", action="append", metavar="GROUP[%IF]", help="join a multicast group")
    group.add_argument(
        "--one", dest="clients", action="store_const", const="one at a time", help="one client at a time"
    )
    group.add_argument(
        "--no-accept", dest="accepting", action="store_const", const="no", help="let clients wait in the queue"
    )
    group.add_argument("--backlog", metavar="N", help="how many may wait to be accepted")
    group.add_argument("-i", "--idle", metavar="S", help="close clients that are silent for so many seconds")
    group.add_argument(
        "--dual", dest="family", action="store_const", const="dual", help="one IPv6 socket for IPv4 too, at *"
    )


def _add_tls(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--tls", "--ssl", dest="tls", action="store_const", const="yes", help="speak TLS over the stream"
    )
    group.add_argument("--no-verify", dest="verify", action="store_const", const="no", help="trust any certificate")
    group.add_argument("--server-name", "--ssl-servername", metavar="NAME", help="the name to ask for and to verify")
    group.add_argument("--ca", "--ssl-trustfile", metavar="FILE", help="trust these CAs instead of the system's")
    group.add_argument(
        "--cert", "--ssl-cert", dest="certificate", metavar="FILE", help="our certificate; a listener makes one"
    )
    group.add_argument("--key", "--ssl-key", metavar="FILE", help="its key")
    group.add_argument("--alpn", "--ssl-alpn", metavar="NAMES", help="application protocols, as h2,http/1.1")
    group.add_argument("--client-cert", dest="client_certificate", metavar="HOW", help="of clients: no, ask or require")


def _add_program(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--history", type=_size, default=256 * _UNITS["M"], metavar="SIZE", help="history in all, as 256M or 1G (256M)"
    )
    group.add_argument(
        "--history-each", type=_size, default=64 * _UNITS["M"], metavar="SIZE", help="history of one conversation (64M)"
    )
    group.add_argument("--demo", action="store_true", help="show a conversation on loopback; needs no network")
    group.add_argument("--version", action="version", version=f"sockscope {__version__}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, above 0 and below 86400")
    return seconds


def _size(text: str) -> int:
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if unit not in _UNITS or not number.isascii() or not number.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 64M")
    return int(number) * _UNITS[unit]


_BOTH = ("family", "read_bytes", "ca", "certificate", "key", "alpn")
_CONNECTING = ("connected", "interface", "verify", "server_name")
_LISTENING = (
    "answer",
    "reply",
    "file",
    "relay",
    "clients",
    "accepting",
    "backlog",
    "idle",
    "client_certificate",
    "groups",
)


def wishes(options: argparse.Namespace) -> dict[str, str]:
    """Give what was wished for; what was not written is not in it. Raises AddressError."""
    mine, others = (_LISTENING, _CONNECTING) if options.listen else (_CONNECTING, _LISTENING)
    if strange := [name for name in others if getattr(options, name) is not None]:
        raise AddressError(f"{strange[0].replace('_', ' ')}: that is {'not ' if options.listen else ''}for a listener")
    found = {name: value for name in (*_BOTH, *mine) if (value := getattr(options, name)) is not None}
    asked = [*(options.options or ()), *(["BROADCAST=on"] if options.broadcast else ())]
    if asked:
        found["options"] = " ".join(asked)
    if "groups" in found:
        found["groups"] = " ".join(options.groups)
    if "reply" in found:
        found.setdefault("answer", "canned")
    if "file" in found:
        found.setdefault("answer", "file")
    if options.tls and kind(options) != "tls":
        found["tls"] = "yes"
    if not options.listen and (options.s is not None or options.p is not None):
        found["source"] = _source(options)
    return found


def _source(options: argparse.Namespace) -> str:
    """The address to connect from. Raises AddressError."""
    if kind(options).startswith("unix"):
        return str(options.s or "")
    host = options.s or ""
    check_numeric(host)
    port = parse_port(options.p) if options.p is not None else 0
    return host_port(host, port)


def kind(options: argparse.Namespace) -> str:
    """What an address is that does not say so itself."""
    if options.unixsock:
        return "unixgram" if options.udp else "unix"
    return "udp" if options.udp else "tls" if options.tls else "tcp"


def target(options: argparse.Namespace) -> Address | str | None:
    """Give what is to be connected to or listened at, or what is to be resolved, or nothing. Raises AddressError."""
    words: list[str] = options.words
    if options.demo:
        if words or options.listen:
            raise AddressError("--demo takes no address")
        return None
    if options.listen:
        return _listen_address(options)
    resolving = not options.unixsock and any(word.startswith("@") for word in words)
    connecting = not resolving and (len(words) > 1 or options.unixsock or (len(words) == 1 and _has_port(words[0])))
    if not connecting and (options.p is not None or options.s is not None):
        raise AddressError("-p and -s need something to connect to, or -l to listen")
    if connecting:
        return parse(_joined(words), kind=kind(options))
    if words:
        read(" ".join(words))
        return " ".join(words)
    return None


def _has_port(word: str) -> bool:
    """Whether a single word is more than a name: a URL, brackets, or exactly one colon."""
    return "://" in word or word.startswith(("[", *(f"{name}:" for name in KINDS))) or word.count(":") == 1


def _joined(words: Sequence[str]) -> str:
    if len(words) > 2:
        raise AddressError("too many words: a host and a port are all that is needed")
    return " ".join(words)


def _listen_address(options: argparse.Namespace) -> Address:
    words, asked = options.words, kind(options)
    if options.p is not None:
        if len(words) > 1:
            raise AddressError("the port is given twice: with -p and as a word")
        return Address(words[0] if words else options.s or "", parse_port(options.p, asked), asked)
    address = parse(_joined(words), host_required=False, kind=asked)
    if options.s and address.host:
        raise AddressError("the address is given twice: with -s and as a word")
    return Address(options.s, address.port, address.kind) if options.s else address
