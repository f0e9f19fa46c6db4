"""The session: runs requests on an engine, and knows what the command line asked for and what came of it.

The rule: whatever the front end, a request is run here and nowhere else. A front end makes requests of what a person
types, and shows the records; of what the session begins by itself it finds them in `runs`.
"""

from typing import NamedTuple, overload

from sockscope import request
from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.observer import Subject
from sockscope.request import Request
from sockscope.request.asked import Asked
from sockscope.request.setting import For
from sockscope.request.settings import usual


class Run(NamedTuple):
    """A request, and the record that tells what comes of it."""

    request: Request
    record: Subject


class Session:
    """Runs requests on an engine."""

    def __init__(self, engine: Engine, asked: Asked | None = None) -> None:
        """`asked` is what the command line asks for."""
        self.engine = engine
        self.asked = asked or Asked()
        self.runs: list[Run] = []  # what a front end is to show, though it did not ask; written by one thread at a time

    def begin(self) -> None:
        """Run what the command line asks for. Raise ValueError, one line for a person, for what cannot be asked."""
        for one in self.asked.requests:
            self.present(one)
        if self.asked.demo:
            from sockscope.demo import Demo

            Demo(self).start()

    @overload
    def run(self, asked: request.Resolve) -> Lookup: ...
    @overload
    def run(self, asked: request.Connect) -> Conversation: ...
    @overload
    def run(self, asked: request.Listen) -> Listener: ...
    @overload
    def run(self, asked: Request) -> Subject: ...
    def run(self, asked: Request) -> Subject:
        """Begin what is asked for. Raise ValueError, one line for a person, for what cannot be asked."""
        match asked:
            case request.Connect():
                return self.engine.connect(asked)
            case request.Listen():
                return self.engine.listen(asked)
            case request.Resolve():
                return self._look_up(asked)

    def _look_up(self, asked: request.Resolve) -> Lookup:
        """Ask getaddrinfo; that DNS cannot be asked as well is said in the record."""
        lookup = self.engine.names.resolve(asked.question)
        if asked.direct:
            try:
                self.engine.names.inquire(lookup, asked.servers, asked.types)
            except ValueError as error:
                self.engine.names.not_inquired(lookup, str(error))
        return lookup

    @overload
    def present(self, asked: request.Connect) -> Conversation: ...
    @overload
    def present(self, asked: request.Listen) -> Listener: ...
    @overload
    def present(self, asked: Request) -> Subject: ...
    def present(self, asked: Request) -> Subject:
        """Run a request, and have the front end show what comes of it. Raise ValueError."""
        record = self.run(asked)
        self.runs.append(Run(asked, record))
        return record

    def settled(self, what: For) -> dict[str, str]:
        """Return every setting of one kind: as the command line says, or as usual."""
        return {**usual(what), **self.asked.settled(what)}

    @property
    def failed(self) -> bool:
        """Return whether anything failed that the command line asked for; what still goes on did not."""
        return not self.asked.demo and any(self._failed(run.record) for run in self.runs)

    def _failed(self, record: Subject) -> bool:
        if isinstance(record, Conversation):
            never_secured = record.layers.wire is not None and record.layers.session is None
            return record.state is State.FAILED and (not record.connected_at_ns or never_secured)
        if isinstance(record, Lookup):
            return record.state is LookupState.FAILED
        tries = [one for one in list(self.engine.listeners.values()) if one.target == record.target]
        return all(one.state is ListenerState.FAILED for one in tries)  # another try at the address may have done it
