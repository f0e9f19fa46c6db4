"""What a listener answers by itself.

A responder is a function from the bytes that one receive brought to the bytes to answer with, empty for
nothing. The view it gets is good only during the call.
"""

from collections.abc import Callable

Responder = Callable[[memoryview], bytes]


def silent(received: memoryview) -> bytes:
    """Answer nothing; a person does."""
    return b""


def echo(received: memoryview) -> bytes:
    """Answer with the same bytes (RFC 862)."""
    return bytes(received)
