"""The one file that touches what Textual does not document; `tests/ui/terminal/test_textual_internals` is its contract.

The rules: nothing else in the program names anything of Textual's that begins with an underscore. Every part of this
file says what it takes for granted, and the contract is checked with both ends of the range of Textual's versions that
the package allows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from traceback import walk_tb
from typing import Any

from textual import _callback
from textual._compositor import LayoutUpdate
from textual._context import active_app, active_message_pump
from textual._styles_cache import StylesCache
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen

Invoke = Callable[..., Awaitable[Any]]
Dispatch = Callable[[MessagePump, Message], Awaitable[None]]

call: Invoke = _callback._invoke
"""How Textual makes every call of a handler, a timer or a callback."""

dispatch: Dispatch = MessagePump._dispatch_message
"""How Textual hands every message to the widget that it is for."""

_DRAWING = {function.__code__ for function in (Screen._on_timer_update, Screen._refresh_layout, App._display)}


def replace_calls(guarded_call: Invoke, guarded_dispatch: Dispatch) -> None:
    """Have every call and every message go through these instead, in all applications."""
    vars(_callback)["_invoke"] = guarded_call
    MessagePump._dispatch_message = guarded_dispatch  # type: ignore[assignment, method-assign]


def current_app() -> App[Any] | None:
    """Return the application on whose behalf something is called, if any."""
    return active_app.get(None)


def current_pump() -> MessagePump | None:
    """Return the widget, screen or application on whose behalf something is called, if any."""
    return active_message_pump.get(None)


def while_drawing(error: Exception) -> bool:
    """Return whether something failed while a frame was made or written."""
    return any(frame.f_code in _DRAWING for frame, _ in walk_tb(error.__traceback__))


def forget_colours() -> None:
    """Empty a cache that keeps what was drawn of sheets that were left; Textual fills it anew."""
    StylesCache.get_inner_outer.cache_clear()


def decode_keys_with(decoder: type[Any]) -> None:
    """Have the keyboard's thread decode what the terminal sends by `decoder()` (codecs.IncrementalDecoder)."""
    vars(linux_driver)["getincrementaldecoder"] = lambda encoding: decoder


def write_to_terminal(app: App[Any], sequence: str) -> None:
    """Write a sequence that is ours to the terminal, where there is one."""
    if app._driver:
        app._driver.write(sequence)


def turn_mouse(app: App[Any]) -> bool:
    """Take the mouse from the terminal, or give it back; return whether it is ours now."""
    driver = app._driver
    if isinstance(driver, LinuxDriver):
        if driver._mouse:
            driver._disable_mouse_support()
        driver._mouse = not driver._mouse
        driver._enable_mouse_support()
    return driver is not None and driver._mouse


def writes(driver: LinuxDriver) -> bool:
    """Return whether the driver's thread that writes to the terminal runs."""
    return bool(driver._writer_thread and driver._writer_thread.is_alive())


def forget_writer(driver: LinuxDriver) -> None:
    """Let the driver be closed although its thread never ran."""
    driver._writer_thread = None


class HookedApp(App[None]):
    """An application that is told of what fails, and of what was drawn."""

    _frame_failed = False

    def failed(self, error: Exception, callback: object = None) -> None:
        """Take what failed in a worker, a layout, what a widget is composed of, or a frame."""
        raise NotImplementedError

    def drew_everything(self) -> None:
        """Take note that a whole frame was made and written."""

    @property
    def closing(self) -> bool:
        """Whether the application is being taken down."""
        return self._exit

    @property
    def failure(self) -> Exception | None:
        """What Textual took note of as the reason why the application failed."""
        return self._exception

    def close_with(self, return_code: int, error: Exception | None = None) -> None:
        """End, also where nothing can be drawn; whoever runs the application in a test gets the error raised."""
        if error is not None and self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._return_code = return_code
        self._close_messages_no_wait()

    def _display(self, screen: Screen[object], renderable: Any) -> None:
        self._frame_failed = False
        super()._display(screen, renderable)
        if isinstance(renderable, LayoutUpdate) and not self._frame_failed:
            self.drew_everything()

    def _handle_exception(self, error: Exception) -> None:
        self._frame_failed = True
        self.failed(error)
