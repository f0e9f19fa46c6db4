"""Makes the calls: sockets, names, listeners, in a thread of its own."""
