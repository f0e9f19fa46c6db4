"""What the words on the screen mean, each in at most three lines; the help and `?` read them here.

The rule: a word stands here once, as it is written on the screen, with what a person who never opened a socket has to
know of it; calls are named with their manual page.
"""

from collections.abc import Iterable, Mapping

STEPS = {
    "look up": "A name becomes addresses: getaddrinfo(3) asks the hosts file, DNS and others, in the order that "
    "nsswitch.conf gives. A number needs no asking.",
    "socket": "The kernel makes a socket, socket(2), and gives its number: the file descriptor. It has no address "
    "yet, and nobody knows of it.",
    "connect": "connect(2) asks the other side. TCP sends SYN and waits for its SYN ACK; that comes from the kernel "
    "there, before any program has accepted. Our sockets never wait, so it returns EINPROGRESS at once, and the answer "
    "is asked for when it is there: getsockopt(SO_ERROR).",
    "TLS handshake": "Both sides agree on a version and on keys, and the server shows its certificate. Until it is "
    "done, no data goes.",
    "send/receive": "Bytes go both ways, each direction for itself, and each may end on its own. What a call took is "
    "with our kernel, not yet with the peer.",
    "close": "close(2) gives the socket back. Who finished first, and how, is said here.",
    "bind": "bind(2) gives the socket its own address: which interface, and which port. Port 0 lets the kernel choose "
    "a free one.",
    "listen": "listen(2) lets the kernel complete connections by itself. They wait in a queue until the program "
    "takes them.",
    "accept": "accept(2) takes the oldest waiting connection and gives a new socket for it. The listening socket "
    "stays as it was.",
    "accept again": "The same listening socket takes the next one; each client has a socket of its own.",
}

STATES = {
    "connecting": "The name is being looked up, or no answer to our SYN came yet.",
    "TLS handshake": STEPS["TLS handshake"],
    "connected": "Both directions are open. Of datagrams: the socket has one peer, and hears when it refuses.",
    "open": "Datagrams without a connection: each is sent by itself, and a refusal is not heard.",
    "peer finished": "The peer sent its end of stream (FIN): it sends no more, but still receives.",
    "we finished": "We sent our end of stream (FIN); what the peer sends still arrives.",
    "closed by us": "Both directions are closed: we finished first, or closed while the peer had not finished.",
    "closed by peer": "Both directions are closed: the peer finished first, and our side followed by itself.",
    "peer, then us": "Both directions are closed: the peer finished first, and then we finished or closed.",
    "reset by peer": "The peer aborted (RST): what was on the way is lost.",
    "reset by us": "Our close was a reset (RST): bytes had come that nobody read, or it was asked for.",
    "refused": "The machine answered that nobody listens at that port; of UNIX sockets, at that path.",
    "opening": "The address is being looked up, or the sockets are being bound.",
    "listening": "The kernel completes connections and queues them; accept takes them from there.",
    "paused": "Nothing is accepted for now: clients wait in the kernel's queue, connected as far as they can tell.",
    "stopped": "The listening socket was closed: whoever connects now is refused.",
    "stalled": "The kernel takes no more of what we send: the peer does not read.",
}

COLUMNS = {
    "•": "Something came that nobody looked at yet.",
    "–": "There is none: of a descriptor, that there never was one. One that was closed keeps its number here.",
    "▁▃▇": "Bytes each second of the last minute, the latest at the right; the highest bar is the most there was.",
    "more below": "Rows below the last one in sight; `new` are those that came since the newest was followed (G).",
    "fd": "File descriptor: the number by which a program names a socket to the kernel. 5→7 is descriptor 7, accepted "
    "from the listening socket 5.",
    "peer": "Who is at the other end: address and port. ! before it says that nobody checked who that is.",
    "client": "Who connected: the address and the port that the client's kernel chose. Its port differs each time.",
    "state": "What both directions are at: open, finished by one side, closed, reset, or failed and why.",
    "← in": "Bytes that our calls received.",
    "out →": "Bytes that the kernel took from us to send; the peer's program may not have read them yet.",
    "rate": "Bytes each second, both directions together, over the last second.",
    "idle": "How long nothing moved.",
    "asked → answered": "The first line each way, of whoever spoke first before the other; in hex where it is no text.",
    "began": "When it began, by the clock of the day.",
    "lasted": "How long it has been there; of one that ended, how long it lasted.",
    "listener": "The address where it listens; * is every address of this machine.",
    "clients": "How many clients are connected now.",
    "queue": "Connections that wait to be accepted, and how many may (the backlog); Linux lets in one more.",
    "answers": "What is sent back by itself.",
    "#": "Of an address the place in the answer: programs try them in this order. Of a conversation the number by "
    "which the title of the traffic calls it.",
    "family": "IPv4 (AF_INET) or IPv6 (AF_INET6).",
    "type": "stream (TCP), datagram (UDP) or raw: the same address once for each that was asked for.",
    "proto": "The protocol that goes with the type.",
    "address": "One address of the name, in numbers.",
    "port": "The number of the service at that address; 0 where no service was asked for.",
    "attempt": "What came of connecting to this address.",
    "canonical name": "The name that the name asked for stands for: the end of its aliases (CNAME).",
    "lookups": "What was asked.",
    "outcome": "How many rows came, or the error of getaddrinfo.",
    "took": "How long it took.",
}

PAGES = {
    "rows": "What getaddrinfo answered, a row for each address and type, in the order in which programs try them.",
    "call": "The call itself, with every hint as a program would write it.",
    "order": "Why the rows stand in this order: the rules of RFC 6724, decided one by one.",
    "names": "Names for the addresses, asked the other way round (getnameinfo).",
    "sources": "Where the answer came from: hosts file, nsswitch.conf, resolv.conf, and what each did.",
    "DNS": "What DNS servers say when they are asked directly, and where they differ.",
    "race": "Connecting to the rows in turn, as programs do: which attempt won, and what the others came to.",
    "watch": "The same question again and again: what changed, and how long each answer took.",
}

TRAFFIC = {
    "←": "A recv that brought bytes: time, time since the line before, size.",
    "→": "A send that the kernel took bytes from; `of` where it took fewer than it was offered.",
    "·": "Another call: its arguments, result and duration.",
    "⊘": "No call: something was asked for and not done, and why; the error is what the system would have said.",
    "◆": "A call that was marked with m; ' goes from one to the next.",
    "▸ ◈": "The call that is here, not marked or marked: m, y, Y, [ ] and L are about it. It is that of the cursor, "
    "else of the match gone to, else the newest in sight while that is followed, else the first in sight.",
    "␍␊ ␛": "Bytes that have no picture, drawn as signs: ␍␊ is CR LF, the end of a line in most protocols.",
    "│ ┆": "The bytes of the call above; ┆ goes on with a line that was too long.",
}

KERNEL = {
    "state": "Where the connection is by RFC 9293, 3.3.2; the names are those of ss(8).",
    "rtt": "Round-trip time, smoothed: from a segment to its acknowledgement. ± is how much it varies; least is the "
    "shortest of the latest minutes.",
    "rto": "Retransmission timeout: how long an acknowledgement is waited for before a segment is sent again.",
    "mss": "Maximum segment size: the most bytes that one segment of ours carries; on loopback it is large.",
    "path mtu": "The largest packet that the way to the peer takes, headers too.",
    "cwnd": "Congestion window: so many segments may be under way at a time. It grows with acknowledgements and "
    "shrinks when something is lost.",
    "ssthresh": "Slow start threshold: below it the congestion window doubles each round trip, above it grows slowly.",
    "congestion": "The algorithm that moves the congestion window (cubic, bbr, reno …).",
    "in flight": "Segments sent and not acknowledged yet.",
    "retransmits": "Segments that were sent again: no acknowledgement came, or others said that one was missing.",
    "acknowledged": "What the peer's kernel says it has of what ours took from us; that the program there has read it "
    "nobody says.",
    "delivery rate": "How fast acknowledgements showed data to arrive, as the kernel measured last; it counts "
    "only while something goes.",
    "held up": "How long there was something to send, and of that how long the peer's window, or our send buffer, was "
    "what kept it back.",
    "send queue": "Bytes that our kernel took and the peer's has not acknowledged; some may not have been sent at all.",
    "send buffer": "How much memory our kernel takes of us before a send has to wait (SO_SNDBUF); kernel bookkeeping "
    "counts too.",
    "send window": "How many bytes the peer says it takes now: what it has not read makes it smaller, down to 0.",
    "arrived": "Bytes that came in order, read by our program or not.",
    "receive queue": "Bytes that arrived and our program has not read.",
    "receive buffer": "How much memory may be filled with what nobody read (SO_RCVBUF); it grows by itself.",
    "receive window": "How many bytes we say to the peer that we take now.",
    "dropped": "Segments that this socket had to throw away.",
    "segments": "Packets of this connection, those without data too.",
    "timer": "What goes off next if nothing comes: retransmit sends again, keepalive asks whether anybody is there, "
    "the zero window probe asks whether the peer takes something again.",
    "agreed": "What both ends said in their SYNs: timestamps (RFC 7323), SACK (selective acknowledgements, RFC 2018), "
    "window scale (by so many bits windows are shifted), ECN.",
    "options": "Socket options in force that change how segments go; d lists all of them, and sets them.",
    "accept queue": "Connections that the kernel completed and no accept took yet, and how many may wait.",
    "half-closed": "One direction is finished (FIN) and the other still carries bytes: no error. Half-open is another "
    "thing (RFC 9293, 3.5.1): one end is gone, and the other has not heard of it.",
    "send → recv": "Two rulers of one direction: above where each send ended, below where each receive did. TCP keeps "
    "the bytes and their order, not the cuts: one send is not one receive.",
}

PAYLOADS = {
    "\\r \\n \\t \\0 \\\\": "CR, LF, tab, NUL and a backslash, in text. A line break, typed (ctrl+j) or pasted, is "
    "CRLF or CR where the line end is that, else LF.",
    "\\xNN": "One byte in hex, in text.",
    "0x48 65,6c:6c-6f": "Bytes in hex, two digits each, with or without 0x before them and , : - between.",
    "\\{word} · #word": "In text and in hex: computed anew at each sending. Numbers take 1 2 4 8 bytes, as in size2, "
    "big endian, with le (size2le) little endian; in text without a number they are decimal.",
    "count": "Which repetition it is, from 1; also \\# in text and #1 #2 #4 #8 in hex.",
    "time": "Seconds since 1970, in text, or in time4 time8 bytes.",
    "date": "In text, the time in UTC as 2026-01-31T12:00:00Z.",
    "rest": "How many bytes stand behind it, the line end too.",
    "size": "How many bytes there are in all, itself and the line end too.",
    "internet": "The Internet checksum (RFC 1071) over all that stands before it, 2 bytes.",
    "modbus": "CRC-16/MODBUS over all that stands before it, 2 bytes, the low one first as on the wire.",
    "crc32 crc32le": "CRC-32 (ISO-HDLC, of Ethernet and gzip) over all that stands before it, 4 bytes.",
    "end": "auto: behind text that does not end in a line end itself CRLF, where the peer's lines end so or HTTP is "
    "typed, else LF; none behind hex or in a datagram; own: any bytes, written as in text.",
}

BOX = {
    "to one": "The box sends to the chosen conversation alone; to all, to every client that is connected.",
    "end auto": f"The line end behind what is sent. {PAYLOADS['end']}",
}

SEQUENCES = {
    "send text …": "Sends text, in quotes where it holds spaces, and a line end where one stands behind it: none LF "
    'CRLF CR NUL, or one of your own in quotes. Text and hex are written as in the box to send from; \\" is a quote.',
    "send hex …": "Sends bytes, with what is computed: send hex 01 03 00 00 00 0a #modbus",
    "wait text …": "Waits until that comes, capitals minded, for 1 s, or as long as stands behind it, as in "
    "wait text OK 500ms",
    "wait regex …": "Waits for an expression, in quotes where it holds spaces. It ends with the first match: what has "
    "to follow belongs to it.",
    "wait hex …": "Waits for bytes; ?? is any byte.",
    "pause 100ms": "Does nothing for a while.",
    "repeat 10": "The last line: so many runs, or repeat forever. Without it there is one.",
    "lost": "What did not come in time. That run is over, and the next one begins once it came late, or as much time "
    "again has passed; what answers after that is not timed, until it is clear to which run it belongs.",
    "late": "How many of the lost came before the next run.",
    "last min median max": "From the send to the end of the answer; the median is of the latest 1,000. A wait sees "
    "what came since the latest send, 64 KiB at most.",
    "# …": "A line that begins with # says nothing.",
}

WORDS = {
    "datagram": "A message that comes whole or not at all (UDP); an empty one is one too, and nothing says that it "
    "arrived.",
    "stream": "Bytes in order without bounds (TCP): what was sent in one call may arrive in three, and the other way.",
    "backlog": "How many completed connections may wait until the program accepts them: the number that listen(2) is "
    "given, cut at net.core.somaxconn.",
    "half-close": "One direction is finished, shutdown(2), and the other still open: `ctrl+d` does it.",
    "FIN": "The end of one direction of a TCP connection; what was sent before it arrives.",
    "RST": "A reset: the connection is gone at once, with all that was on the way.",
    "SYN": "The first packet of a TCP connection; without an answer it is sent again, later and later.",
    "relay": "Each client is passed on to a target, byte for byte, and both legs can be watched.",
    "leg": "One of the two connections of a relay: the client's, and ours to the target.",
    "loopback": "127.0.0.1 and ::1: it never leaves this machine, and nobody else can reach it.",
    "ephemeral port": "A port that the kernel chose for a client, or for a listener that asked for port 0.",
    "dropped": "Older than the history that is kept: counted, but no longer there to show.",
    "not verified": "Nobody checked that the certificate belongs to who it says: anybody could be there.",
    "TLS records": "What goes over the wire; plaintext is what TLS makes of it (w changes between them).",
    "cursor": "Shift and an arrow, or ← →, set it: at the match that was gone to, else at the first byte of the call "
    "that is here (▸); : sets it at an offset. Arrows move it then, and with Shift select from it; j and k scroll.",
    "selection": "Bytes of one direction, chosen with Shift and the arrows or the mouse; what the other side said "
    "meanwhile is passed over. Below stands what they mean: be is big endian, as on the wire, le little endian, ws "
    "with the words of 16 bits turned round, as devices send two registers.",
    "sent by, received by": "Which calls moved the selected byte, where both ends are shown here. The place of a byte "
    "in its direction is the same at both ends; the calls are not.",
    "A B": "Two ends shown together with |: side by side where there is room, else A or B before each line.",
    "filter": "/ in the table: words that must all occur in a row. peer:TEXT and state:TEXT look there alone; >1M and "
    '<10k compare bytes in plus out, in>1M and out<10k one way; k M G T are powers of 1024. "two words" are one.',
    "at EOF": "What to do with our side when a client finished: close it too, or keep it to answer later.",
}


def told(words: Iterable[str], by: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the words that one of the tables above tells of, each with what it means."""
    return [(word, by[word]) for word in words if word in by]
