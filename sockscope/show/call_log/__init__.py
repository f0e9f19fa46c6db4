"""The calls of one conversation, of a listener, or of everything, in the order of their time."""
