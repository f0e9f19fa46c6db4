"""Many clients: 10,000 connect at once, each sends a few bytes and stays.

`python -m tests.bench.clients PORT COUNT` is the process of the clients: it says in one line how it went; on
each further line of standard input one client sends once more; at its end they leave.
"""

import json
import resource
import socket
import subprocess
import sys
import time

from tests.bench.program import ROOT, Program, has
from tests.bench.report import Broken, Line, percentile
from tests.bench.sender import free_port

COUNT = 10_000
PAYLOAD = b"hello"  # so small that it arrives in one receive: as many receives as clients means every byte
AIM_MIB = 150
AIM_END_S = 2.0
PRESSES = SAID = 20
CLICK = "\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"


def measure(quick: bool) -> list[Line]:
    """Let them come, see that all are there and that the table answers, and compare the memory before and after."""
    port = free_port()
    with Program("-l", "127.0.0.1", str(port)) as program:
        program.settle()
        before_mib = program.memory_mib()
        command = [sys.executable, "-m", "tests.bench.clients", str(port), str(COUNT)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
            try:
                assert clients.stdin and clients.stdout
                told = json.loads(clients.stdout.readline() or '{"connected": 0}')
                if told["connected"] != COUNT:
                    raise Broken(f"only {told['connected']:,} clients could connect: {told}")
                arrived_at = program.when(has(f"{COUNT:,} clients so far", f" in {COUNT:,} "), "all clients", 60)
                time.sleep(2.0)
                grown_mib = program.memory_mib() - before_mib
                answers = _press(program)
                drawn = _live(program, clients)
                cpu_percent = _cpu(program, 2 if quick else 5)
            finally:
                clients.kill()
            left = program.end()
    seconds = arrived_at - told["began_at"]
    connected = f"the clients had connected after {told['seconds']:.1f} s"
    sorting = f"p50 {percentile(answers, 50):.0f}, max {max(answers):.0f} ms"
    live = f"p50 {percentile(drawn, 50):.0f}, max {max(drawn):.0f} ms"
    aim_mib, aim_s = f"≤ {AIM_MIB} MiB", f"≤ {AIM_END_S:.0f} s"
    return [
        _line(
            f"memory over the same program idle ({before_mib:.0f} MiB)",
            f"{grown_mib:.0f} MiB",
            aim_mib,
            grown_mib <= AIM_MIB,
        ),
        Line(
            f"{COUNT:,} clients: all accepted and drawn",
            f"{seconds:.1f} s ({COUNT / seconds:,.0f}/s)",
            connected,
            "–",
            "all",
            True,
        ),
        _line("the order of the table turned round by a key", sorting),
        _line("one more receive drawn", live),
        _line("processor while all are silent", f"{cpu_percent:.1f} %"),
        _line("SIGTERM to the end", f"{left:.1f} s", aim_s, left <= AIM_END_S),
    ]


def _line(what: str, ours: str, aim: str = "–", met: bool | None = None) -> Line:
    return Line(f"{COUNT:,} clients: {what}", ours, aim=aim, met=met)


def _press(program: Program) -> list[float]:
    """Turn the order of the whole table round again and again; give the milliseconds each time."""
    rows = program.draw()
    head = next(y for y, row in enumerate(rows) if "client " in row and " state" in row)
    program.press(CLICK.format(x=20, y=head + 2))
    time.sleep(0.5)
    program.press("s")
    program.when(has("#▲"), "sorted by number")
    time.sleep(0.5)
    pressed = []
    for turn in range(PRESSES):
        pressed.append(("#▲" if turn % 2 else "#▼", program.press("S")))
        time.sleep(0.31)
    return [(program.when(has(mark), mark) - at) * 1e3 for mark, at in pressed]


def _live(program: Program, clients: "subprocess.Popen[str]") -> list[float]:
    """Let one client after another speak once more, and give the milliseconds until that is on the screen each time.

    The screen looks ten times a second: what comes at once and what comes a tick later is all one, so the moments are
    spread over the tick.
    """
    assert clients.stdin
    took = []
    for count in range(1, SAID + 1):
        program.draw()
        time.sleep(0.137 * (count % 8 + 1) % 0.5)
        at = time.monotonic()
        clients.stdin.write("\n")
        clients.stdin.flush()
        took.append((program.when(has(f" in {COUNT + count:,} "), "the bytes of one more receive") - at) * 1e3)
    return took


def _cpu(program: Program, seconds: float) -> float:
    before_s, at = program.cpu_s(), time.monotonic()
    time.sleep(seconds)
    return 100 * (program.cpu_s() - before_s) / (time.monotonic() - at)


def come(port: int, count: int) -> None:
    """Connect so many times, send from each, and stay until the input ends."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connected: list[socket.socket] = []
    began_at = time.monotonic()
    error = ""
    try:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), 30)
            client.sendall(PAYLOAD)
            connected.append(client)
    except OSError as problem:
        error = str(problem)
    told = {"connected": len(connected), "began_at": began_at, "seconds": time.monotonic() - began_at, "error": error}
    print(json.dumps(told), flush=True)
    for number, _ in enumerate(sys.stdin):
        connected[number % len(connected)].sendall(PAYLOAD)


if __name__ == "__main__":
    come(int(sys.argv[1]), int(sys.argv[2]))
