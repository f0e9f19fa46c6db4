"""Take the pictures in this folder: `python screenshots/take.py`, from a terminal or without one.

Those of names are taken in a namespace with a resolver of our own, so that they are the same everywhere.

The real program is started in a pseudo-terminal of each size, is used by keys, is asked by an environment variable
of Textual's to write a picture of itself after some seconds, and is ended.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

HERE = Path(__file__).parent
SIZES = ((160, 48), (120, 36), (80, 24))
Keys = tuple[tuple[float, bytes], ...]
"""After how many seconds what is typed."""

DEMO = ("--demo",)
TLS = ("-l", "127.0.0.1", "19443", "--tls", "--echo")
GOING_ON: Keys = (
    (1.0, b"\x1bOR"),
    (1.3, b"tls://localhost:19443\r"),
    (2.2, b"u"),
    (2.8, b"i"),
    (3.1, b"hello over TLS\r"),
)
ASKED: Keys = ((1.2, b"\x1b[27u"), (1.6, b"d"), (2.4, b"z"))
RACED: Keys = ((1.0, b"a"), (1.2, b"\t"), (1.4, b"80\r"), (1.9, b"\x1b[27u"), (2.3, b"C"))
PINNED = "127.0.0.1 localhost\n192.0.2.77 alias.test pinned\n"
AFTER_S = 4
DEADLINE_S = 30


def take(columns: int, lines: int, name: str, arguments: tuple[str, ...] = DEMO, keys: Keys = ()) -> Path:
    """Run the program at one size, press keys, and give the picture."""
    picture = HERE / f"{name}-{columns}x{lines}.svg"
    picture.unlink(missing_ok=True)
    environment = {
        "TEXTUAL_SCREENSHOT": str(AFTER_S),
        "TEXTUAL_SCREENSHOT_LOCATION": str(HERE),
        "TEXTUAL_SCREENSHOT_FILENAME": picture.name,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "sockscope", *arguments], os.environ | environment)
    termios.tcsetwinsize(terminal, (lines, columns))
    started = time.monotonic()
    while time.monotonic() - started < DEADLINE_S and not picture.exists():
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)
        if keys and time.monotonic() - started > keys[0][0]:
            os.write(terminal, keys[0][1])
            keys = keys[1:]
    os.kill(child, signal.SIGTERM)
    while select.select([terminal], [], [], 1)[0]:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:
            break
    os.waitpid(child, 0)
    os.close(terminal)
    picture.write_text(_self_contained(picture.read_text()))
    return picture


def _self_contained(svg: str) -> str:
    """Take out the font that would be fetched from elsewhere, and size another one to the same cells."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono").replace("font-size: 20px", "font-size: 20.26px")
    return svg.replace("<text ", '<text xml:space="preserve" ')


def _take_names() -> None:
    from tests.engine.loopback import listening
    from tests.engine.resolve.own_resolver import own_resolver

    with own_resolver() as resolver, listening("192.0.2.1", port=80):
        resolver.go_by()
        print(take(120, 36, "race", ("both.test",), RACED))
        resolver.go_by(hosts=PINNED)
        print(take(120, 36, "dns", ("alias.test",), ASKED))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    if sys.argv[1:] == ["names"]:
        _take_names()
        sys.exit()
    for size in SIZES:
        print(take(*size, "demo"))
    print(take(160, 48, "tls", TLS, GOING_ON))
    from screenshots.animate import take as animated

    print(animated(HERE / "demo-moving.svg"))
    from tests.engine.resolve.own_resolver import a_namespace

    subprocess.run([*a_namespace(), sys.executable, __file__, "names"], check=True)
