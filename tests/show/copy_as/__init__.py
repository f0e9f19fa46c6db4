"""Tests of "copy as"."""
