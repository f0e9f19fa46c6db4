"""Bytes, names and facts made safe and readable: text for a screen, without the screen."""
