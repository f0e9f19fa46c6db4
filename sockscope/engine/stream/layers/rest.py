"""What of TLS lies unread in the kernel when we close, told apart from bytes of the application (RFC 8446, 4.6, 6.1).

The rule: session tickets and a close_notify are nobody's bytes, and a close that leaves them would be a reset. They are
read as far as they are there, nothing is waited for; as soon as one byte of the application, or a part of a record, is
among them, all stay where they are, and are unread.
"""

import ssl
from enum import Enum

MOST_BYTES = 64 * 1024
"""Of more at a time, nobody looks what it is."""


class Rest(Enum):
    """What became of what lay in the kernel."""

    LEFT = "it is the application's, at least in part"
    TAKEN = "it was read, and was nobody's"
    ENDED = "so was this, and the peer's close_notify was among it"


_HEADER_BYTES = 5  # RFC 8446, 5.1
_TYPES = range(20, 24)  # ContentType: change_cipher_spec, alert, handshake, application_data


def whole_records(data: bytes) -> bool:
    """Return whether this is nothing but records, the last one whole too."""
    at = 0
    while at < len(data):
        header = data[at : at + _HEADER_BYTES]
        if len(header) < _HEADER_BYTES or header[0] not in _TYPES or header[1] != 3:
            return False
        at += _HEADER_BYTES + int.from_bytes(header[3:])
    return at == len(data)


def brought(secured: ssl.SSLObject, incoming: ssl.MemoryBIO, records: bytes) -> Rest:
    """Hand records to TLS, and tell what they are."""
    incoming.write(records)
    try:
        plain = secured.read(1)
    except ssl.SSLWantReadError:
        return Rest.TAKEN
    except ssl.SSLZeroReturnError:
        plain = b""
    except ssl.SSLError:
        return Rest.LEFT
    return Rest.LEFT if plain or incoming.pending else Rest.ENDED
