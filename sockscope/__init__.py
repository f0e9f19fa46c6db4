"""sockscope shows what sockets do while they do it."""

__version__ = "0.5.0"
