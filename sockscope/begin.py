"""What the command line asks to be done first, once there is a screen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from sockscope import arguments
from sockscope.net.address import Address
from sockscope.net.check import check_connect, check_listen
from sockscope.net.conversation import State
from sockscope.net.listener import ListenerState
from sockscope.net.resolve.state import LookupState
from sockscope.show.wish import Wishes, connect_plan, listen_plan

if TYPE_CHECKING:
    from sockscope.ui.app import SockscopeApp

First = Callable[["SockscopeApp"], Callable[[], bool]]
"""Does what was asked for, and gives a question to be asked at the end: did it fail?"""


def first_step(options: Namespace, wishes: Wishes) -> First:
    """Turn the options into what is to be done first. Raises ValueError."""
    target = arguments.target(options)
    if options.demo:
        return _demo
    if target is None:
        return lambda app: lambda: False
    if isinstance(target, str):
        return _resolve(target)
    if options.listen:
        listening = listen_plan(target, wishes)
        check_listen(listening)  # what cannot be is said before there is a screen
        _check_tls(wishes, listening.security)
        return _listen(target)
    connecting = connect_plan(target, wishes)
    check_connect(connecting)
    _check_tls(wishes, connecting.security)
    return _connect(target)


_TLS = ("certificate", "key", "ca", "alpn", "verify", "server_name", "client_certificate")


def _check_tls(wishes: Wishes, security: object) -> None:
    """Refuse what only TLS could fulfil where there is none. Raises ValueError."""
    if security is None and (vain := [name.replace("_", " ") for name in _TLS if name in wishes]):
        raise ValueError(f"{vain[0]}: that is for TLS: --tls, or a tls:// address")


def _resolve(name: str) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        lookup = app.resolve_pane.resolve(name)
        return lambda: lookup is None or lookup.state is LookupState.FAILED

    return first


def _connect(target: Address) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        app.action_pane("connect")
        conversation = app.connect_pane.connect(target)
        return lambda: conversation is None or (conversation.state is State.FAILED and not conversation.connected_at_ns)

    return first


def _listen(target: Address) -> First:
    def first(app: SockscopeApp) -> Callable[[], bool]:
        app.action_pane("listen")
        listener = app.listen_pane.listen(target)

        def failed() -> bool:
            """Whether nothing came of it, also not by another try at the same address."""
            tries = [one for one in app.engine.listeners.values() if listener and one.target == listener.target]
            return all(one.state is ListenerState.FAILED for one in tries)

        return failed

    return first


def _demo(app: SockscopeApp) -> Callable[[], bool]:
    from sockscope.demo import TALK_S, Demo

    listener = app.listen_pane.listen(Address("", 0))
    assert listener is not None
    demo = Demo(app.engine, listener)

    def join() -> None:
        for target in demo.targets():
            if client := app.connect_pane.connect(target):
                demo.joined(client)
            joining.stop()
        if demo.targets():
            app.resolve_pane.resolve("localhost", str(demo.targets()[0].port))

    joining = app.set_interval(0.02, join)
    app.set_interval(TALK_S, demo.talk)
    return lambda: False
