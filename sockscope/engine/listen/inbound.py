"""Listeners and their clients: open, take in, answer or pass on, see off.

The rule: what a listener's policy says holds from that moment on, also for clients that are there already.
"""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sockscope.engine.connection import Connection, Handler
from sockscope.engine.context import Context
from sockscope.engine.datagram.datagram import Datagrams
from sockscope.engine.datagram.post import Post
from sockscope.engine.datagram.sockets import DatagramServer
from sockscope.engine.dial.dial import unix_rows
from sockscope.engine.dial.outbound import Opening, Outbound
from sockscope.engine.guard import guarded
from sockscope.engine.handlers import Answering
from sockscope.engine.kernel.peer_credentials import peer_credentials
from sockscope.engine.listen.accept import Acceptor
from sockscope.engine.listen.bind import Binder
from sockscope.engine.listen.relay import RelayHooks, relay
from sockscope.engine.listen.responders.response import Recipe
from sockscope.engine.listen.rounds import Rounds
from sockscope.engine.listen.sampling import ask_queues
from sockscope.engine.listen.silence import too_silent
from sockscope.engine.stream.layers.tls import Safety
from sockscope.engine.stream.stream import Stream
from sockscope.engine.syscall import Names, close_socket, own_name
from sockscope.net.clock import now_ns
from sockscope.net.endpoint import NOWHERE, Endpoint, SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.row import Row
from sockscope.net.socket_option import parse
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call
from sockscope.record.listener import Listener, ListenerState, Policy
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.milestone import ACCEPTED, CLOSED, LOOKED_UP
from sockscope.request import Connect, Listen


@dataclass(slots=True)
class _Open:
    """The machines of one listener."""

    request: Listen
    safety: Safety
    binding: Binder
    responder: Recipe
    on_end: Callable[[Connection], None]
    taker: Acceptor | DatagramServer | None = None
    goes_round: str = ""  # how a relay leads back to itself: it passes nothing on any more
    names: Names = field(default_factory=dict)  # our addresses, as its clients see them

    def answers(self) -> Recipe:
        """Return what its clients are answered with by now."""
        return self.responder


class Inbound:
    """Runs listeners; used from the engine's thread alone."""

    def __init__(self, context: Context, outbound: Outbound) -> None:
        self._context = context
        self._recorder = context.recorder
        self._outbound = outbound
        self._open: dict[Listener, _Open] = {}
        self._rounds = Rounds(context.settings.relayed_clients)

    @property
    def listeners(self) -> list[Listener]:
        """Those that are not stopped."""
        return list(self._open)

    # Opening and stopping.

    def listen(self, listener: Listener, request: Listen, safety: Safety, responder: Recipe) -> None:
        """Look the address up where it is a name, and open its sockets."""
        binder, on_end = Binder(self._recorder, listener, request), partial(self._ended, listener)
        self._open[listener] = _Open(request, safety, binder, responder, on_end)
        self._context.listeners.append(listener)
        self._context.meter.drawn.append(listener.flow)
        guarded(partial(self._fail, listener), self._look_up, listener, request)

    def _look_up(self, listener: Listener, request: Listen) -> None:
        if rows := unix_rows(request):
            self._bind(listener, rows)
            return
        lookup = Lookup(listener.number, request.question)
        self._context.resolver.start(lookup, partial(self._answered, listener))

    def _answered(self, listener: Listener, lookup: Lookup) -> None:
        assert lookup.call is not None
        self._recorder.note(listener, lookup.call, LOOKED_UP)
        if listener not in self._open:
            return
        if lookup.error:
            self._fail(listener, lookup.error)
        else:
            rows = list({row.sockaddr: row for row in lookup.rows}.values())
            guarded(partial(self._fail, listener), self._bind, listener, rows)

    def _bind(self, listener: Listener, rows: list[Row]) -> None:
        opened = self._open[listener]
        try:
            bound = opened.binding.open(rows)
        except OSError as error:
            self._fail(listener, error_name(error), listener.reason)
            return
        except ValueError as error:  # an option or a group that does not fit
            self._fail(listener, "EINVAL", str(error))
            return
        self._recorder.listeners.opened(listener, bound)
        if any(parse(text)[0].name == "REUSEPORT" for text in opened.request.options):
            self._context.look_for_sharers(listener)
        sockets, context, broke = opened.binding.sockets, self._context, partial(self._fail, listener)
        if opened.request.transport.keeps_boundaries:
            adopt = partial(self._met, listener)
            opened.taker = DatagramServer(context, listener, sockets, opened.request.read_bytes, adopt, broke)
        else:
            opened.taker = Acceptor(context, listener, sockets, partial(self._accepted, listener), broke)
        opened.taker.mind()

    def _fail(self, listener: Listener, error: str, reason: str = "") -> bool:
        """Stop a listener with which it cannot go on; False where it had ended before."""
        if listener not in self._open:
            return False
        self._recorder.listeners.ended(listener, ListenerState.FAILED, error, reason)
        self._context.look(listener)
        self.stop(listener)
        return True

    def stop(self, listener: Listener) -> None:
        """Close a listener and every client it still has."""
        opened = self._open.pop(listener, None)
        if opened is None:
            return
        self._context.listeners.remove(listener)
        if opened.taker:
            opened.taker.stop()
        for client in listener.present:
            self.close(client)
        ask_queues(self._context, listener, opened.binding.sockets)
        opened.binding.close()
        if listener.state.live:
            self._recorder.listeners.ended(listener, ListenerState.STOPPED)
        self._context.meter.drawn.remove(listener.flow)

    def treat(self, listener: Listener, policy: Policy, responder: Recipe | None = None) -> None:
        """Treat clients otherwise from now on; without a `responder` they are answered as before."""
        self._recorder.listeners.treats(listener, policy)
        if responder and listener in self._open:
            self._open[listener].responder = responder
        self.mind(listener)

    def mind(self, listener: Listener) -> None:
        """Do as the listener's policy says."""
        opened = self._open.get(listener)
        if opened and opened.taker:
            guarded(partial(self._fail, listener), opened.taker.mind)

    # Clients.

    def _accepted(self, listener: Listener, accepted: socket.socket, peer: Endpoint, call: Call) -> None:
        """Make a conversation of a client that was accepted."""
        client = self._context.conversation("", listener.transport, listener.flow)
        self._recorder.made(client, accepted.fileno(), peer=peer, listener_fd=call.fd)
        self._recorder.note(client, call, ACCEPTED)
        guarded(partial(self._not_taken, listener, client, accepted), self._take, listener, client, accepted, call)

    def _take(self, listener: Listener, client: Conversation, accepted: socket.socket, call: Call) -> None:
        accepted.setblocking(False)
        request, safety = self._open[listener].request, self._open[listener].safety
        try:
            local = own_name(self._recorder.noting(client), accepted, self._open[listener].names)
        except OSError:
            local = NOWHERE  # the client is gone already; the first receive will tell how
        if request.transport.has_peer_credentials:
            self._recorder.identified(client, peer_credentials(accepted, self._recorder.noting(client)))
        state = State.SECURING if safety.near else State.CONNECTED
        handler, start = self._handler_of(listener, client)
        stream = Stream(self._context, accepted, client, handler, security=safety.near, read_bytes=request.read_bytes)
        self._recorder.connected(client, client.fd, local, client.endpoints.peer, call.at_ns, state)
        self._recorder.listeners.arrived(listener, client)
        stream.start()
        start()

    def _not_taken(
        self, listener: Listener, client: Conversation, accepted: socket.socket, error: str, reason: str
    ) -> bool:
        """Close a client that could not be set up, and show it; False where a connection has it by now."""
        if client.number in listener.clients:
            return False
        with contextlib.suppress(OSError):  # noted
            close_socket(self._recorder.noting(client, CLOSED), accepted)
        self._recorder.failed(client, error, reason)
        self._context.look(client)
        if client.upstream:
            self._recorder.closed(client.upstream)
        self._recorder.listeners.arrived(listener, client)
        self._left(listener, client)
        return True

    def _met(
        self, listener: Listener, post: Post, sender: SocketAddress, at_ns: int, on_close: Callable[[Datagrams], None]
    ) -> Datagrams:
        """Make a conversation of a peer whose first datagram came."""
        fd = post.socket.fileno()
        peer = endpoint(sender)
        self._recorder.note(listener, Call("recvfrom", fd, (), peer, "", at_ns, now_ns() - at_ns, "a new peer"))
        client = self._context.conversation("", listener.transport, listener.flow)
        self._recorder.made(client, fd, peer=peer, listener_fd=fd)
        local = next((bound.address for bound in listener.bound if bound.fd == fd), NOWHERE)
        handler, start = self._handler_of(listener, client)
        self._recorder.connected(client, fd, local, peer, at_ns, State.OPEN)
        self._recorder.listeners.arrived(listener, client)
        connection = Datagrams(self._context, post, client, handler, sender, on_close)
        connection.start()
        start()
        return connection

    def _handler_of(self, listener: Listener, client: Conversation) -> tuple[Handler, Callable[[], None]]:
        """Return the handler of a client, and what is to be done once its connection has started."""
        opened = self._open[listener]
        if opened.request.relay is None:
            return self._answering(listener), _nothing_more
        if opened.goes_round:
            return self._answering(listener), partial(self._refuse, client, listener.facts.said)
        if not self._rounds.join(client):
            why = f"closed: relays carry {self._rounds.most:,} clients at a time, and there are so many"
            return self._answering(listener), partial(self._refuse, client, why)
        return self._relay(listener, client, opened.request.relay)

    def _answering(self, listener: Listener) -> Answering:
        opened = self._open[listener]
        return Answering(self._context, listener, opened.answers, opened.on_end)

    def _relay(self, listener: Listener, client: Conversation, target: Connect) -> tuple[Handler, Callable[[], None]]:
        upstream = self._context.conversation(str(target.target), target.transport)
        self._recorder.relays(client, upstream)
        hooks = RelayHooks(
            self._close_leg,
            partial(self._left, listener, client),
            partial(self._goes_round, self._open[listener], listener, client),
            lambda: self._context.patience_bytes,
        )
        near, far = relay(self._recorder, client, upstream, hooks)

        def start() -> None:
            if client.state.live:
                self._outbound.open(Opening(upstream, target, self._open[listener].safety.far, far))
            else:  # it ended while it was set up
                self._recorder.closed(upstream)
                far.unopened("")

        return near, start

    def _ended(self, listener: Listener, connection: Connection) -> None:
        self._left(listener, connection.conversation)

    def _left(self, listener: Listener, client: Conversation) -> None:
        self._rounds.leave(client)
        self._recorder.listeners.left(listener, client)
        self.mind(listener)

    def _goes_round(self, opened: _Open, listener: Listener, client: Conversation, target: Conversation) -> str:
        """Tell how what a relay passes on comes back to it; from then on it says so, and passes nothing on."""
        if why := self._rounds.goes_round(listener, client, target):
            opened.goes_round = why
            told = f"{why}: nothing is passed on, for it would go round for ever"
            self._recorder.remark(listener, "goes round", told)
        return opened.goes_round

    def _refuse(self, client: Conversation, why: str) -> None:
        self._recorder.remark(client, "closed", why)
        self.close(client)

    def close(self, client: Conversation) -> None:
        """Close a client, and the other leg where it is relayed."""
        for leg in client.legs:
            self._close_leg(leg)

    def _close_leg(self, leg: Conversation) -> None:
        if connection := self._context.connections.get(leg):
            connection.close()
        else:
            self._outbound.cancel(leg)

    def sample(self) -> None:
        """Ask the kernel how full the queues are, and close who was silent for too long; every `sample_s` seconds."""
        for listener, opened in list(self._open.items()):
            if listener.bound:
                ask_queues(self._context, listener, opened.binding.sockets)
                for client, why in too_silent(listener, self._context.settings.relay_half_closed_s):
                    self._refuse(client, why)


def _nothing_more() -> None:
    """A client that is answered here needs nothing else."""
