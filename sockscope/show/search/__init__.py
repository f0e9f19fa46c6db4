"""Searching the bytes of a track."""
