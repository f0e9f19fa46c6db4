"""A resolver of our own: dnsmasq in a namespace, where resolv.conf, hosts and nsswitch.conf are ours to write.

The rule: what is written goes into a folder that is mounted for the namespace only, over which the system's own files
are never reached.
"""

import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import wait_until
from tests.engine.loopback import in_a_network_of_its_own

OURS = Path("/mnt")
SERVER, ODD, DEAD = "127.0.0.1", "127.0.0.3", "127.0.0.2"
"""dnsmasq, the odd server, and an address where nobody listens."""

RECORDS = [
    "--host-record=both.test,192.0.2.1,2001:db8::1",
    "--host-record=four.test,192.0.2.4",
    "--host-record=six.test,2001:db8::6",
    "--host-record=many.test,192.0.2.21",
    "--host-record=many.test,192.0.2.97",
    "--host-record=h.sub.test,192.0.2.30",
    "--host-record=in-hosts.test,192.0.2.31",
    "--host-record=xn--bcher-kva.test,192.0.2.32",
    "--host-record=strasse.test,192.0.2.33",
    "--host-record=xn--strae-oqa.test,192.0.2.34",
    "--cname=alias.test,middle.test",
    "--cname=middle.test,both.test",
    "--txt-record=text.test,no address",
    "--ptr-record=9.2.0.192.in-addr.arpa,elsewhere.test",
]
SERVFAIL, FORMERR, NOTIMP, REFUSED = 2, 1, 4, 5
_RCODES = {"servfail": SERVFAIL, "formerr": FORMERR, "notimp": NOTIMP, "refused": REFUSED}
SLOW_S = 0.3


def a_namespace() -> tuple[str, ...]:
    """A command that runs another where `own_resolver` can be used; skip where namespaces are forbidden."""
    mounts = [
        f"touch {OURS}/{name} && mount --bind {OURS}/{name} /etc/{name}"
        for name in ("resolv.conf", "hosts", "nsswitch.conf")
    ]
    return in_a_network_of_its_own(
        "ip link set lo up",
        "ip addr add 192.0.2.100/24 dev lo",
        "ip addr add 2001:db8::100/64 dev lo nodad",
        f"mount -t tmpfs ours {OURS}",
        f"touch {OURS}/ours",
        *mounts,
    )


class OwnResolver:
    """The files that the system goes by, and what dnsmasq was asked for."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def go_by(
        self,
        resolv_conf: str = f"nameserver {SERVER}\n",
        *,
        hosts: str = "127.0.0.1 localhost\n::1 localhost\n",
        switch: str = "hosts: files dns\n",
    ) -> None:
        """Write the files anew; glibc sees that they changed at the next lookup."""
        for name, text in (("resolv.conf", resolv_conf), ("hosts", hosts), ("nsswitch.conf", switch)):
            (OURS / name).write_text(text)

    def asked(self, record: str = "A") -> list[str]:
        """The names that dnsmasq was asked for so far, in order."""
        word = f" query[{record}] "
        lines = self._log.read_text().splitlines()
        return [line.partition(word)[2].partition(" from ")[0] for line in lines if word in line]


@contextmanager
def own_resolver() -> Iterator[OwnResolver]:
    """dnsmasq with RECORDS at SERVER, and at ODD a server that fails as the name says."""
    assert (OURS / "ours").exists(), "only in a namespace"
    log = OURS / "log"
    command = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-hosts"]
    more = ["--bind-interfaces", f"--listen-address={SERVER}", "--local=/#/"]
    with (
        log.open("w") as said,
        _odd_server(),
        subprocess.Popen([*command, *more, "--log-queries", *RECORDS], stdout=said, stderr=said) as dnsmasq,
    ):
        try:
            wait_until(lambda: "cleared cache" in log.read_text() or dnsmasq.poll() is not None, what="dnsmasq")
            assert dnsmasq.poll() is None, log.read_text()
            yield OwnResolver(log)
        finally:
            dnsmasq.terminate()


@contextmanager
def _odd_server() -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((ODD, 53))
        thread = threading.Thread(target=_answer_oddly, args=(server,))
        thread.start()
        try:
            yield
        finally:
            server.sendto(b"", (ODD, 53))
            thread.join()


def _answer_oddly(server: socket.socket) -> None:
    """Answer by the first label of the name: an rcode, slowly, or never."""
    timers = []
    while True:
        query, client = server.recvfrom(4096)
        if not query:
            break
        label = query[13 : 13 + query[12]].decode()
        if label in _RCODES:
            server.sendto(_reply(query, _RCODES[label]), client)
        elif label == "slow":
            timers.append(threading.Timer(SLOW_S, server.sendto, [_reply(query, 0), client]))
            timers[-1].start()
    for timer in timers:
        timer.join()


def _reply(query: bytes, rcode: int) -> bytes:
    """The reply to a query (RFC 1035, 4.1): to an A query without error one address, else no record."""
    name_ends = query.index(b"\0", 12) + 1
    question = query[12 : name_ends + 4]
    (kind,) = struct.unpack("!H", query[name_ends : name_ends + 2])
    answer = b""
    if rcode == 0 and kind == 1:
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton("192.0.2.9")
    return query[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, bool(answer), 0, 0) + question + answer
