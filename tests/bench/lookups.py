"""Lookups: answers per second through the engine against a thread pool, and the screen while 200 lookups hang.

`python -m tests.bench.lookups 0` is the second part, run in a namespace whose only resolver never answers; it prints
its figures as JSON.
"""

import json
import random
import socket
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sockscope.engine.engine import Engine
from sockscope.engine.resolve.resolver import IN_FLIGHT
from sockscope.engine.settings import LOOKUPS_KEPT
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.bench.program import CTRL_U, ROOT, Program, has
from tests.bench.report import Broken, Line, percentile, ratios, spread

COUNT = 5000
AT_A_TIME = LOOKUPS_KEPT * 3 // 4  # what falls out of the record is abandoned
HANGING = 200
AIM_MS, AIM_END_S = 50, 2.0
PAUSE_S = (0.05, 0.15)  # between two keys; at random, so as not to fall into step with the screen
CTRL_Q, F2 = "\x11", "\x1bOQ"
SETUP = "ip link set lo up; mount --bind {0} /etc/resolv.conf; mount --bind {1} /etc/nsswitch.conf"
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:30 attempts:3\n"


def measure(quick: bool) -> list[Line]:
    """Look up three kinds of names, round by round, then let lookups hang."""
    names = {"localhost": "localhost", "a name of the hosts file": _own_name(), "a number": "127.0.0.1"}
    return [*(_rate(what, name, 3 if quick else 9) for what, name in names.items()), *_hanging(quick)]


def _own_name() -> str:
    """Give a name other than localhost that the hosts file has."""
    lines = [line.partition("#")[0].split() for line in Path("/etc/hosts").read_text(encoding="utf-8").splitlines()]
    return next((line[1] for line in lines if len(line) > 1 and line[1] != "localhost"), "localhost")


# Answers per second.


def _rate(what: str, name: str, rounds: int) -> Line:
    ours: list[float] = []
    pool: list[float] = []
    for turn in range(rounds + 1):
        rates = _timed(_through_engine, name), _timed(_through_pool, name)
        if turn:  # the first round warms up
            ours.append(rates[0])
            pool.append(rates[1])
    against = ratios(ours, pool)
    beside = f"ThreadPoolExecutor({IN_FLIGHT}): {spread(pool, digits=0)}"
    return Line(f"{COUNT:,} lookups of {what}, answers/s", spread(ours, digits=0), beside, spread(against))


def _timed(work: Callable[[str], float], name: str) -> float:
    return COUNT / work(name)


def _through_engine(name: str) -> float:
    engine = Engine()
    engine.start()
    try:
        began_at = time.monotonic()
        lookups: list[Lookup] = []
        for number in range(COUNT):
            lookups.append(engine.names.resolve(Question(name)))
            if number >= AT_A_TIME:
                _await(lookups[number - AT_A_TIME], began_at)
        for lookup in lookups[-AT_A_TIME:]:  # in order, like the pool's results
            _await(lookup, began_at)
        seconds = time.monotonic() - began_at
    finally:
        engine.stop()
    if any(lookup.state is not LookupState.ANSWERED for lookup in lookups):
        raise Broken(f"not every lookup of {name} was answered")
    return seconds


def _await(lookup: Lookup, began_at: float) -> None:
    while lookup.state.live:
        if time.monotonic() - began_at > 60:
            raise Broken("lookups were not answered within 60 s")
        time.sleep(0.001)


def _through_pool(name: str) -> float:
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        began_at = time.monotonic()
        asked = [pool.submit(socket.getaddrinfo, name, None, 0, socket.SOCK_STREAM) for _ in range(COUNT)]
        answers = [one.result() for one in asked]
        seconds = time.monotonic() - began_at
    if not all(answers):
        raise Broken(f"not every lookup of {name} was answered")
    return seconds


# The screen while lookups hang.


def _hanging(quick: bool) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "resolv.conf"), Path(folder, "nsswitch.conf")
        for path, content in zip(files, (RESOLV_CONF, "hosts: files dns\n"), strict=True):
            path.write_text(content, encoding="ascii")
        script = SETUP.format(*files) + '; exec "$@"'
        command = ["unshare", "-nm", "sh", "-ec", script, "sh", sys.executable, "-m", "tests.bench.lookups"]
        ran = subprocess.run([*command, str(int(quick))], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Broken(f"no figures of lookups that hang: {ran.stderr.strip()[-2000:]}")
    told = json.loads(ran.stdout)
    p50, p95, end_s = percentile(told["keys_ms"], 50), percentile(told["keys_ms"], 95), told["end_s"]
    quiet = told["quiet_ms"]
    what = f"{HANGING} lookups that hang, {told['in_flight']} in flight"
    return [
        Line(
            f"{what}: key to screen, {len(told['keys_ms'])} keys",
            f"p50 {p50:.0f}, p95 {p95:.0f}, max {max(told['keys_ms']):.0f} ms",
            f"before them: p50 {percentile(quiet, 50):.0f}, p95 {percentile(quiet, 95):.0f} ms",
            f"{p95 / percentile(quiet, 95):.1f}",
            f"p95 ≤ {AIM_MS} ms",
            p95 <= AIM_MS,
        ),
        Line(f"{what}: ctrl+q to the end", f"{end_s:.2f} s", aim=f"≤ {AIM_END_S:.0f} s", met=end_s <= AIM_END_S),
    ]


def hang(quick: bool) -> None:
    """Start the lookups by keys, type, quit, and print what was measured."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, Program() as program:
        silent.bind(("127.0.0.1", 53))
        program.when(has("Resolve F2", "Listen F4"), "the panes")
        time.sleep(1.0)
        program.press(F2)
        time.sleep(0.5)
        quiet_ms = _type(program, 1 if quick else 2)
        for number in range(HANGING):
            for keys in (CTRL_U, f"h{number}.example", "\r"):  # one after the other: in a burst one could overtake
                program.press(keys)
                time.sleep(0.08)
        for number in range(HANGING):
            program.when(has(f'"h{number}.example"'), f"lookup {number}")
        program.press(CTRL_U)
        time.sleep(0.3)
        in_flight = _threads(program.pid)
        if in_flight != IN_FLIGHT:
            raise Broken(f"{in_flight} lookups are in flight:\n" + "\n".join(program.draw()))
        keys_ms = _type(program, 2 if quick else 8)
        end_s = _quit(program)
    print(json.dumps({"quiet_ms": quiet_ms, "keys_ms": keys_ms, "in_flight": in_flight, "end_s": end_s}))


def _type(program: Program, batches: int) -> list[float]:
    """Type characters into the name, and give the milliseconds until each stood there."""
    chance = random.Random(7)
    typed: list[tuple[str, float]] = []
    for batch in range(batches):
        alphabet = (string.ascii_lowercase if batch % 2 else string.ascii_uppercase)[:20]
        for place, character in enumerate(alphabet, 1):
            typed.append((alphabet[:place], program.press(character)))
            time.sleep(chance.uniform(*PAUSE_S))
        time.sleep(0.3)
        program.press(CTRL_U)
        time.sleep(0.3)
    return [(program.when(_begins(text), f"{text!r} in the field") - at) * 1e3 for text, at in typed]


def _begins(text: str) -> Callable[[list[str]], object]:
    """Ask whether a row begins with a text: that of the name's field."""
    return lambda rows: any(row[1:].startswith(text) for row in rows)


def _threads(pid: int) -> int:
    """Count the threads that ask getaddrinfo: each has a socket to the resolver."""
    links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    inodes = {str(link)[8:-1] for link in links if str(link).startswith("socket:[")}
    asking = [line.split() for line in Path(f"/proc/{pid}/net/udp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(fields[2].endswith(":0035") and fields[9] in inodes for fields in asking)


def _quit(program: Program) -> float:
    """Press ctrl+q, and give the seconds until the process was gone."""
    began_at = program.press(CTRL_Q)
    status = Path(f"/proc/{program.pid}/stat")
    while status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z":  # ended, and not waited for yet
        if time.monotonic() - began_at > 20:
            raise Broken("ctrl+q did not end the program")
        time.sleep(0.005)
    return time.monotonic() - began_at


if __name__ == "__main__":
    hang(sys.argv[1] == "1")
