"""TLS receive: one sender into `sockscope -l --tls`, against openssl and socat with the same certificate."""

import subprocess
import tempfile
from pathlib import Path
from statistics import median

from sockscope.engine.stream.layers.self_signed import make_self_signed
from tests.bench.program import Program, has
from tests.bench.receive import check_count
from tests.bench.report import Broken, Line, ratios, spread
from tests.bench.sender import MIB, Sender, free_port, wait_listening

AIM = 1.0
WARM_UP_MIB = 128
PEERS: dict[str, tuple[str, ...]] = {
    "openssl s_server": (
        "openssl",
        "s_server",
        "-quiet",
        "-accept",
        "127.0.0.1:{port}",
        "-cert",
        "{cert}",
        "-key",
        "{key}",
    ),
    "socat OPENSSL-LISTEN": ("socat", "-u", "OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={cert},key={key},verify=0", "-"),
}


def measure(quick: bool) -> list[Line]:
    """Compare round by round, each program started anew; the first round only warms up."""
    mib, rounds = (512, 3) if quick else (2048, 5)
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in PEERS}
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
        for path, content in zip((cert, key), make_self_signed(["localhost", "127.0.0.1"]), strict=True):
            path.write_bytes(content)
        for turn in range(rounds + 1):
            size_mib = mib if turn else WARM_UP_MIB
            speed = _sockscope(size_mib, cert, key)
            speeds = {name: _peer(command, size_mib, cert, key) for name, command in PEERS.items()}
            if turn:
                ours.append(speed)
                for name, value in speeds.items():
                    theirs[name].append(value)
    return [_line(mib, name, ours, theirs[name]) for name in PEERS]


def _line(mib: int, name: str, ours: list[float], theirs: list[float]) -> Line:
    against = ratios(ours, theirs)
    what = f"TLS receive {mib} MiB, GiB/s, against `{name} >/dev/null`"
    return Line(what, spread(ours), spread(theirs), spread(against), f"≥ {AIM}", median(against) >= AIM)


def _sockscope(mib: int, cert: Path, key: Path) -> float:
    port = free_port()
    words = ("-l", "127.0.0.1", str(port), "--tls", "--cert", str(cert), "--key", str(key), "--history-each", "64M")
    with Program(*words) as program:
        program.settle()
        with Sender(port, mib, tls=True) as sender:
            sent, seconds = sender.result()
        program.when(has("closed by peer"), "closed by peer")
        check_count(program, sent)
    return sent / seconds / 1024**3


def _peer(command: tuple[str, ...], mib: int, cert: Path, key: Path) -> float:
    """Give GiB/s; openssl serves on after a client, so the kernel is asked what it wrote before it is ended."""
    port = free_port()
    words = [word.format(port=port, cert=cert, key=key) for word in command]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        wait_listening(port)
        with Sender(port, mib, tls=True) as sender:
            sent, seconds = sender.result()
        _check_written(process.pid, words[0], sent)
    finally:
        process.kill()
        process.communicate()
    return sent / seconds / 1024**3


def _check_written(pid: int, name: str, sent: int) -> None:
    counters = Path(f"/proc/{pid}/io").read_text(encoding="ascii")
    written = int(counters.partition("wchar:")[2].split()[0])
    if not sent <= written < sent + MIB:
        raise Broken(f"{name} wrote {written:,} bytes of {sent:,}")
