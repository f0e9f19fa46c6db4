"""DNS asked directly, over sockets of our own."""
