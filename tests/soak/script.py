"""The scripted session: all that the program can do, once, as a person does it.

The rules:
- No step expects the one before it to have worked; each waits for its own success or for a moment, and goes on.
- What was found untrue on the way is told at once, by `Session.wrong`.
"""

import contextlib
import re
import socket
import time
from collections.abc import Callable

from tests.end_to_end.peers import OPTIONS, SAVE, SAVED
from tests.soak import process
from tests.soak.others import Others, answers
from tests.soak.person import Person

LEAVE_S = 8.0
"""How long a question before quitting is waited for, on the busiest machine."""

DEAF_S = 6.0

LIVE = r"connected|peer finished|we finished|connecting|securing|open\b"
_ALONE = r"(listening|paused) ·"
_LISTENER = r"(TCP|UDP)( TLS)? 127\.0\.0\.1:\d+ +\w+"
_CONVERSATION = r"│ +[\d–]+(→\d+)? (! )?127\.0\.0\.1:\d+ .* \d+ B"
_SHEETS = [("f2", key) for key in (OPTIONS, SAVED, SAVE)] + [("f3", key) for key in (OPTIONS, SAVED, SAVE)]
_SHEETS += [("f4", key) for key in (OPTIONS, SAVE, "\x10", SAVED, "d", "D")]
"""From which pane, and by which key."""


class Session:
    """One session of a person with the program and its other ends."""

    def __init__(self, person: Person, others: Others, *, every_sheet: bool = True, short: bool = False) -> None:
        """Opening every sheet takes half of a session's time; a short one is about streams alone."""
        self._every_sheet = every_sheet
        self._short = short
        self.person = person
        self.others = others
        self.wrong: list[str] = []

    def run(self) -> None:
        """Go through everything, in the order of a first walk."""
        port = self.listen("tcp://127.0.0.1:0")
        clients = [client for _ in range(3 if port else 0) if (client := self.others.client(port))]
        self.echo(port, clients)
        self.connect()
        if self._short:
            self.hear_again(port, clients)
            return
        self.resolve()
        self.tls()
        self.datagrams()
        self.relay(port)
        self.copy_and_export()
        self.sheets()
        self.hear_again(port, clients)

    def listen(self, address: str) -> int:
        """Listen; twice where it failed. Gives the port, or 0."""
        person = self.person
        for _ in range(2):
            before = process.ports(person.pid)
            person.enter("f4", address)
            found: set[int] = set()

            def opened(screen: str, before: set[int] = before, found: set[int] = found) -> object:
                found |= (process.ports(person.pid)) - before
                return (found and "listening" in screen) or "✗" in screen

            person.until(opened, f"listening at {address}")
            if found:
                return found.pop()
        return 0

    def echo(self, port: int, clients: list[socket.socket]) -> None:
        """Switch the echo on, and ask each client's words back."""
        person = self.person
        person.go("f4")
        person.press("esc", "e")
        person.sees("answer  echo")
        person.sees(f"{len(clients)} client")
        self.hear_again(port, clients)

    def hear_again(self, port: int, clients: list[socket.socket]) -> None:
        """Ask each client's words back: one that is shown as connected has to answer, unless it is said why not."""
        deaf = [one for number, one in enumerate(clients) if answers(one, b"word %d\n" % number) is False]
        if not deaf:
            return
        person = self.person
        person.go("f4")
        if person.rows(rf"TCP 127\.0\.0\.1:{port} "):  # there are several listeners
            person.click(rf"TCP 127\.0\.0\.1:{port} ")
            person.until(lambda screen: str(deaf[0].getsockname()[1]) in screen, "the deaf client's row", 0.5)
        for client in deaf:
            self._must_hear(client)

    def _must_hear(self, client: socket.socket) -> None:
        """What is shown as connected has to count what comes, whatever it answers."""
        person, row = self.person, rf" 127\.0\.0\.1:{client.getsockname()[1]} +connected +(\S+ \S+)"
        before = re.search(row, person.look())
        if before is None:
            return
        with contextlib.suppress(OSError):
            client.sendall(b"are you there?\n")

        def changed(screen: str) -> bool:
            now = re.search(row, screen)
            return now is None or now[1] != before[1]

        if not person.until(changed, "a count of what came", DEAF_S):
            self.wrong.append(f"shown as connected and deaf: {before[0].strip()}")

    def connect(self) -> None:
        """Connect to a server of ours, talk, and finish both ends."""
        person, others = self.person, self.others
        person.enter("f3", f"tcp://127.0.0.1:{others.server_port}")
        peer = others.called()
        if peer is None:
            return
        person.sees("Finish sending")
        person.press("to the server", "enter")
        with contextlib.suppress(OSError):
            peer.recv(64)
            peer.sendall(b"and back")
        if not person.sees("and back", "closed by", "reset by", "failed"):
            deaf = person.rows(rf"│ +\d+ .*127\.0\.0\.1:{others.server_port} +connected")
            self.wrong += [f"shown as connected and deaf: {row.strip(' │')}" for row in deaf]
        person.press("ctrl+d")
        with contextlib.suppress(OSError):
            peer.recv(64)
        peer.close()
        person.sees("closed by", "reset by")
        person.press("esc")

    def resolve(self) -> None:
        """Look a name up, ask a DNS server for it as well, and turn every page."""
        person = self.person
        person.enter("f2", f"localhost @127.0.0.1:{self.others.dns_port}")
        person.sees("1 row", "2 rows", "3 rows", "EAI_", "abandoned")
        person.press("esc")
        for page in "2345678":
            before = person.look()
            person.press(page)
            person.until(lambda screen, before=before: screen != before, f"page {page}", 0.5)  # type: ignore[misc]
        person.press("y", "J")
        person.sees("copied")

    def tls(self) -> None:
        """Listen with TLS, connect there, go on unverified, and talk."""
        person = self.person
        port = self.listen("tls://127.0.0.1:0")
        if not port:
            return
        person.enter("f3", f"tls://127.0.0.1:{port}")
        person.sees("not trusted", "failed", "reset by", "refused")
        person.press("f3", "esc", "u")
        person.sees("NOT VERIFIED")
        person.press("f3", "esc", "i")
        person.sees("Finish sending")
        person.press("over tls", "enter")
        person.sees("← 9 B", " 9 B")
        person.press("esc", "w", "w", "w")

    def datagrams(self) -> None:
        """Listen for datagrams, be asked, and send some."""
        person = self.person
        port = self.listen("udp://127.0.0.1:0")
        if not port:
            return
        if client := self.others.client(port, socket.SOCK_DGRAM):
            answers(client, b"datagram")
        person.enter("f3", f"udp://127.0.0.1:{port}")
        person.sees("Finish sending")
        person.press("over udp", "enter")
        person.sees(" 9 B")
        person.press("esc")

    def relay(self, port: int) -> None:
        """Pass on to the first listener, and ask through the relay."""
        person = self.person
        if not port:
            return
        person.press("f4", OPTIONS)
        person.sees("How to listen")
        if person.click("host:port, tls"):
            person.press(f"127.0.0.1:{port}")
        person.press(SAVE)
        person.sees_gone("How to listen")
        relay_port = self.listen("tcp://127.0.0.1:0")
        client = self.others.client(relay_port) if relay_port else None
        if client:
            answers(client, b"through the relay\n")
        person.press("f4", "esc", "w")

    def copy_and_export(self) -> None:
        """Copy what is seen, and write it to disk; a failure of that has to be told."""
        person = self.person
        for key, said in (("y", "copied"), ("x", "exported")):
            person.go("f3")
            person.press("esc", key)
            if not person.sees(said):
                self.wrong.append(f"key {key}: neither done nor said why not")

    def sheets(self) -> None:
        """Open every sheet, or a few, and leave it again, as fast as keys are dealt with."""
        person = self.person
        for pane, key in _SHEETS if self._every_sheet else _SHEETS[-3:]:
            person.press(pane, "esc", key, "esc")
        person.press("f4", "esc", "f1")
        person.sees("Esc closes", within_s=8.0)
        person.press("esc")
        person.sees_gone("Esc closes")


def close_all(person: Person) -> None:
    """Stop every listener and close every conversation, as a person does it."""
    for way in ("home", "end"):  # there may be more of them than the table shows
        _each(person, "f4", r"(TCP|UDP)( TLS)? 127\.0\.0\.1:\d+ +(listening|paused|opening)", _stop)
        if person.rows(_LISTENER) and person.click(_LISTENER):
            person.press(way)
            person.until(lambda screen: False, "the rows there", 0.3)
    person.go("f4")
    if re.search(_ALONE, person.look()):  # of one listener there is no table
        person.press("esc")
        _stop(person, lambda screen: not re.search(_ALONE, screen))
        person.until(lambda screen: not re.search(_ALONE, screen), "stopped")
    _each(person, "f3", rf"127\.0\.0\.1:\d+ +({LIVE})", _close)


def _each(person: Person, pane: str, pattern: str, step: Callable[[Person, Callable[[str], bool]], None]) -> None:
    """Click on every row that is so, and do something with it, until it is so no more."""
    person.go(pane)
    for _ in range(12):
        found = re.search(pattern, person.look())
        if not found or not person.click(re.escape(found[0])):
            return

        def gone(screen: str, row: str = found[0]) -> bool:
            return row not in screen and "Stop listening?" not in screen

        step(person, gone)
        person.until(gone, f"gone: {found[0]}")


def _stop(person: Person, gone: Callable[[str], bool]) -> None:
    """Stop the chosen listener, also where clients are asked about."""
    person.press("t")
    person.until(lambda screen: "Stop listening?" in screen or gone(screen), "a question")
    if "Stop listening?" in person.look():
        person.press("enter")


def _close(person: Person, gone: Callable[[str], bool]) -> None:
    person.press("c")


def look_through(person: Person, found: Callable[[], bool], within_s: float = 30.0) -> None:
    """Put the cursor on every listener and every conversation, so that their calls are on the screen."""
    ends = time.monotonic() + within_s

    def over() -> bool:
        return found() or time.monotonic() > ends

    person.go("f4")
    for listener in person.rows(_LISTENER) or [""]:
        if at := re.search(_LISTENER, listener):
            person.click(re.escape(at[0]), 0.5)
        person.press("esc", "D")
        person.sees("y copies", within_s=4.0)
        person.until(lambda _: over(), "the error among the listener's calls", 0.4)
        person.press("esc")
        person.sees_gone("Esc closes")
        _look_at_each(person, over)
    person.go("f3")
    _look_at_each(person, over)


def _look_at_each(person: Person, over: Callable[[], bool]) -> None:
    """Put the cursor on every conversation of the table on the screen, from the newest to the oldest."""
    if over():
        return
    person.press("f4" if "F4 ──" in person.look() else "f3", "esc", "end")
    for row in reversed(person.rows(_CONVERSATION)):
        peer = re.search(r"127\.0\.0\.1:\d+", row)
        title = rf"#\d+ (TCP|UDP) · {re.escape(peer[0]) if peer else ''} "
        person.until(lambda screen, title=title: re.search(title, screen), title)  # type: ignore[misc]
        person.until(lambda _: over(), "the error", 0.4)
        if over():
            return
        person.press("up")


def leave(person: Person) -> None:
    """Quit."""
    person.press("ctrl+q")
    ends = time.monotonic() + LEAVE_S
    while person.terminal.alive() and time.monotonic() < ends:
        if "Quit?" in person.look():
            person.press("enter")
            return
        time.sleep(0.02)
