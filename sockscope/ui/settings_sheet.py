"""The sheets with everything that can be settled beforehand: one for resolving, one for connecting, one for listening.

The rule: an entry stands for one wish of `show.wish` and says in one line what it does.
"""

from collections.abc import Callable

from sockscope.net.resolve.hint import FAMILIES, FLAGS, PROTOCOLS, TYPES
from sockscope.net.responder import RESPONDERS
from sockscope.net.tls import CLIENT_CERTIFICATES
from sockscope.show.wish import NO, YES, Wishes
from sockscope.ui.sheet import Entry, Sheet

_YES_NO = (YES, NO)
_NO_YES = (NO, YES)
_OPTIONS_HINT = "NODELAY=on KEEPALIVE=on SNDBUF=65536"
_FAMILIES = tuple(FAMILIES)

_RESOLVE = (
    Entry("family", "family", "Which addresses are asked for: any, A records (IPv4), AAAA records (IPv6).", _FAMILIES),
    Entry("type", "type", "The type of socket; any repeats each address for each type.", tuple(TYPES)),
    Entry("protocol", "protocol", "0 in the call where any; it has to fit the type.", tuple(PROTOCOLS)),
    *(
        Entry(flag.name, f"AI_{flag.name}", f"{flag.meaning[:1].upper()}{flag.meaning[1:]}.", _NO_YES)
        for flag in FLAGS.values()
    ),
    Entry("direct", "ask DNS too", "With each lookup ask DNS servers directly as well (the key d asks once).", _NO_YES),
    Entry("servers", "DNS servers", "Asked directly; empty for those of resolv.conf.", hint="127.0.0.1:5353 [::1]:53"),
    Entry("types", "DNS types", "What they are asked for.", hint="A AAAA MX TXT NS SOA SRV PTR CAA HTTPS"),
    Entry("every", "watch every", "Seconds from an answer to the next lookup, where it is watched (key w)."),
)

_CONNECT = (
    Entry("family", "family", "Which addresses of a name are tried.", _FAMILIES),
    Entry("source", "from", "The address, and port, to connect from; for UNIX a path.", hint="127.0.0.2 or :4000"),
    Entry(
        "connected",
        "call connect()",
        "Datagrams only: a connected socket hears a refusal and only its peer, an unconnected one hears anybody.",
        _YES_NO,
    ),
    Entry("options", "socket options", "Set before connecting, and read back from the kernel.", hint=_OPTIONS_HINT),
    Entry("interface", "multicast via", "The interface for multicast datagrams.", hint="lo, eth0 or an address"),
    Entry("read_bytes", "receive at most", "Bytes for one receive: a stream comes in pieces, a datagram is cut off."),
    Entry("tls", "TLS", "Speak TLS over a stream; the kind tls always does.", _NO_YES),
    Entry("verify", "verify", "Check the server's certificate; without it anybody could be at the other end.", _YES_NO),
    Entry("server_name", "server name", "What is asked for (SNI) and verified, instead of the host."),
    Entry("alpn", "ALPN", "Application protocols to offer, the preferred one first.", hint="h2 http/1.1"),
    Entry("ca", "trusted CA", "A PEM file, or a folder of hashed ones, instead of the system's."),
    Entry("certificate", "own certificate", "A PEM file to show when the server asks for a client certificate."),
    Entry("key", "its key", "A PEM file, where the key is not in the certificate's."),
)

_LISTEN = (
    Entry("answer", "answer", "What clients are answered without anybody typing.", RESPONDERS),
    Entry("reply", "reply", r"For canned: \r \n \xNN, and \1 … \9 or \& for what the expression found."),
    Entry("reply_on", "reply on", "When to give the canned reply.", ("arrival", "text", "expression")),
    Entry("pattern", "text/expression", "What has to arrive: a text with escapes, or a regular expression."),
    Entry("file", "file", "For file: what each client gets."),
    Entry("at_eof", "at EOF", "When a client finished: close our side too, or keep it open.", ("close", "keep")),
    Entry("accepting", "accept", "Without it connections are completed, and wait in the queue.", _YES_NO),
    Entry("clients", "clients", "One at a time shows who has to wait.", ("all at once", "one at a time")),
    Entry("idle", "close idle after", "Seconds of silence after which a client is closed; empty for never."),
    Entry("family", "family", "dual is one IPv6 socket for IPv4 too, at * only.", (*_FAMILIES, "dual")),
    Entry("backlog", "backlog", "How many connections may wait to be accepted; the kernel caps it."),
    Entry("options", "socket options", "Set before bind; accepted sockets inherit most of them.", hint=_OPTIONS_HINT),
    Entry("groups", "multicast groups", "Joined by a datagram socket.", hint="239.1.2.3%lo"),
    Entry("read_bytes", "receive at most", "Bytes for one receive: a stream comes in pieces, a datagram is cut off."),
    Entry("relay", "relay to", "Pass everything on to there, and what comes back.", hint="host:port, tls://…"),
    Entry("tls", "TLS", "Speak TLS over a stream; the kind tls always does.", _NO_YES),
    Entry("certificate", "certificate", "A PEM file; empty makes a self-signed one on the spot."),
    Entry("key", "its key", "A PEM file, where the key is not in the certificate's."),
    Entry("alpn", "ALPN", "Application protocols that we speak, the preferred one first.", hint="h2 http/1.1"),
    Entry("client_certificate", "client certificate", "Whether clients show one.", CLIENT_CERTIFICATES),
    Entry("ca", "CA for clients", "A PEM file that client certificates are checked against."),
)


def resolve_sheet(wishes: Wishes, make: Callable[[Wishes], object]) -> Sheet:
    """Ask how to resolve; `make` tries what was wished for and raises ValueError."""
    return Sheet("How to resolve", _filled(_RESOLVE, wishes), _checked(make))


def connect_sheet(wishes: Wishes, make: Callable[[Wishes], object]) -> Sheet:
    """Ask how to connect; `make` tries what was wished for and raises ValueError."""
    return Sheet("How to connect", _filled(_CONNECT, wishes), _checked(make))


def listen_sheet(wishes: Wishes, make: Callable[[Wishes], object]) -> Sheet:
    """Ask how to listen; `make` tries what was wished for and raises ValueError."""
    return Sheet("How to listen", _filled(_LISTEN, wishes), _checked(make))


def _filled(entries: tuple[Entry, ...], wishes: Wishes) -> list[Entry]:
    return [Entry(e.key, e.label, e.about, e.values, wishes.get(e.key, e.value), e.hint) for e in entries]


def _checked(make: Callable[[Wishes], object]) -> Callable[[dict[str, str]], str]:
    def complaint(values: dict[str, str]) -> str:
        try:
            make(values)
        except ValueError as error:
            return str(error)
        return ""

    return complaint
