"""What can be saved: payloads, addresses, sequences; and the templates that nobody has to save."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SavedPayload:
    """What can be sent: `text` as it is typed, read in `mode` ("text" or "hex") with an ending (see `payload`).

    `unknown` is what a later version has written beside it; it stays in the file.
    """

    name: str
    text: str
    mode: str = "text"
    ending: str = "none"
    about: str = ""
    unknown: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """Where to connect to, as it is typed (`net.address.parse` reads it); `unknown` as with a payload."""

    name: str
    address: str
    about: str = ""
    unknown: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SavedSequence:
    """What is sent and waited for, as it is written (`request.sequence` reads it); `unknown` as with a payload."""

    name: str
    text: str
    about: str = ""
    unknown: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


Saved = SavedPayload | SavedAddress | SavedSequence

_HTTP = r"%s / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
_DNS = "12 34 01 00 00 01 00 00 00 00 00 00 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01"

TEMPLATES = (
    SavedPayload("HTTP GET", _HTTP % "GET", about="a page of example.com, then the server closes (RFC 9112)"),
    SavedPayload("HTTP HEAD", _HTTP % "HEAD", about="only the header of that page (RFC 9110, 9.3.2)"),
    SavedPayload("SMTP EHLO", "EHLO localhost", ending="CRLF", about="the greeting, after the server's 220 (RFC 5321)"),
    SavedPayload("SMTP QUIT", "QUIT", ending="CRLF", about="the server answers 221 and closes (RFC 5321)"),
    SavedPayload("Redis PING", "PING", ending="CRLF", about="an inline command; the answer is +PONG"),
    SavedPayload("Redis PING, RESP", r"*1\r\n$4\r\nPING\r\n", about="the same as an array of one bulk string"),
    SavedPayload("DNS query, UDP", _DNS, "hex", about="the A records of example.com (RFC 1035, 4.1)"),
    SavedPayload("DNS query, TCP", f"00 1d {_DNS}", "hex", about="with two bytes of length before (RFC 1035, 4.2.2)"),
    SavedPayload("word packet", r"\x00\x05hello", about="Beej's word server: two bytes of length, then a word"),
)
"""Payloads that are always there."""

ADDRESS_TEMPLATES = (
    SavedAddress("HTTP", "example.com 80", "send HTTP GET"),
    SavedAddress("HTTPS", "tls://example.com:443", "TLS, then HTTP GET"),
    SavedAddress("time server", "time.nist.gov 37", "send nothing: 4 bytes come, seconds since 1900 (RFC 868)"),
    SavedAddress("SMTP here", "localhost 25", "the server speaks first"),
    SavedAddress("Redis here", "localhost 6379", "send Redis PING"),
    SavedAddress("Redis here, UNIX", "unix:/run/redis/redis.sock", "the same over a UNIX socket"),
    SavedAddress("DNS here", "udp://127.0.0.1:53", "send DNS query, UDP"),
)
"""Addresses that are always there."""

_HTTP_TIMES = """send text "HEAD / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
wait regex "HTTP/1.1 [0-9]{3}" 2s
wait text "\\r\\n\\r\\n" 2s
repeat 10"""
_AT = """send text AT+CSQ CRLF
wait regex "\\+CSQ: [0-9,]+\\r" 500ms
wait text OK 1s
pause 1s
repeat forever"""
_SMTP = """send text "EHLO localhost" CRLF
wait regex "^250 " 5s
send text QUIT CRLF
wait regex "^221" 5s"""

SEQUENCE_TEMPLATES = (
    SavedSequence("HTTP HEAD, ten times", _HTTP_TIMES, "how long a server takes for its status and its header"),
    SavedSequence("Redis PING, 100 times", "send text PING CRLF\nwait text +PONG 1s\nrepeat 100", "round trips"),
    SavedSequence("modem, signal", _AT, "asks a modem each second how well it hears"),
    SavedSequence("SMTP EHLO and QUIT", _SMTP, "after the server's 220: what it can do, and its goodbye (RFC 5321)"),
)
"""Sequences that are always there."""
