"""The text of calls: the one place where what a call took and returned is written, as strace(1) does.

The rules: a string of C's stands in quotes, NULL is None, a constant and an endpoint stand by themselves. What is
written here may come from a peer, and is not made safe yet.
"""

from pathlib import PurePath

from sockscope.net.endpoint import Endpoint
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.fact import Call
from sockscope.show.units import plural


def arguments(call: Call) -> str:
    """Write what stands between the parentheses, the descriptor first where there is one."""
    written = [value_text(value) for value in call.arguments]
    return ", ".join([str(call.fd), *written] if call.fd >= 0 else written)


def result(call: Call) -> str:
    """Write what the call gave, or the name of its error."""
    if call.error:
        return call.error
    if call.name == "getaddrinfo" and isinstance(call.returned, int):
        return plural(call.returned, "row")
    if isinstance(call.returned, tuple):
        return ", ".join(value_text(value) for value in call.returned)
    return value_text(call.returned)


def call_text(call: Call) -> str:
    """Write a call with its result."""
    return f"{call.name}({arguments(call)}) = {result(call)}"


def value_text(value: Value) -> str:
    """Write one value."""
    match value:
        case None:
            return "NULL"
        case Symbol() | int() | PurePath() | Endpoint():
            return str(value)
        case str():
            return f'"{value}"'
        case Struct():
            return f"{{{', '.join(f'{name}={value_text(field)}' for name, field in value.fields)}}}"
        case tuple():
            return f"({', '.join(value_text(one) for one in value)})"
