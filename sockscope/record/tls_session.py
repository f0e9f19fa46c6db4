"""What TLS agreed on for one conversation. What a view reads."""

from typing import NamedTuple

from sockscope.record.certificate import Certificate


class TlsSession(NamedTuple):
    """The outcome of a handshake (RFC 8446); `chain` is what the peer sent, its own certificate first.

    `verified` is whether the peer's certificate was checked and found good; where it is not, `because` says why, and is
    empty where a listener asked its client for none.
    """

    version: str
    cipher: str
    alpn: str
    server_name: str
    chain: tuple[Certificate, ...]
    verified: bool
    because: str

    @property
    def peer(self) -> Certificate | None:
        """The peer's own certificate, where it sent one."""
        return self.chain[0] if self.chain else None

    def __str__(self) -> str:
        words = [self.version, self.cipher, f"ALPN {self.alpn}" if self.alpn else ""]
        return " · ".join(word for word in words if word)
