"""Milestones: how far a conversation or a listener came, each with the call that made it. What the rails read.

The rule: milestones are never dropped, however many calls come after them. What is tried anew begins anew.
"""

LOOKED_UP = "looked up"
SOCKET = "socket"
BOUND = "bound"
NAMED = "named"
"""Its address is known (getsockname(2))."""

LISTENING = "listening"
ACCEPTED = "accepted"
CONNECTED = "connected"
SECURED = "secured"
CLOSED = "closed"
TROUBLED = "troubled"
"""The latest call that failed and after which it went on, until that is no longer so."""

FAILED = "failed"
"""The call whose error ended it."""
