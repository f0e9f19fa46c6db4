"""Open client sockets."""
