"""Requests: what is asked for, the settings that a person can choose, and the text of both read."""
