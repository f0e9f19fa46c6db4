"""The screen as a front end: it shows what comes of a session, until a person or a signal ends it.

The rule: whatever happens, the terminal is left as it was, and the sockets are closed.
"""

import asyncio
import gc
import logging
import os
import sys
from functools import partial

from sockscope.request.program_settings import MOUSE
from sockscope.request.setting import For
from sockscope.session import Session
from sockscope.ui import ahead, census, collector
from sockscope.ui.app import SockscopeApp
from sockscope.ui.terminal import keyboard
from sockscope.ui.terminal.driver import TerminalDriver
from sockscope.ui.terminal.shutdown import Shutdown

AWAKE_S = 0.2
"""How long what another thread asks for can go unnoticed, where waking the loop failed."""


def keep_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Have the loop look at what is asked for again and again, to its very end.

    A thread wakes it by a byte into a socket of its own; where that send fails nobody is told, and a loop without a
    timer would sleep for ever: while the program ends it waits for threads and has none.
    """
    loop.call_later(AWAKE_S, keep_awake, loop)


def run(session: Session) -> int:
    """Start the engine, show the session on the terminal, and give the exit status."""
    os.environ.pop("UNICODE_VERSION", None)  # Rich would measure characters otherwise than we do
    logging.getLogger().addHandler(logging.NullHandler())  # asyncio would log tracebacks to standard error

    engine = session.engine
    shutdown = Shutdown(engine.stop, engine.note_fault, lambda: TerminalDriver.taken)

    def begin(app: SockscopeApp) -> None:
        loop = asyncio.get_running_loop()

        def exit_with(status: int) -> None:
            loop.call_soon_threadsafe(partial(app.exit, return_code=status))

        loop.set_exception_handler(app.escaped)
        keep_awake(loop)
        shutdown.watch(loop, exit_with)
        app.call_after_refresh(stands, app)

    def stands(app: SockscopeApp) -> None:
        shutdown.stands()
        collector.begin()
        arrivals, connected = partial(census.arrivals, engine), partial(census.connected, engine)
        app.set_interval(collector.LOOK_S, collector.Collector(app.idle_s, arrivals).look)
        imports = ahead.Ahead(arrivals, connected, ahead.import_ahead)
        app.set_interval(ahead.LOOK_S, imports.look)

    def last() -> None:
        gc.disable()  # what is garbage by now goes with the process
        engine.begin_to_stop()  # while the screen is taken down

    try:
        keyboard.make_fit()
        engine.start()
        app = SockscopeApp(session, begin, last=last)
        app.driver_class = TerminalDriver
        app.run(mouse=MOUSE.read(session.asked.settled(For.PROGRAM)))
        shutdown.over()
        engine.stop()
        if app.why_it_ended:
            sys.stderr.write(shutdown.line(app.why_it_ended))
        return app.return_code or int(session.failed)
    except Exception as error:
        shutdown.fail(error)
