"""What the kernel still held of a stream socket when we closed it, and with it how it closed."""

from typing import NamedTuple


class Leftover(NamedTuple):
    """Bytes at the moment of close(2); None where the kernel did not tell.

    `unread_bytes` had arrived and nobody read them: the kernel threw them away and reset the connection (RFC 1122,
    4.2.2.13; of a UNIX socket the peer's next call fails with ECONNRESET). `unacknowledged_bytes` had been taken by
    our kernel and not been acknowledged by the peer's, which goes on by itself behind an orderly close. `aborted`
    says that we asked for a reset (SO_LINGER with 0).
    """

    unread_bytes: int | None = None
    unacknowledged_bytes: int | None = None
    aborted: bool = False

    @property
    def reset(self) -> bool:
        """Whether the close was a reset: what was on its way is lost, both ways."""
        return self.aborted or bool(self.unread_bytes)


NOTHING_LEFT = Leftover()
