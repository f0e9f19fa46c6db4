"""A run without a screen: its lines are read as JSON, each of them, and nothing of its inside may be said."""

import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

DEADLINE_S = 20.0

Event = dict[str, Any]


class Run:
    """One run, with pipes on its standard input and output."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.events: list[Event] = []

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Read lines until one is wanted."""
        assert self.process.stdout
        while line := self.process.stdout.readline():
            event: Event = json.loads(line)
            self.events.append(event)
            if wanted(event):
                return event
        pytest.fail(f"it ended: {self.events[-3:]}")

    def listens(self) -> int:
        """Wait until it listens, and return the port."""
        state = self.until(lambda event: event.get("state") == "listening")
        return int(state["bound"][0]["port"])

    def end(self, said: bytes = b"") -> int:
        """Send what is left to be said, read to the end, and return the exit status."""
        process = self.process
        assert process.stdout and process.stderr
        if process.stdin:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(said)
        with ThreadPoolExecutor(1) as beside:
            complaints = beside.submit(process.stderr.read)
            lines = process.stdout.readlines()  # what `until` has read ahead comes first
        assert b"Traceback" not in complaints.result()
        self.events += [json.loads(line) for line in lines]
        return process.wait(DEADLINE_S)

    def bytes_of(self, event: str) -> bytes:
        found = [one for one in self.events if one["event"] == event]
        assert [one["offset"] for one in found] == [sum(one["size"] for one in found[:n]) for n in range(len(found))]
        return b"".join(base64.b64decode(one["base64"]) for one in found)

    def states(self, subject: str) -> list[str]:
        return [one["state"] for one in self.events if one["event"] == "state" and one["subject"] == subject]


@contextmanager
def started(*arguments: str, stdin: int = subprocess.PIPE) -> Iterator[Run]:
    command = [sys.executable, "-m", "sockscope", "--json", *arguments]
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield Run(process)
        finally:
            process.kill()
