"""Run the benchmarks and print one table; nothing here belongs to the tests."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.bench import (
    call_log,
    clients,
    datagrams,
    idle,
    kernel,
    keys,
    lookups,
    paint,
    plain,
    receive,
    relay,
    search,
    secure,
)
from tests.bench.report import Broken, Line, machine, table

SUBJECTS: dict[str, Callable[[bool], list[Line]]] = {
    "receive": receive.measure,
    "relay": relay.measure,
    "tls": secure.measure,
    "udp": datagrams.measure,
    "keys": keys.measure,
    "lookups": lookups.measure,
    "paint": paint.measure,
    "clients": clients.measure,
    "kernel": kernel.measure,
    "search": search.measure,
    "calls": call_log.measure,
    "idle": idle.measure,
    "plain": plain.measure,
}


def main() -> int:
    """Measure what was asked for; 1 where something was lost or never happened, whatever the speed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure sockscope beside its peers.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes, about a minute")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"some of: {', '.join(SUBJECTS)} (all)")
    options = parser.parse_args()
    if unknown := [name for name in options.subjects if name not in SUBJECTS]:
        parser.error(f"no such subject: {', '.join(unknown)}")
    on = machine()
    lines: list[Line] = []
    broken: list[str] = []
    for name, measure in SUBJECTS.items():
        if options.subjects and name not in options.subjects:
            continue
        began_at = time.monotonic()
        try:
            lines += measure(options.quick)
        except (Broken, OSError) as problem:
            broken.append(f"BROKEN: {name}: {problem}")
        print(f"{name}: {time.monotonic() - began_at:.0f} s", file=sys.stderr, flush=True)
    print(table(lines))
    print(f"\nMedians, with the least and the greatest; ratios are taken round by round. {on}.")
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
