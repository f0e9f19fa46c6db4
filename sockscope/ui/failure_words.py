"""What failed on the screen, and why: one line that holds no foreign text."""

import errno
import os

from textual.binding import Binding

from sockscope.net.error_name import error_name
from sockscope.reason import no_descriptor, place

_ACTION = "action_"
_SPENT = (errno.EMFILE, errno.ENFILE)


def told(error: Exception, callback: object) -> str:
    """Say what could not be done, and why; `callback` is what raised the error, None where that is not known."""
    return f"{_what(callback)}: not done, {reason(error)}"


def is_action(callback: object) -> bool:
    """Whether something is done for a key or a command, and not by itself."""
    return getattr(callback, "__name__", "").startswith(_ACTION)


def _what(callback: object) -> str:
    """Name what was asked for as the footer and the help do."""
    if not is_action(callback):
        return "Part of the screen"
    action = getattr(callback, "__name__", "").removeprefix(_ACTION)
    bindings = getattr(getattr(callback, "__self__", None), "BINDINGS", ())
    found = (one.description for one in bindings if isinstance(one, Binding) and one.action.partition("(")[0] == action)
    return next(found, action.replace("_", " ").capitalize())


def reason(error: Exception) -> str:
    """Say why something failed: the error's name, with words where there are some, or its place in the program."""
    name, number = error_name(error), getattr(error, "errno", None)
    if number in _SPENT or (isinstance(error, OSError | ImportError) and no_descriptor()):
        return f"no descriptor is left ({name})"
    if isinstance(number, int):
        return f"{os.strerror(number).lower()} ({name})"
    return f"no memory is left ({name})" if isinstance(error, MemoryError) else name + place(error)
