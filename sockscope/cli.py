"""The command line; the only place that joins the engine and the screen.

The rule: Textual is imported only when a screen is really opened, so `--help` and `--version` answer at once.
Exit status: 0 all well, 1 what was asked for on the command line failed, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sockscope import arguments
from sockscope.net.address import Address
from sockscope.net.conversation import State
from sockscope.net.engine import Engine
from sockscope.net.listener import ListenerState
from sockscope.net.lookup import LookupState
from sockscope.net.settings import Settings
from sockscope.show.wish import NOTHING, Wishes, connect_plan, listen_plan

if TYPE_CHECKING:
    from sockscope.ui.app import SockscopeApp

First = Callable[["SockscopeApp"], Callable[[], bool]]
"""Does what was asked for, and gives a question to be asked at the end: did it fail?"""


def _first(options: Namespace, wishes: Wishes) -> First:
    """Turn the options into what is to be done first. Raises ValueError."""
    target = arguments.target(options)
    if options.demo:
        return _demo
    if target is None:
        return lambda app: lambda: False
    if isinstance(target, str):
        return _resolve(target)
    if options.listen:
        listen_plan(target, wishes)  # what cannot be is said before there is a screen
        return _listen(target)
    connect_plan(target, wishes)
    return _connect(target)


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


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, run, and give the exit status."""
    parser = arguments.parser()
    options = parser.parse_args(words)
    try:
        wishes = arguments.wishes(options)
        first = _first(options, wishes)
    except ValueError as error:
        parser.error(str(error))
    # Textual draws on standard error.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        parser.error("a terminal is needed on standard input, output and error")
    return _run(options, first, wishes)


def _run(options: Namespace, first: First, wishes: Wishes) -> int:
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
        listening, connecting = (wishes, NOTHING) if options.listen else (NOTHING, wishes)
        app = SockscopeApp(engine, begin, connecting=connecting, listening=listening)
        app.run()
        return app.return_code or int(any(did() for did in failed))
    finally:
        ending.over()
        engine.stop()
