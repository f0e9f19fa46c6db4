"""A server in a process of its own that takes one client's bytes as fast as it can: `python -m tests.bench.sink PORT`.

It prints how many there were and the last of them once the client has finished.
"""

import json
import socket
import sys


def take(port: int) -> None:
    """Take everything of one client, then close and print."""
    buffer = memoryview(bytearray(1024 * 1024))
    received, last = 0, b""
    with socket.create_server(("127.0.0.1", port)) as server:
        client, _ = server.accept()
        with client:
            while size_bytes := client.recv_into(buffer):
                received += size_bytes
                last = (last + bytes(buffer[max(0, size_bytes - 64) : size_bytes]))[-64:]
    print(json.dumps({"received": received, "last": last.hex()}))


if __name__ == "__main__":
    take(int(sys.argv[1]))
