"""One guard for all that the loop runs on behalf of a conversation or a listener: set-up, callbacks and verbs alike.

The rule: whatever a step raises ends that one alone, says why by a name, and gives its descriptor back. Where there is
nothing left to end, the exception goes on to the loop's handler, which tells of it.
"""

from collections.abc import Callable

from sockscope.engine.stream.layers.layer import TlsFailure
from sockscope.net.error_name import error_name

Broke = Callable[[str, str], bool]
"""Ends what the guard protects, given an error's name and the exact reason; False where it had ended before."""


def guarded(broke: Broke, step: Callable[..., object], *arguments: object) -> None:
    """Make a step; an exception of it is given to `broke`."""
    try:
        step(*arguments)
    except Exception as error:
        if not broke(*cause(error)):
            raise


def cause(error: Exception) -> tuple[str, str]:
    """Return the name of an error (an errno, EAI_ or TLS name, else the exception's type), and the exact reason."""
    if isinstance(error, TlsFailure):
        return error.name, error.reason
    return error_name(error), ""
