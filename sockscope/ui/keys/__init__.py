"""The keys: what each does, and where."""
