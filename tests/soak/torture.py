"""All faults, one run each, several at a time; what was wrong is printed as it is found, a table at the end.

The rules:
- The first call fails in a whole session; a later one, or every one, in a short session (streams alone) as long as that
  makes so many calls, then in a whole one too.
- Where a thread never makes a call so often that the k-th fails, later ones of that error are not tried; they are
  counted as never made.
"""

import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby

from tests.soak.faults import Fault
from tests.soak.run import Outcome, run

_HEAD = "| call | error | runs | injected | never made | went on | ended with one line | faults |"
_IN_VAIN = 2
"""So many runs of an error in which nothing was injected, and the rest is not tried."""


def torture(faults: Sequence[Fault], jobs: int, seed: int, *, short: bool = False) -> int:
    """Run all faults, in short sessions where that is asked for; give how many runs went wrong."""
    groups = [list(group) for _, group in groupby(faults, lambda fault: (fault.syscall, fault.error))]
    random.Random(seed).shuffle(groups)
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        for done in pool.map(partial(_one_error, short=short), groups):
            outcomes += done
    print(table(outcomes, faults))
    return sum(bool(outcome.wrong) for outcome in outcomes)


def _one_error(faults: list[Fault], *, short: bool) -> list[Outcome]:
    """Run the faults of one error, the first calls first."""
    with tempfile.TemporaryDirectory(prefix="sockscope-configuration-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        return list(_until_in_vain(faults, short=short))


def _until_in_vain(faults: list[Fault], *, short: bool) -> Iterator[Outcome]:
    in_vain, enough = 0, True
    for fault in faults:
        outcome = run(fault, short=short or (enough and (fault.lasting or fault.when > 1)))
        if enough and fault.when > 1 and not (short or outcome.injected or outcome.wrong):
            enough = False
            outcome = run(fault)
        print(told(outcome), flush=True)
        yield outcome
        in_vain = 0 if outcome.injected else in_vain + 1
        if in_vain == _IN_VAIN:
            return


def told(outcome: Outcome) -> str:
    """Say in one line how a run went, and how to have it again where it went wrong."""
    how = "went on" if outcome.went_on else f"ended: {' '.join(outcome.last_words)[-120:]}"
    made = f"{len(outcome.injected)} injected" if outcome.injected else "nothing injected"
    line = f"{time.strftime('%H:%M:%S')} {outcome.fault}: {made}, {how}, {outcome.took_s:.1f} s"
    if outcome.wrong:
        again = f"python -m tests.soak torture --fault '{outcome.fault}'"
        missed = f"{len(outcome.missed)} steps did not come to their end"
        line = f"{line} FAULT: {' | '.join(outcome.wrong)} · {missed} · again: {again}"
    return line


def table(outcomes: Sequence[Outcome], faults: Sequence[Fault]) -> str:
    """Count what became of the runs, for each call and error."""
    rows = [_HEAD, "|" + " --- |" * 8]
    for (syscall, error), group in groupby(sorted(faults, key=str), lambda fault: (fault.syscall, fault.error)):
        planned = len(list(group))
        ran = [one for one in outcomes if (one.fault.syscall, one.fault.error) == (syscall, error)]
        hit = [one for one in ran if one.injected]
        ended = sum(not one.went_on and len(one.last_words) == 1 for one in hit)
        counts = (len(ran), len(hit), planned - len(hit), sum(one.went_on for one in hit), ended)
        rows.append(f"| {syscall} | {error} | {' | '.join(map(str, counts))} | {sum(bool(one.wrong) for one in ran)} |")
    return "\n".join(rows)
