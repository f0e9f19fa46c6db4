"""DNS asked directly, over sockets of our own: what servers say themselves about a name."""
