"""The command line; the only place that joins the session and a front end.

The rule: what takes time to import is imported when it is needed, so `--help` and `--version` answer at once. What the
command line asks for is made into requests once, begun by the session, and shown by whatever front end there is.
Exit status: 0 all well, 1 what was asked for on the command line failed, 2 wrong usage.
"""

from __future__ import annotations

import gc
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from sockscope import arguments

if TYPE_CHECKING:
    from sockscope.request.asked import Asked
    from sockscope.session import Session

FrontEnd = Callable[["Session"], int]
"""Starts the session's engine, shows what comes of what is asked for, and gives the exit status."""


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, run, and give the exit status."""
    parser = arguments.parser()
    options = parser.parse_args(words)
    gc.disable()  # nothing of what the start makes is garbage, and looking for some takes 70 ms
    try:
        asked = arguments.asked(options)
    except ValueError as error:
        parser.error(str(error))
    if sys.stdout is None:
        parser.error("standard output is closed")
    front_end = _front_end(options)
    if front_end is None:
        parser.error("the screen is drawn on standard error, which is no terminal")
    if not asked.requests and not asked.scanned and not _on_a_screen(options):
        parser.error("without a screen there must be something to resolve, to connect to, or to listen at")
    session = _session(asked, plain=not options.json and not _on_a_screen(options))
    try:
        session.begin()
    except ValueError as error:
        session.engine.stop()
        parser.error(str(error))
    return front_end(session)


def _front_end(options: Namespace) -> FrontEnd | None:
    """Return what is to show the session: lines of JSON, bytes alone, or the screen, where there is a terminal.

    Textual draws on standard error.
    """
    if options.json:
        from sockscope.report.json_front import run as run_as_json

        return run_as_json
    if options.z:
        from sockscope.report.plain.scan import run as run_scan

        return run_scan
    if not _on_a_screen(options):
        from sockscope.report.plain.front import run as run_plain

        return run_plain
    if not _is_terminal(sys.stderr):
        return None
    from sockscope.ui.run import run

    return run


def _on_a_screen(options: Namespace) -> bool:
    return not options.json and not options.plain and _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _session(asked: Asked, *, plain: bool) -> Session:
    """Make the session, on an engine that is bounded as was asked for; nobody looks back where all is `plain`."""
    from sockscope.engine.engine import Engine
    from sockscope.engine.settings import Settings
    from sockscope.request.program_settings import HISTORY, HISTORY_EACH, TIMEOUT
    from sockscope.request.setting import For
    from sockscope.session import Session

    little = {one.name: "8M" for one in (HISTORY, HISTORY_EACH)} if plain else {}
    texts = {**little, **asked.settled(For.PROGRAM)}
    return Session(Engine(Settings(HISTORY.read(texts), HISTORY_EACH.read(texts), TIMEOUT.read(texts))), asked)
