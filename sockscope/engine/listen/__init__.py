"""Listeners and their clients."""
