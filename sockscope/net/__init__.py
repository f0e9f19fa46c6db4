"""Sockets, and the record of what they did. Nothing here knows of a screen."""
