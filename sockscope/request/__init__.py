"""What is asked for, as data: a lookup, a connection, a listener; and the table of everything that can be settled.

The rule: a request knows words alone (addresses, kinds of sockets, names of hints). It touches no socket, makes no
context, and knows neither who carries it out nor who shows what comes of it.
"""

from sockscope.request.connect import Connect
from sockscope.request.listen import Listen
from sockscope.request.resolve import Resolve

Request = Resolve | Connect | Listen

__all__ = ["Connect", "Listen", "Request", "Resolve"]
