"""Run the torture, the soak or the quitting; nothing here belongs to the tests but a sample of the first."""

import argparse
import sys

from tests.soak import faults


def main() -> int:
    """Do what was asked for; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Try to break sockscope.")
    subjects = parser.add_subparsers(dest="subject", required=True)
    torture = subjects.add_parser("torture", help="each call failing at its k-th time, one run each")
    torture.add_argument("--seed", type=int, default=1, help="the order of the errors, and which are chosen")
    torture.add_argument("--only", choices=faults.ERRORS, default="", metavar="SYSCALL", help="this call alone")
    torture.add_argument("--most", type=int, default=faults.MOST, metavar="K", help="the last call that fails (20)")
    torture.add_argument("--short", action="store_true", help="streams alone: listen, three clients, echo, a connect")
    torture.add_argument("--jobs", type=int, default=2, help="so many programs at a time (2)")
    torture.add_argument(
        "--fault", action="append", metavar="'SYSCALL ERROR K'", help="these alone; K+: that call and every later one"
    )
    soak = subjects.add_parser("soak", help="many keys, connections and datagram peers, then mixed traffic")
    soak.add_argument("--keys", type=int, default=10_000)
    soak.add_argument("--connections", type=int, default=50_000)
    soak.add_argument("--peers", type=int, default=20_000)
    soak.add_argument("--minutes", type=float, default=60.0, help="of mixed traffic (60)")
    leaving = subjects.add_parser("quit", help="quit at random moments of each phase")
    leaving.add_argument("--seed", type=int, default=1)
    leaving.add_argument("--times", type=int, default=5, help="so often in each phase (5)")
    return _run(parser.parse_args())


def _run(options: argparse.Namespace) -> int:
    if options.subject == "torture":
        from tests.soak.torture import torture

        chosen = [faults.read(text) for text in options.fault or ()] or faults.every(options.only, options.most)
        return int(torture(chosen, options.jobs, options.seed, short=options.short) > 0)
    if options.subject == "soak":
        from tests.soak.soak import soak

        return int(soak(options.keys, options.connections, options.peers, options.minutes) > 0)
    from tests.soak.quitting import quit_anywhere

    return int(quit_anywhere(options.seed, options.times) > 0)


if __name__ == "__main__":
    sys.exit(main())
