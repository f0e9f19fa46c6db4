"""What the network calls things: addresses, endpoints, kinds of sockets, errors, time. No other room is known here."""
