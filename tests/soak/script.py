"""The scripted session: all that the program can do, once, as a person does it.

The rules:
- No step expects the one before it to have worked; each waits for its own success or for a moment, and goes on.
- What has to be so where nothing fails is looked for at both ends; what is not so is kept in `Person.missed`.
- What was found untrue on the way is told at once, by `Session.wrong`.
"""

import contextlib
import re
import socket
from pathlib import Path

from tests.end_to_end.peers import OPTIONS, REPEAT, SAVE, SAVED
from tests.soak import process
from tests.soak.others import Others
from tests.soak.person import Person

DEAF_S = 6.0

_PAGES = {
    "2": "Hints: what was asked for",
    "3": "How it is known",
    "4": "r asks getnameinfo",
    "5": "This is what the system is configured",
    "6": "DNS is asked for the whole name",
    "7": "The rows have port 0",
    "8": "w asks again every second",
}
"""By which key a page about a lookup is turned to, and what it says in any case."""

LISTENER = r"│ +(\d+|–) (TCP|UDP)( TLS)? "
"""A row of the table of listeners."""

_PALETTE = "\x10"
_SHEETS = (
    (("f2", OPTIONS), "How to resolve"),
    (("f3", OPTIONS), "How to connect"),
    (("f3", SAVED), "Saved and templates"),
    (("f3", SAVE), "Save (ctrl+s)"),
    (("f3", "esc", "i", REPEAT), "Send again and again"),
    (("f4", SAVED), "Saved and templates"),
    (("f4", SAVE), "Save (ctrl+s)"),
    (("f4", _PALETTE), "Search for commands"),
    (("f4", OPTIONS), "How to listen"),
    (("f4", "esc", "d"), "Tab to the options"),
    (("f4", "esc", "D"), "y copies · Esc closes"),
    (("f4", "esc", "Q"), "F1 tells more"),
    (("f4", "esc", "f1"), "Fields (Enter does"),
)
"""By which keys a sheet is opened, and what stands on it and nowhere else."""


class Session:
    """One session of a person with the program and its other ends."""

    def __init__(
        self, person: Person, others: Others, folder: Path, *, every_sheet: bool = True, short: bool = False
    ) -> None:
        """Files are written into `folder`; a short session is about streams alone."""
        self._folder = folder
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
        if not self._short:
            self.resolve()
            self.tls()
            self.datagrams()
            self.relay(port)
        if self._every_sheet or not self._short:
            self.copy_and_export()
            self.sheets()
        self.hear_again(port, clients)

    def listen(self, address: str) -> int:
        """Listen; twice where it failed. Gives the port, or 0."""
        return self._opened(address) or self._opened(address)

    def _opened(self, address: str) -> int:
        person, before = self.person, process.ports(self.person.pid)
        failed_before = "✗" in person.look()
        found: set[int] = set()

        def over(screen: str) -> object:
            found.update(process.ports(person.pid) - before)
            return (found and "listening" in screen) or ("✗" in screen and not failed_before)

        person.enter("f4", address)
        person.until(over, f"an end of listening at {address}")
        person.finds(bool(found), f"listening at {address}")
        return found.pop() if found else 0

    def echo(self, port: int, clients: list[socket.socket]) -> None:
        """Switch the echo on, and ask each client's words back."""
        person = self.person
        person.go("f4")
        person.press("esc")
        person.press_alone("e")
        person.sees("answer  echo")
        person.finds(len(clients) == 3, "three clients")
        person.sees(f"{len(clients)} clients")
        self.hear_again(port, clients)

    def hear_again(self, port: int, clients: list[socket.socket]) -> None:
        """Ask each client's words back: one that is shown as connected has to answer, unless it is said why not."""
        deaf = [one for number, one in enumerate(clients) if self.others.answers(one, b"word %d\n" % number) is False]
        person = self.person
        if not person.finds(not deaf, "each client's words back"):
            choose_listener(person, port)
            person.comes(lambda screen: str(deaf[0].getsockname()[1]) in screen)
        for client in deaf:
            self._must_hear(client)

    def _must_hear(self, client: socket.socket) -> None:
        """What is shown as connected has to count what comes, whatever it answers."""
        person, row = self.person, rf" 127\.0\.0\.1:{client.getsockname()[1]} +connected .*?(\d\S* (?:B|[KMG]iB)) +\d"
        before = re.search(row, person.look())
        if before is None:
            return
        with contextlib.suppress(OSError):
            client.sendall(b"are you there?\n")

        def changed(screen: str) -> bool:
            now = re.search(row, screen)
            return now is None or now[1] != before[1]

        if not person.comes(changed, DEAF_S):
            self.wrong.append(f"shown as connected and deaf: {before[0].strip()}")

    def connect(self) -> None:
        """Connect to a server of ours, talk, and finish both ends."""
        person, others = self.person, self.others
        person.enter("f3", f"tcp://127.0.0.1:{others.server_port}")
        peer = others.called()
        if peer is None:
            person.finds(False, "a connection to the server")
            return
        self._write("to the server")
        person.finds(others.hears(peer, b"to the server\n"), "what was sent to the server")
        with contextlib.suppress(OSError):
            peer.sendall(b"and back")
        if not person.sees("and back", "closed by", "reset by", "failed"):
            deaf = person.rows(rf"│ +\d+ .*127\.0\.0\.1:{others.server_port} +connected")
            self.wrong += [f"shown as connected and deaf: {row.strip(' │')}" for row in deaf]
        person.press("ctrl+d")
        person.finds(others.hears(peer, b""), "the end of what was sent to the server")
        peer.close()
        person.sees("closed by", "reset by")

    def _write(self, text: str) -> None:
        """Send a text to the chosen connection."""
        person = self.person
        person.press("f3", "esc", "i")
        person.sees("WRITING")
        person.press(text, "enter")

    def resolve(self) -> None:
        """Look a name up, ask a DNS server for it as well, and turn every page."""
        person = self.person
        person.go("f2")
        person.enter("f2", f"localhost @127.0.0.1:{self.others.dns_port}")
        person.sees("NXDOMAIN", "abandoned")
        person.press("esc")
        for page, says in _PAGES.items():
            person.press(page)
            person.sees(says)
        person.press("1")
        person.sees("127.0.0.1", "::1", "EAI_", "abandoned")
        person.press("J")
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
        person.until(lambda screen: re.search(rf" ! 127\.0\.0\.1:{port} +connected", screen), "a row of it")
        self._write("over tls")
        person.sees("← 9 B in 1")
        person.press("esc", "w", "w", "w")

    def datagrams(self) -> None:
        """Listen for datagrams, be asked, and send some."""
        person = self.person
        port = self.listen("udp://127.0.0.1:0")
        if not port:
            return
        client = self.others.client(port, socket.SOCK_DGRAM)
        person.finds(bool(client and self.others.answers(client, b"datagram")), "a datagram back")
        person.enter("f3", f"udp://127.0.0.1:{port}")
        person.until(lambda screen: re.search(rf" 127\.0\.0\.1:{port} +open", screen), "a row of it")
        self._write("over udp")
        person.sees("← 1 datagram, 9 B")

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
        person.sees(f"relay 127.0.0.1:{port}")
        person.sees_gone("How to listen")
        relay_port = self.listen("tcp://127.0.0.1:0")
        client = self.others.client(relay_port) if relay_port else None
        came = client and self.others.answers(client, b"through the relay\n")
        person.finds(bool(came), "an answer through the relay")
        person.press("f4", "esc", "w")
        person.sees("target: bytes")

    def copy_and_export(self) -> None:
        """Copy what is seen, and write it to disk; a failure of that has to be told."""
        person = self.person
        for key, said, file in (("y", "copied", "sockscope-copied-*.txt"), ("x", "exported", "*/*")):
            for old in self._folder.glob(file):
                old.unlink()
            person.go("f3")
            person.press("esc", key)
            if not person.sees(said):
                self.wrong.append(f"key {key}: neither done nor said why not")
            person.until(lambda _, file=file: any(self._folder.glob(file)), f"a file of key {key}")

    def sheets(self) -> None:
        """Open every sheet, or a few, and leave it again."""
        person = self.person
        for keys, words in _SHEETS if self._every_sheet else _SHEETS[-3:]:
            person.press(*keys)
            person.sees(words)
            person.press("esc")
            person.sees_gone(words)


def choose_listener(person: Person, port: int) -> None:
    """Put the cursor on a listener, where there are several, and the focus on its clients."""
    person.go("f4")
    row, chosen = rf"(TCP|UDP)( TLS)? 127\.0\.0\.1:{port} ", rf"bind +127\.0\.0\.1:{port}\b"
    for end in ("end", "home", "end") if person.rows(LISTENER) else ():
        if not person.rows(row):  # there are more of them than the table shows
            person.click(LISTENER)
            person.press(end)
        if person.click(row) and person.comes(lambda screen: bool(re.search(chosen, screen))):
            break
    person.press("esc")
