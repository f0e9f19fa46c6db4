"""The command line; the only place that joins the engine and the screen.

The rule: Textual is imported only when a screen is really opened, so `--help` and `--version` answer at once.
Exit status: 0 all well, 1 what was asked for on the command line failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from sockscope import __version__
from sockscope.net.address import Address, AddressError, check_name, check_numeric, parse, parse_port
from sockscope.net.conversation import State
from sockscope.net.engine import Engine
from sockscope.net.listener import ListenerState
from sockscope.net.lookup import LookupState
from sockscope.net.settings import Settings
from sockscope.show.safe import safe

if TYPE_CHECKING:
    from sockscope.ui.app import SockscopeApp

_USAGE = """\
  sockscope                      all three panes, nothing started
  sockscope NAME                 resolve a name
  sockscope HOST PORT            connect (also HOST:PORT, [::1]:80, tcp://HOST:PORT)
  sockscope -l [HOST] PORT       listen (also -lp PORT); loopback unless HOST is given, * is everywhere
  sockscope --demo               a listener and two clients on loopback, already talking"""

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and exit with 2."""
        self.exit(2, f"sockscope: {safe(message)} (see sockscope --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sockscope",
        usage="sockscope [options] [HOST] [PORT]\n\n" + _USAGE,
        description="See what sockets do while they do it.",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="HOST PORT", help=argparse.SUPPRESS)
    parser.add_argument("-l", "--listen", action="store_true", help="listen instead of connecting")
    parser.add_argument("-4", dest="family", action="store_const", const="IPv4", default="any", help="IPv4 only")
    parser.add_argument("-6", dest="family", action="store_const", const="IPv6", help="IPv6 only")
    parser.add_argument("-p", metavar="PORT", help="source port; with -l the port to listen at")
    parser.add_argument("-s", metavar="ADDRESS", help="source address; with -l the address to listen at")
    parser.add_argument("-w", "--timeout", type=_seconds, default=10.0, metavar="S", help="seconds for a connect (10)")
    parser.add_argument(
        "--history", type=_size, default=256 * _UNITS["M"], metavar="SIZE", help="history in all, as 256M or 1G (256M)"
    )
    parser.add_argument(
        "--history-each", type=_size, default=64 * _UNITS["M"], metavar="SIZE", help="history of one conversation (64M)"
    )
    parser.add_argument("--demo", action="store_true", help="show a conversation on loopback; needs no network")
    parser.add_argument("--version", action="version", version=f"sockscope {__version__}")
    return parser


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


First = Callable[["SockscopeApp"], Callable[[], bool]]
"""Does what was asked for, and gives a question to be asked at the end: did it fail?"""


def _first(options: argparse.Namespace) -> First:
    """Turn the options into what is to be done first. Raises AddressError."""
    words: list[str] = options.words
    if options.demo:
        if words or options.listen:
            raise AddressError("--demo takes no address")
        return _demo
    if options.listen:
        return _listen(_listen_address(options))
    connecting = len(words) > 1 or (len(words) == 1 and _has_port(words[0]))
    if not connecting and (options.p is not None or options.s is not None):
        raise AddressError("-p and -s need something to connect to, or -l to listen")
    if not words:
        return lambda app: lambda: False
    if not connecting:
        check_name(words[0])
        return _resolve(words[0])
    return _connect(parse(_joined(words)))


def _has_port(word: str) -> bool:
    """Whether a single word is more than a name: a URL, brackets, or exactly one colon."""
    return "://" in word or word.startswith(("[", "unix")) or word.count(":") == 1


def _joined(words: Sequence[str]) -> str:
    if len(words) > 2:
        raise AddressError("too many words: a host and a port are all that is needed")
    return " ".join(words)


def _listen_address(options: argparse.Namespace) -> Address:
    words: list[str] = options.words
    if options.p is not None:
        if len(words) > 1:
            raise AddressError("the port is given twice: with -p and as a word")
        return Address(words[0] if words else options.s or "", parse_port(options.p))
    address = parse(_joined(words), host_required=False)
    if options.s and address.host:
        raise AddressError("the address is given twice: with -s and as a word")
    return Address(options.s, address.port, address.kind) if options.s and not address.host else address


def _source(options: argparse.Namespace) -> Address | None:
    """The address to connect from, where one was asked for. Raises AddressError."""
    if options.listen or (options.s is None and options.p is None):
        return None
    host = options.s or ""
    check_numeric(host)
    return Address(host, parse_port(options.p) if options.p is not None else 0)


def _resolve(name: str) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        lookup = app.resolve_pane.resolve(name)
        return lambda: lookup is None or lookup.state is LookupState.FAILED

    return first


def _connect(target: Address) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        app.action_pane("connect")
        conversation = app.connect_pane.connect(target)
        return lambda: conversation is None or (conversation.state is State.FAILED and not conversation.connected_at_ns)

    return first


def _listen(target: Address) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        app.action_pane("listen")
        listener = app.listen_pane.listen(target)
        return lambda: listener is None or listener.state is ListenerState.FAILED

    return first


def _demo(app: SockscopeApp) -> Callable[[], bool]:
    from sockscope.demo import TALK_S, Demo

    listener = app.listen_pane.listen(Address("", 0))
    assert listener is not None
    demo = Demo(app.engine, listener)

    def join() -> None:
        for target in demo.targets():
            if client := app.connect_pane.connect(target):
                demo.joined(client)
            joining.stop()
        if demo.targets():
            app.resolve_pane.resolve("localhost", str(demo.targets()[0].port))

    joining = app.set_interval(0.02, join)
    app.set_interval(TALK_S, demo.talk)
    return lambda: False


def _collect_seldom() -> None:
    """Let the collector run again, but seldom: with thousands of clients it would hold everything up for 0.3 s."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run, and give the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        first, source = _first(options), _source(options)
    except AddressError as error:
        parser.error(str(error))
    # Textual draws on standard error.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        parser.error("a terminal is needed on standard input, output and error")
    return _run(options, first, source)


def _run(options: argparse.Namespace, first: First, source: Address | None) -> int:
    os.environ.pop("UNICODE_VERSION", None)  # Rich would measure characters otherwise than we do
    gc.disable()  # nothing of what the start makes is garbage, and looking for some takes 70 ms
    from sockscope.ui import keyboard
    from sockscope.ui.app import SockscopeApp
    from sockscope.ui.ending import Ending

    engine = Engine(Settings(options.history, options.history_each, options.timeout))
    ending = Ending(engine.stop, engine.note_fault)
    failed: list[Callable[[], bool]] = []

    def begin(app: SockscopeApp) -> None:
        loop = asyncio.get_running_loop()

        def exit_with(status: int) -> None:
            loop.call_soon_threadsafe(partial(app.exit, return_code=status))

        ending.watch(exit_with)
        app.call_after_refresh(_collect_seldom)
        failed.append(first(app))

    keyboard.make_fit()
    engine.start()
    try:
        app = SockscopeApp(engine, begin, family=options.family, source=source)
        app.run()
        return app.return_code or int(any(did() for did in failed))
    finally:
        ending.over()
        engine.stop()
