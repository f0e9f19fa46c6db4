"""What can be written behind `sockscope` on the command line, as netcat has it where netcat has it.

The rule: an option is one setting of the table (`request.settings`), under the names that fingers know; what is not
written is as usual. Only what says where (`-l`, `-u`, `-U`, `-p`, `-s`) is declared here.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sockscope import __version__, netcat_letters
from sockscope.net.address import KINDS, Address, AddressError, check_numeric, parse, parse_port
from sockscope.net.endpoint import host_port
from sockscope.net.notation import literal
from sockscope.reason import reason
from sockscope.request import Connect, Listen, Resolve
from sockscope.request.asked import Asked
from sockscope.request.moving import Moving
from sockscope.request.parse import seconds
from sockscope.request.program_settings import TIMEOUT
from sockscope.request.setting import For, Group, Texts
from sockscope.request.settings import SETTINGS, check_needs_tls, read_all, settings_for
from sockscope.request.socket_settings import CONNECT_OPTIONS, SOURCE
from sockscope.request.tls_settings import TLS
from sockscope.request.typed import read
from sockscope.show.sanitizer import safe

if TYPE_CHECKING:
    from sockscope.request import sequence

_USAGE = """\
  sockscope                      all three panes, nothing started
  sockscope NAME                 resolve a name; behind it @SERVER asks that DNS server directly, @ those of
                                 resolv.conf, and MX, TXT … for that type: sockscope NAME @127.0.0.1:5353 MX
  sockscope HOST PORT            connect (also HOST:PORT, [::1]:80, tcp:// udp:// tls://HOST:PORT,
                                 unix:/PATH, unix:@NAME, unixgram:/PATH)
  sockscope -l [HOST] PORT       listen (also -lp PORT); loopback unless HOST is given, * is everywhere
  sockscope -U /PATH             a UNIX socket: connect, or with -l listen (with -u datagrams)
  sockscope --demo               a listener and two clients on loopback, already talking"""

_SUMMARY = "at the end, on standard error: counts, times and how it ended"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and exit with 2."""
        self.exit(2, f"sockscope: {safe(message)} (see sockscope --help)\n")


def parser() -> Parser:
    """Make the parser; what it gives has the names of the settings."""
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
    made.add_argument("-p", metavar="PORT", help="source port; with -l the port to listen at")
    made.add_argument("-s", metavar="ADDRESS", help="source address; with -l the address to listen at")
    made.add_argument("-k", "--keep-open", action="store_true", help="with --json: go on behind the first client")
    netcat_letters.add(made)
    made.add_argument("-n", "--nodns", action="store_true", help="addresses and port numbers only: look no name up")
    files = made.add_argument_group("beside it, without a screen")
    files.add_argument("--output", metavar="FILE", type=Path, help="write what moves both ways to a file too")
    files.add_argument("--hex-dump", metavar="FILE", type=Path, help="the same as a hex dump")
    files.add_argument("--summary", action="store_const", const="words", default="", help=_SUMMARY)
    as_json = "the same, as a line of JSON"
    files.add_argument("--summary-json", action="store_const", const="json", dest="summary", help=as_json)
    files.add_argument("--why", action="store_true", help="behind the rows of a name: why they are in this order")
    files.add_argument("--reverse", action="store_true", help="the names of an address: sockscope --reverse ADDRESS")
    made.add_argument("-z", action="store_true", help="see which of the ports of HOST are open, as 20-30; -v tells")
    input = made.add_argument_group("standard input, without a screen")
    input.add_argument("-d", action="store_true", help="do not read it")
    input.add_argument("-C", "--crlf", action="store_true", help="send CRLF for each line feed")
    input.add_argument("-N", action="store_true", help="finish sending behind its end, which is usual here")
    input.add_argument("--no-shutdown", action="store_true", help="do not finish sending behind its end")
    expect = "say this and wait for that instead: a sequence, its steps behind ;, or @FILE that holds one"
    input.add_argument("--expect", metavar="STEPS", help=expect)
    input.add_argument("-q", metavar="S", help="seconds behind its end after which all ends; negative waits")
    for group in Group:
        _add_settings(made if group is Group.ADDRESS else made.add_argument_group(group.value), group)
    return made


def _add_settings(parser: "argparse._ActionsContainer", group: Group) -> None:
    """Add an option for each flag of the table; settings of several requests share theirs."""
    flags = {flag: setting.name for setting in SETTINGS if setting.group is group for flag in setting.flags}
    for flag, name in flags.items():
        help = flag.help.replace("%", "%%")
        if flag.metavar:
            action = "append" if flag.appends else "store"
            parser.add_argument(*flag.names, dest=name, action=action, metavar=flag.metavar, help=help)
        else:
            action = "append_const" if flag.appends else "store_const"
            parser.add_argument(*flag.names, dest=name, action=action, const=flag.const, help=help)
    if group is Group.PROGRAM:
        verbose = "without a screen: tell on standard error what happens; -vv every call"
        parser.add_argument("-v", "--verbose", action="count", default=0, help=verbose)
        parser.add_argument("--plain", action="store_true", help="no screen: bytes in, bytes out, as nc")
        parser.add_argument("--raw", action="store_true", help="with --plain: to a terminal bytes as they come")
        parser.add_argument("--json", action="store_true", help="no screen: what happens, as lines of JSON")
        parser.add_argument("--demo", action="store_true", help="show a conversation on loopback; needs no network")
        parser.add_argument("--version", action="version", version=f"sockscope {__version__}")


def asked(options: argparse.Namespace) -> Asked:
    """Return what the command line asks for. Raise ValueError."""
    what = For.LISTEN if options.listen else For.CONNECT
    texts, program = _settled(options, what), _written(options, For.PROGRAM)
    _check_program(program)
    names = _written(options, For.RESOLVE)
    lookup = {one.name: names[one.name] for one in settings_for(For.RESOLVE) if names.get(one.name) in one.choices}
    settings = {what: texts, For.RESOLVE: lookup, For.PROGRAM: program}
    if options.nodns:
        _check_numeric_only(target(options))
    if options.z:
        return Asked(settings=settings, moving=_moving(options), scanned=_scanned(options, texts))
    where, silence_s = target(options), TIMEOUT.read(program) if TIMEOUT.name in program else 0.0
    moving = _moving(options)
    if options.demo or where is None:
        return Asked(settings=settings, demo=options.demo)
    if isinstance(where, str):
        return Asked((Resolve.read(where, "", lookup),), settings, silence_s=silence_s, moving=moving)
    request = (Listen if options.listen else Connect).read(where, texts)
    if request.security is None:
        check_needs_tls(what, texts)
    return Asked((request,), settings, keep_open=options.keep_open, silence_s=silence_s, moving=moving)


def _scanned(options: argparse.Namespace, texts: Texts) -> tuple[Connect, ...]:
    """Return a request for each port of a range. Raise AddressError."""
    if options.listen or kind(options) not in ("tcp", "tls") or len(options.words) != 2:
        raise AddressError("-z tries TCP ports: sockscope -z HOST 20-30")
    host, range_ = options.words
    addresses = (parse(f"{host} {port}", kind=kind(options)) for port in netcat_letters.ports(range_))
    return tuple(Connect.read(one, texts) for one in addresses)


def _moving(options: argparse.Namespace) -> Moving:
    """Return how bytes are to be moved. Raise ValueError."""
    quit_s, expect = _quit_s(options.q), _expected(options.expect) if options.expect else None
    read = not options.d and expect is None
    return Moving(
        verbose=options.verbose,
        read=read,
        crlf=options.crlf,
        finish=not options.no_shutdown,
        quit_s=quit_s,
        raw=options.raw,
        expect=expect,
        output=options.output,
        hex_dump=options.hex_dump,
        summary=options.summary,
        why=options.why,
        reverse=options.reverse,
    )


def _expected(text: str) -> "sequence.Sequence":
    """Read a sequence, or the file that holds one. Raise ValueError."""
    from sockscope.request.sequence import read_sequence

    if not text.startswith("@"):
        return read_sequence(text.replace(";", "\n"))
    try:
        return read_sequence(Path(text[1:]).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--expect: cannot read {text[1:]}: {reason(error)}") from None


def _quit_s(text: str | None) -> float | None:
    """Read how long to wait behind the end of standard input; None waits for the peer. Raise ValueError."""
    if text is None or text.startswith("-"):
        return None
    return seconds(text) if text.strip("0") else 0.0


def _check_numeric_only(where: Address | str | None) -> None:
    """Raise ValueError where a name would have to be looked up."""
    host = where.host if isinstance(where, Address) else where or ""
    if host not in ("", "*") and not host.startswith(("/", "@")) and literal(host) is None:
        raise AddressError(f"-n: {host} is a name, and none is to be looked up")


def _written(options: argparse.Namespace, what: For) -> dict[str, str]:
    """Return the texts of the settings of one kind that were written."""
    found = {one.name: getattr(options, one.name) for one in settings_for(what) if one.flags}
    texts = {name: " ".join(value) if isinstance(value, list) else value for name, value in found.items()}
    return {name: text for name, text in texts.items() if text is not None}


def _settled(options: argparse.Namespace, what: For) -> dict[str, str]:
    """Return what was settled for connecting or for listening. Raise ValueError."""
    other = For.CONNECT if options.listen else For.LISTEN
    found = _written(options, what)
    if socket_options := netcat_letters.translated(options):
        found[CONNECT_OPTIONS.name] = " ".join(socket_options)
    if strange := [one for one in settings_for(other) if one.name in _written(options, other).keys() - found.keys()]:
        raise AddressError(f"{strange[0].word}: that is {'not ' if options.listen else ''}for a listener")
    for setting in settings_for(what):
        if setting.implies and setting.name in found:
            found.setdefault(*setting.implies)
    if kind(options) == TLS.name:
        found.pop(TLS.name)  # the address says it
    if not options.listen and (options.s is not None or options.p is not None):
        found[SOURCE.name] = _source(options)
    read_all(what, found)
    return found


def _check_program(program: Texts) -> None:
    for setting in settings_for(For.PROGRAM):
        try:
            setting.read(program)
        except ValueError as error:
            raise ValueError(f"argument {'/'.join(setting.flags[0].names)}: {error}") from None


def _source(options: argparse.Namespace) -> str:
    """The address to connect from. Raise AddressError."""
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
    """Return what is to be connected to or listened at, or what is to be resolved, or nothing. Raise AddressError."""
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
