"""Records of names: a lookup, what it answered, and what was found out about the answer."""
