"""Send datagrams at a steady rate: `python -m tests.bench.datagram_sender PORT RATE SECONDS`; prints how many."""

import json
import socket
import sys
import time

from tests.bench.datagrams import SIZE_BYTES


def send(port: int, rate: int, seconds: float) -> None:
    """Send a few every half millisecond, so that the rate is even."""
    payload, sent = bytes(SIZE_BYTES), 0
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        began_at = time.monotonic()
        while (elapsed_s := time.monotonic() - began_at) < seconds:
            due = int(elapsed_s * rate)
            for _ in range(due - sent):
                sender.send(payload)
            sent = max(sent, due)
            time.sleep(0.0005)
    print(json.dumps({"sent": sent}))


if __name__ == "__main__":
    send(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
