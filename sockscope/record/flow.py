"""How much flows: exact counters, and rates sampled from them.

The rule: the counters move in the same step as the bytes; the meter looks only at what moved since its last
look, so ten thousand quiet conversations cost it nothing.
"""

from collections import deque

from sockscope.net.clock import now_ns

SAMPLE_S = 0.5
"""How often rates are taken; a rate is the mean over the last two samples."""


HEAD_BYTES = 96
"""How much of the beginning of each direction is kept beside the tape, whose beginning may be dropped."""


class Head:
    """The first bytes each way, and who began."""

    __slots__ = ("peer_began", "received", "sent")

    def __init__(self) -> None:
        self.received = self.sent = b""
        self.peer_began = False

    def receives(self, data: bytes | memoryview) -> None:
        """Keep what came, as long as it is of the beginning."""
        self.peer_began = self.peer_began or not self.sent
        self.received += bytes(data[: HEAD_BYTES - len(self.received)])

    def sends(self, data: bytes | memoryview) -> None:
        """Keep what was taken of us, as long as it is of the beginning."""
        self.sent += bytes(data[: HEAD_BYTES - len(self.sent)])


class Flow:
    """Counts of bytes and calls each way, and the rates in bytes per second."""

    __slots__ = (
        "_earlier",
        "_later",
        "_meter",
        "_metered",
        "_whole",
        "bytes_in",
        "bytes_out",
        "calls_in",
        "calls_out",
        "last_in_ns",
        "last_out_ns",
        "rate_in",
        "rate_out",
        "rates",
    )

    def __init__(self, meter: "Meter", whole: "Flow | None" = None, *, samples: int = 0) -> None:
        """`whole` counts everything this flow counts too; `samples` is how many past rates are kept."""
        self.bytes_in = self.bytes_out = self.calls_in = self.calls_out = 0
        self.last_in_ns = self.last_out_ns = 0
        self.rate_in = self.rate_out = 0.0
        self.rates: deque[float] = deque([0.0] * samples, samples)
        self._meter = meter
        self._metered = False
        self._whole = whole
        self._earlier = self._later = (0, 0, 0)

    def received(self, size_bytes: int, at_ns: int) -> None:
        """Count one receive."""
        self.bytes_in += size_bytes
        self.calls_in += 1
        self.last_in_ns = at_ns
        self._moved(at_ns)
        if self._whole:
            self._whole.received(size_bytes, at_ns)

    def sent(self, size_bytes: int, at_ns: int) -> None:
        """Count one send."""
        self.bytes_out += size_bytes
        self.calls_out += 1
        self.last_out_ns = at_ns
        self._moved(at_ns)
        if self._whole:
            self._whole.sent(size_bytes, at_ns)

    def _moved(self, at_ns: int) -> None:
        if not self._metered:
            self._metered = True
            self._earlier = self._later = (max(at_ns - int(SAMPLE_S * 1e9), 0), *self._later[1:])
            self._meter.moving.append(self)

    def sample(self, at_ns: int) -> bool:
        """Take the rates; False once nothing moved for two samples."""
        now = (at_ns, self.bytes_in, self.bytes_out)
        elapsed_s = max(at_ns - self._earlier[0], 1) / 1e9
        self.rate_in = (self.bytes_in - self._earlier[1]) / elapsed_s
        self.rate_out = (self.bytes_out - self._earlier[2]) / elapsed_s
        self._earlier, self._later = self._later, now
        self._metered = bool(self.rate_in or self.rate_out)
        if not self._metered:
            self._earlier = now
        return self._metered


class Meter:
    """Samples the flows that move."""

    def __init__(self) -> None:
        self.moving: list[Flow] = []
        self.drawn: list[Flow] = []  # flows whose past rates are kept, moving or not

    def sample(self) -> None:
        """Take the rates of all moving flows; to be called every SAMPLE_S seconds."""
        at_ns = now_ns()
        self.moving = [flow for flow in self.moving if flow.sample(at_ns)]
        for flow in self.drawn:
            flow.rates.append(flow.rate_in + flow.rate_out)
