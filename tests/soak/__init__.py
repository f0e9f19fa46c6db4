"""Trying to break the real program, by hand: `python -m tests.soak torture|soak|quit`.

- `torture [--only SYSCALL] [--most K] [--short] [--jobs N] [--seed N]`: each of 17 system calls fails at its k-th
  time, k = 1 to 20, with two errors that it can give, while a scripted session runs in a pseudo-terminal (strace(1)
  injects). One line for each run, FAULT and how to have it again where something was wrong, a table at the end.
  `--fault 'epoll_ctl ENOSPC 7'` runs one again. `tests/end_to_end/test_torture.py` has a sample.
- `soak [--keys N] [--connections N] [--peers N] [--minutes M]`: a long life; memory, descriptors, threads over time.
- `quit [--times N] [--seed N]`: quits at random moments of each phase.
"""
