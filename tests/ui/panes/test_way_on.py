"""The way on: what `u` does behind a failure, pressed in the pane where the failure is shown."""

import socket
import ssl
from pathlib import Path

import trustme
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import ListenerState
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.screens.confirm import Confirm
from sockscope.ui.screens.sheet import Sheet
from sockscope.ui.widgets.saved_field import AddressField
from tests.engine.look.test_secure_explained import Serve, over, server_context, serving
from tests.engine.loopback import V4, V6, listening, needs_ipv6, port_of
from tests.ui.conftest import in_app, opened, until, words

ONE_PANE = (80, 40)


async def entered(app: SockscopeApp, pilot: Pilot[None], pane: ConnectPane | ListenPane, typed: str) -> None:
    """Open what is typed into the address line of a pane."""
    app.action_pane(pane.NAME)
    field = pane.query_one(AddressField)
    field.value = typed
    app.screen.set_focus(field)
    await pilot.press("enter")


async def way_on(pilot: Pilot[None], pane: ConnectPane | ListenPane, name: str, said: str) -> None:
    """Wait until the way on is offered, in the footer and behind the explanation, and take it."""
    await until(pilot, lambda: pane.offer("way_on", "") == name and pane.table.has_focus)
    await until(pilot, lambda: name in words(pilot.app) and said in _running(words(pilot.app)))
    await pilot.press("u")


def _running(shown: str) -> str:
    """What is shown in one pane, without its frame and the ends of its lines."""
    return " ".join(shown.replace("│", " ").split())


def newest(engine: Engine) -> Conversation:
    return list(engine.dialled.values())[-1]


async def connected(engine: Engine, pilot: Pilot[None], count: int) -> Conversation:
    """The latest of so many conversations, once it is connected."""
    await until(pilot, lambda: len(engine.dialled) == count and newest(engine).state is State.CONNECTED)
    return newest(engine)


# Who has the address.


async def not_listening(app: SockscopeApp, pilot: Pilot[None], port: int) -> ListenPane:
    """The pane with a listener that could not have its port."""
    pane = app.query_one(ListenPane)
    await entered(app, pilot, pane, f"{V4}:{port}")
    await until(pilot, lambda: pane.listener and pane.listener.state is ListenerState.FAILED)
    return pane


@in_app
async def test_it_goes_to_the_listener_of_ours_that_has_the_port(engine: Engine) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        holder = app.query_one(ListenPane).listen(Address(V4, 0))
        assert holder
        await until(pilot, lambda: holder.bound)
        pane = await not_listening(app, pilot, port_of(holder))
        assert pane.listener is not holder
        await way_on(pilot, pane, "Go to holder", "u goes there")
        await until(pilot, lambda: pane.listener is holder)


@in_app
async def test_it_goes_to_the_conversation_of_ours_that_has_the_port(engine: Engine) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        with listening() as server:
            other = app.query_one(ConnectPane)
            holder = other.connect(Address(V4, server.getsockname()[1]))
            assert holder
            await until(pilot, lambda: holder.state is State.CONNECTED)
            other.connect(Address(V4, server.getsockname()[1]))
            await connected(engine, pilot, 2)
            pane = await not_listening(app, pilot, holder.endpoints.local.port)
            await way_on(pilot, pane, "Go to holder", "u goes there")
            await until(
                pilot, lambda: app._arrangement.main is other and other.subjects() == {"this connection": holder}
            )


@in_app
async def test_it_goes_from_a_connect_to_the_listener_that_has_the_port_to_connect_from(engine: Engine) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        other, pane = app.query_one(ListenPane), app.query_one(ConnectPane)
        holder = other.listen(Address(V4, 0))
        assert holder
        await until(pilot, lambda: holder.bound)
        app.query_one(ListenPane).listen(Address(V4, 0))
        pane._settings["source"] = f"{V4}:{port_of(holder)}"
        await entered(app, pilot, pane, f"{V4}:9")
        await way_on(pilot, pane, "Go to holder", "u goes there")
        await until(pilot, lambda: app._arrangement.main is other and other.listener is holder)


# The other family.


@needs_ipv6
@in_app
async def test_it_connects_where_the_port_is_open_by_the_other_family(engine: Engine) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        with listening(V6) as server:
            port, pane = server.getsockname()[1], app.query_one(ConnectPane)
            await entered(app, pilot, pane, f"{V4}:{port}")
            await way_on(pilot, pane, "Other family", "u tries the other family")
            found = await connected(engine, pilot, 2)
            assert (found.endpoints.peer.host, found.endpoints.peer.port) == (V6, port)
            await until(pilot, lambda: pane.query_one(AddressField).value == f"[{V6}]:{port}")


@in_app
async def test_it_asks_for_the_other_family_where_the_one_that_was_asked_for_has_no_such_address(
    engine: Engine,
) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        pane = app.query_one(ConnectPane)
        pane._settings["family"] = "IPv6"
        with listening() as server:
            await entered(app, pilot, pane, f"{V4}:{server.getsockname()[1]}")
            await way_on(pilot, pane, "Other family", "u tries the other family")
            found = await connected(engine, pilot, 2)
            assert found.request and found.request.family == "IPv4" and found.endpoints.peer.host == V4


# TLS.


@in_app
async def test_it_asks_for_a_server_name_and_connects_with_that(engine: Engine, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca")
    context = server_context(authority, "localhost")
    context.sni_callback = _knows_localhost
    async with opened(engine, ONE_PANE) as (app, pilot):
        pane = app.query_one(ConnectPane)
        pane._settings["ca"] = str(tmp_path / "ca")
        with serving(over(context)) as port:
            await entered(app, pilot, pane, f"tls://{V4}:{port}")
            await until(pilot, lambda: "We sent no server name (SNI), for 127.0.0.1 is an" in _running(words(app)))
            await way_on(pilot, pane, "Name the server", "u asks for a server name to send")
            await until(pilot, lambda: isinstance(app.screen, Sheet))
            await pilot.press(*"localhost", "enter")
            found = await connected(engine, pilot, 2)
            assert found.layers.session and found.layers.session.verified
            assert found.request and found.request.security and found.request.security.server_name == "localhost"


def _knows_localhost(secured: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
    return None if name == "localhost" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


@in_app
async def test_it_talks_without_tls_to_a_plain_server(engine: Engine) -> None:
    async with opened(engine, ONE_PANE) as (app, pilot):
        pane = app.query_one(ConnectPane)
        with serving(_greets) as port:
            await entered(app, pilot, pane, f"tls://{V4}:{port}")
            await way_on(pilot, pane, "Without TLS", "u connects without TLS")
            await until(pilot, lambda: len(engine.dialled) == 2 and newest(engine).flow.bytes_in)
            assert not newest(engine).layers.wire
            await until(pilot, lambda: "220 mail.example" in words(app))
            assert pane.query_one(AddressField).value == f"{V4}:{port}"


def _greets(client: socket.socket) -> None:
    client.sendall(b"220 mail.example ESMTP\r\n")
    client.recv(999)


@in_app
async def test_it_talks_with_tls_to_a_server_that_answers_plain_text_by_an_alert(
    engine: Engine, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca")
    async with opened(engine, ONE_PANE) as (app, pilot):
        pane = app.query_one(ConnectPane)
        pane._settings["ca"] = str(tmp_path / "ca")
        with serving(_alarmed(over(server_context(authority, V4)))) as port:
            await entered(app, pilot, pane, f"{V4}:{port}")
            plain = await connected(engine, pilot, 1)
            engine.send(plain, b"GET / HTTP/1.0\r\n\r\n")
            await way_on(pilot, pane, "With TLS", "u connects with TLS")
            found = await connected(engine, pilot, 2)
            assert found.layers.session and found.layers.session.verified, "by the CA that is settled"
            assert pane.query_one(AddressField).value == f"tls://{V4}:{port}"


def _alarmed(secured: Serve) -> Serve:
    """Speak TLS, and answer plain text by an alert (unexpected_message)."""

    def serve(client: socket.socket) -> None:
        if client.recv(1, socket.MSG_PEEK) == b"\x16":
            secured(client)
        else:
            client.recv(999)
            client.sendall(b"\x15\x03\x01\x00\x02\x02\x0a")

    return serve


# A path that was left behind.


@in_app
async def test_it_removes_the_path_that_was_left_behind_and_listens_there(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with opened(engine, ONE_PANE) as (app, pilot):
        pane = app.query_one(ListenPane)
        await entered(app, pilot, pane, f"unix:{path}")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        failed = pane.listener
        assert failed and failed.state is ListenerState.FAILED and path.exists()
        await way_on(pilot, pane, "Remove path", "u removes it and listens there")
        await until(pilot, lambda: pane.listener and pane.listener.state is ListenerState.LISTENING)
        assert pane.listener is not failed
        assert list(engine.listeners.values()) == [pane.listener]
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            await until(pilot, lambda: pane.listener and pane.listener.live_clients == 1)
