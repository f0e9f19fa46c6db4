"""The traffic as lines: what is shown of which tracks, in hex, text or calls, and where a reader stands in it."""
