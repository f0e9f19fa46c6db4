"""Errors in plain words: what each means and what to try next."""
