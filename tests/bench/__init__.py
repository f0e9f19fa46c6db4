"""Benchmarks: the real program in a terminal, its peers beside it in the same run; `python -m tests.bench`."""
