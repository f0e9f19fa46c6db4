"""What bounds the engine, and what of it can be set."""

from typing import NamedTuple

from sockscope.record.flow import SAMPLE_S
from sockscope.record.listener import ENDED_KEPT
from sockscope.request.program_settings import HISTORY, HISTORY_EACH, MIB, TIMEOUT

DIALLED_KEPT = 200
LISTENERS_KEPT = 20
LOOKUPS_KEPT = 200
"""How many that have ended stay in the record, the latest ones."""

SPARKLINE_SAMPLES = 240
"""How many past rates of a listener are kept."""

CHUNK_BYTES = MIB
"""What one receive can bring at the most; 256 KiB is as fast within the noise (both 2.5 to 2.8 GiB/s, screen live)."""

QUEUE_BYTES = 16 * MIB

STOP_S = 2.0
"""How long stopping waits for the engine's thread."""

WAITS_FAILED = 100
"""Where waiting for events fails so many times, more often than once a second, the engine ends."""


class Settings(NamedTuple):
    """What bounds the engine: history in bytes, in all and for each conversation; seconds for a connect.

    `relayed_clients` is how many all relays carry at a time, `relay_half_closed_s` how many seconds of silence end
    one of whom one side has finished. `sample_s` is how often rates are taken and listeners looked after, `look_s` how
    often the kernel is asked about our TCP sockets. `queue_bytes` is what may wait to be sent in one queue and
    `queues_bytes` in all, `peers` how many of a datagram listener are kept apart, `ended_kept` how many of a listener's
    clients stay in the record once they have left. Dialling again waits `first_retry_s`, then longer each time up to
    `last_retry_s`. A DNS server is waited for by UDP `dns_patience_s` (and asked once more), by TCP
    `dns_tcp_patience_s`; `dns_strays` messages that are no reply end a query, and `dns_in_flight` are asked at a time.
    """

    history_bytes: int = HISTORY.default
    history_each_bytes: int = HISTORY_EACH.default
    connect_timeout_s: float = TIMEOUT.default
    relayed_clients: int = 5_000
    relay_half_closed_s: float = 120.0
    sample_s: float = SAMPLE_S
    look_s: float = 1.0
    queue_bytes: int = QUEUE_BYTES
    queues_bytes: int = 256 * MIB
    peers: int = 10_000
    ended_kept: int = ENDED_KEPT
    first_retry_s: float = 1.0
    last_retry_s: float = 30.0
    dns_patience_s: float = 2.0
    dns_tcp_patience_s: float = 4.0
    dns_strays: int = 1000
    dns_in_flight: int = 64
