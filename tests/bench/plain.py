"""Without a screen: bytes through pipes and files, the first byte, short connections; against nc, ncat and socat."""

import compileall
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.program import ROOT
from tests.bench.report import Broken, Line, ratios, spread
from tests.bench.sender import BLOCK, MIB, Sender, free_port, wait_listening

AIM_NC, AIM_SOCAT, AIM_FIRST_MS = 0.9, 2.0, 120
CONNECTIONS = 1000

Command = tuple[str, ...]
OURS: Command = (sys.executable, "-m", "sockscope", "--plain")
LISTENING: dict[str, Command] = {
    "sockscope": (*OURS, "-l", "127.0.0.1", "{port}"),
    "nc": ("nc", "-N", "-l", "127.0.0.1", "{port}"),
    "socat": ("socat", "-u", "TCP-LISTEN:{port},bind=127.0.0.1", "-"),
}
SENDING: dict[str, Command] = {
    "sockscope": (*OURS, "127.0.0.1", "{port}"),
    "nc": ("nc", "-N", "127.0.0.1", "{port}"),
    "socat": ("socat", "-u", "-", "TCP:127.0.0.1:{port}"),
}
FIRST: dict[str, Command] = {
    "sockscope": SENDING["sockscope"],
    "nc": SENDING["nc"],
    "ncat": ("ncat", "127.0.0.1", "{port}"),
}


def measure(quick: bool) -> list[Line]:
    """Compare round by round; the first one warms up."""
    mib, rounds = (512, 3) if quick else (2048, 5)
    compileall.compile_dir(ROOT / "sockscope", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "file"), Path(folder, "out")
        with file.open("wb") as made:
            for _ in range(mib):
                made.write(BLOCK)
        lines = [
            *_compared(f"receive {mib} MiB into a pipe", LISTENING, rounds, lambda one: _received(one, mib, None)),
            *_compared(
                f"receive {mib} MiB into a file",
                LISTENING,
                rounds,
                lambda one: _received(one, mib, out),
            ),
            *_compared(f"send {mib} MiB from a pipe", SENDING, rounds, lambda one: _sent(one, file, piped=True)),
            *_compared(f"send {mib} MiB from a file", SENDING, rounds, lambda one: _sent(one, file, piped=False)),
        ]
    return [*lines, *_first(rounds), _short()]


def _compared(what: str, commands: dict[str, Command], rounds: int, rate: Callable[[Command], float]) -> list[Line]:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            speed = rate(command)
            if turn:
                found[name].append(speed)
    ours = found.pop("sockscope")
    return [_line(f"{what}, GiB/s", name, ours, theirs) for name, theirs in found.items()]


def _line(what: str, name: str, ours: list[float], theirs: list[float]) -> Line:
    against, aim = ratios(ours, theirs), AIM_SOCAT if name == "socat" else AIM_NC
    met = median(against) >= aim
    return Line(f"{what}, against {name}", spread(ours), spread(theirs), spread(against), f"≥ {aim}", met)


@contextmanager
def _running(command: Command, port: int, **pipes: object) -> Iterator["subprocess.Popen[bytes]"]:
    words = [word.format(port=port) for word in command]
    with subprocess.Popen(words, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def _received(command: Command, mib: int, into: Path | None) -> float:
    """Give GiB/s of what a sender sends, until all of it has been written."""
    port = free_port()
    with (into or Path(os.devnull)).open("wb") as out:
        if into:
            with _running(command, port, stdin=subprocess.DEVNULL, stdout=out) as process:
                seconds = _sender(port, mib, process)
            if into.stat().st_size != mib * MIB:
                raise Broken(f"{command[0]} wrote {into.stat().st_size:,} bytes of {mib * MIB:,}")
        else:
            with (
                _running(command, port, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process,
                subprocess.Popen(["wc", "-c"], stdin=process.stdout, stdout=subprocess.PIPE) as reader,
            ):
                seconds = _sender(port, mib, process)
                assert process.stdout
                process.stdout.close()
                count = int(reader.communicate()[0])
            if count != mib * MIB:
                raise Broken(f"{command[0]} wrote {count:,} bytes of {mib * MIB:,}")
    return mib / 1024 / seconds


def _sender(port: int, mib: int, process: "subprocess.Popen[bytes]") -> float:
    wait_listening(port)
    began = time.monotonic()
    with Sender(port, mib) as sender:
        sender.result()
        process.wait(60)
    return time.monotonic() - began


def _sent(command: Command, file: Path, *, piped: bool) -> float:
    """Give GiB/s from the start of the program until a sink has all of a file."""
    port, size_bytes = free_port(), file.stat().st_size
    sink = subprocess.Popen([sys.executable, "-m", "tests.bench.sink", str(port)], cwd=ROOT, stdout=subprocess.PIPE)
    wait_listening(port)
    began = time.monotonic()
    with file.open("rb") as source:
        cat = subprocess.Popen(["cat"], stdin=source, stdout=subprocess.PIPE) if piped else None
        with _running(command, port, stdin=cat.stdout if cat else source) as process:
            if process.wait(60):
                raise Broken(f"{command[0]} ended with {process.returncode}")
        told = sink.communicate()[0]
        if cat:
            cat.communicate()
    seconds = time.monotonic() - began
    if f'"received": {size_bytes}'.encode() not in told:
        raise Broken(f"{command[0]} sent {told!r} of {size_bytes:,} bytes")
    return size_bytes / 1024**3 / seconds


def _first(rounds: int) -> list[Line]:
    """Measure from the start of a client until the first byte of a server that speaks first has come out."""
    found: dict[str, list[float]] = {name: [] for name in FIRST}
    for turn in range(3 * rounds + 1):
        for name, command in FIRST.items():
            with socket.create_server(("127.0.0.1", 0)) as server:
                began = time.monotonic()
                pipe = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
                with _running(command, server.getsockname()[1], **pipe) as process:
                    peer, _ = server.accept()
                    with peer:
                        peer.sendall(b"x")
                        assert process.stdout
                        process.stdout.read(1)
                        took_ms = (time.monotonic() - began) * 1e3
            if turn:
                found[name].append(took_ms)
    ours = found.pop("sockscope")
    beside = "; ".join(f"{name}: {spread(theirs, ' ms', 0)}" for name, theirs in found.items())
    met = median(ours) <= AIM_FIRST_MS
    return [Line("start to the first byte", spread(ours, " ms", 0), beside, "–", f"≤ {AIM_FIRST_MS} ms", met)]


def _short() -> Line:
    """Measure short connections, one after the other, each of which says a byte."""
    port, words = free_port(), (*OURS, "-l", "-k", "127.0.0.1", "{port}")
    with _running(words, port, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        wait_listening(port)
        began = time.monotonic()
        for _ in range(CONNECTIONS):
            with socket.create_connection(("127.0.0.1", port)) as one:
                one.sendall(b"x")
        assert process.stdout
        left = CONNECTIONS
        while left:
            left -= len(os.read(process.stdout.fileno(), left))
        rate = CONNECTIONS / (time.monotonic() - began)
    return Line(f"{CONNECTIONS:,} short connections with -k", f"{rate:,.0f}/s")
