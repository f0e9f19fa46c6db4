"""The command line; the only place that joins the engine and the screen.

The rule: what takes time to import is imported when it is needed, so `--help` and `--version` answer at once.
Exit status: 0 all well, 1 what was asked for on the command line failed, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sockscope import arguments

if TYPE_CHECKING:
    from sockscope.begin import First
    from sockscope.ui.app import SockscopeApp


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, run, and give the exit status."""
    parser = arguments.parser()
    options = parser.parse_args(words)
    gc.disable()  # nothing of what the start makes is garbage, and looking for some takes 70 ms
    from sockscope.begin import first_step

    try:
        wishes = arguments.wishes(options)
        first = first_step(options, wishes)
    except ValueError as error:
        parser.error(str(error))
    # Textual draws on standard error.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        parser.error("a terminal is needed on standard input, output and error")
    return _run(options, first, wishes)


def _run(options: Namespace, first: First, wishes: dict[str, str]) -> int:
    os.environ.pop("UNICODE_VERSION", None)  # Rich would measure characters otherwise than we do
    from sockscope.net.engine import Engine
    from sockscope.net.settings import Settings
    from sockscope.ui import ahead, collector, keyboard
    from sockscope.ui.app import SockscopeApp
    from sockscope.ui.ending import Ending
    from sockscope.ui.terminal_driver import TerminalDriver

    logging.getLogger().addHandler(logging.NullHandler())  # asyncio would log tracebacks to standard error

    engine = Engine(Settings(options.history, options.history_each, options.timeout))
    ending = Ending(engine.stop, engine.note_fault, lambda: TerminalDriver.taken)
    failed: list[Callable[[], bool]] = []

    def begin(app: SockscopeApp) -> None:
        loop = asyncio.get_running_loop()

        def exit_with(status: int) -> None:
            loop.call_soon_threadsafe(partial(app.exit, return_code=status))

        ending.watch(loop, exit_with)
        app.call_after_refresh(stands, app)
        failed.append(first(app))

    def stands(app: SockscopeApp) -> None:
        ending.stands()
        collector.begin()
        app.set_interval(collector.LOOK_S, collector.Collector(app.idle_s, app.receives).look)
        app.set_timer(ahead.AFTER_S, ahead.import_ahead)

    def last() -> None:
        gc.disable()  # what is garbage by now goes with the process
        engine.begin_to_stop()  # while the screen is taken down

    try:
        keyboard.make_fit()
        engine.start()
        listening, connecting = (wishes, {}) if options.listen else ({}, wishes)
        app = SockscopeApp(engine, begin, connecting=connecting, listening=listening, last=last)
        app.driver_class = TerminalDriver
        app.run()
        ending.over()
        engine.stop()
        if app.last_words:
            sys.stderr.write(ending.line(app.last_words))
        return app.return_code or int(any(did() for did in failed))
    except Exception as error:
        ending.fail(error)
