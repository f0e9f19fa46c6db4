"""What the table claims of each kind, held against the kernel's own sockets on loopback."""

import errno
import itertools
import os
import select
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import pytest

from sockscope.net.address import Address
from sockscope.net.hint import TYPES
from sockscope.net.row import Row
from sockscope.net.socket_kind import SCHEMES, TCP, UDP, UNIX, UNIXGRAM, SocketKind, scheme_of
from tests.conftest import DEADLINE_S
from tests.engine.loopback import SMALL_BUFFER, V4, V6, needs_ipv6

KINDS = (TCP, UDP, UNIX, UNIXGRAM)
PIECE = bytes(1024)
PIECES = 8192
_NUMBERS = itertools.count()
_LINGER_0 = struct.pack("ii", 1, 0)
_GROUPS = {
    socket.AF_INET: (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.1.2.3") + socket.inet_aton(V4)),
    socket.AF_INET6: (
        socket.IPPROTO_IPV6,
        socket.IPV6_JOIN_GROUP,
        socket.inet_pton(socket.AF_INET6, "ff15::1234") + struct.pack("@I", 1),
    ),
}
_HOPS = {
    socket.AF_INET: (socket.IPPROTO_IP, socket.IP_TTL),
    socket.AF_INET6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS),
}
_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells, or tells so")
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
each_socket = pytest.mark.parametrize(
    ("kind", "family"),
    [
        pytest.param(
            kind,
            family,
            id=f"{kind.title} {family.name}",
            marks=[needs_ipv6] if family == socket.AF_INET6 else [],
        )
        for kind in KINDS
        for family in kind.families
    ],
)


class Sockets:
    """Real sockets of a kind, closed at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.stack = ExitStack()

    def unbound(self, kind: SocketKind, family: int) -> socket.socket:
        made = self.stack.enter_context(socket.socket(family, kind.type))
        made.settimeout(DEADLINE_S)
        return made

    def bound(self, kind: SocketKind, family: int) -> socket.socket:
        made = self.unbound(kind, family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        path = str(self._folder / str(next(_NUMBERS)))
        made.bind({socket.AF_INET: (V4, 0), socket.AF_INET6: (V6, 0)}.get(family, path))  # type: ignore[call-overload]
        return made

    def pair(self, kind: SocketKind, family: int) -> tuple[socket.socket, socket.socket]:
        """Two sockets, connected to each other."""
        far, near = self.bound(kind, family), self.unbound(kind, family)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        if kind.connection_oriented:
            far.listen()
            near.connect(far.getsockname())
            far = self.stack.enter_context(far.accept()[0])
            far.settimeout(DEADLINE_S)
        else:
            near = self.bound(kind, family)
            near.connect(far.getsockname())
            far.connect(near.getsockname())
        return near, far


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[Sockets]:
    made = Sockets(tmp_path)
    with made.stack:
        yield made


def nothing_comes(far: socket.socket) -> bool:
    """Whether a receive would wait; on loopback what was sent is there when the call that sends it returns."""
    return not select.select([far], [], [], 0)[0]


# The table.


def test_every_scheme_has_its_kind_and_tls_is_none_of_its_own() -> None:
    assert list(SCHEMES) == ["tcp", "udp", "tls", "unix", "unixgram"]
    assert tuple(dict.fromkeys(SCHEMES.values())) == KINDS
    assert SCHEMES["tls"] is TCP
    assert [scheme for scheme in SCHEMES if Address("::1", 80, scheme).tls] == ["tls"]
    assert [Address("::1", 80, scheme).socket_kind for scheme in SCHEMES] == list(SCHEMES.values())


def test_no_two_kinds_are_made_or_called_the_same() -> None:
    assert len({kind.title for kind in KINDS}) == len(KINDS)
    assert len({(family, kind.type) for kind in KINDS for family in kind.families}) == sum(
        len(kind.families) for kind in KINDS
    )


def test_no_property_is_without_a_difference() -> None:
    for field in fields(SocketKind):
        assert len({getattr(kind, field.name) for kind in KINDS}) > 1, field.name


@each_kind
def test_what_has_boundaries_has_a_word_for_what_lies_between(kind: SocketKind) -> None:
    assert kind.keeps_boundaries == bool(kind.unit)


def test_the_scheme_of_a_row_leads_back_to_its_kind() -> None:
    for kind in KINDS:
        for family in kind.families:
            assert SCHEMES[scheme_of(family, kind.type)] is kind
            assert SCHEMES[Row(family, kind.type, 0, "", (V4, 80)).scheme] is kind
    assert scheme_of(socket.AF_INET, socket.SOCK_RAW) == ""


# What the kernel says.


@each_socket
def test_the_kernel_makes_it(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    made = sockets.unbound(kind, family)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == kind.type == TYPES[kind.type_word]
    if sys.platform == "linux":
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == family
        protocol = made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
        assert protocol == (getattr(socket, f"IPPROTO_{kind.protocol.upper()}") if kind.protocol else 0)


@each_socket
def test_only_where_connections_come_first_can_it_listen(
    kind: SocketKind, family: socket.AddressFamily, sockets: Sockets
) -> None:
    bound = sockets.bound(kind, family)
    if kind.connection_oriented:
        bound.listen()
        assert bound.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
    else:
        with pytest.raises(OSError) as told:
            bound.listen()
        assert told.value.errno == errno.EOPNOTSUPP


@each_socket
def test_boundaries_are_kept_or_not(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    near, far = sockets.pair(kind, family)
    for piece in (b"one", b"", b"two"):
        near.send(piece)
    if kind.keeps_boundaries:
        assert [far.recv(100) for _ in range(3)] == [b"one", b"", b"two"]
    else:
        assert far.recv(6, socket.MSG_WAITALL) == b"onetwo"
    assert nothing_comes(far)


@each_socket
def test_what_is_reliable_waits_for_the_receiver_and_else_what_finds_no_room_is_lost(
    kind: SocketKind, family: socket.AddressFamily, sockets: Sockets
) -> None:
    near, far = sockets.pair(kind, family)
    near.settimeout(0.2 if kind.reliable else DEADLINE_S)
    sent = 0
    try:
        for _ in range(PIECES):
            sent += near.send(PIECE)
    except TimeoutError:
        assert kind.reliable
    else:
        assert not kind.reliable
    arrived = 0
    while arrived < sent and not (not kind.reliable and nothing_comes(far)):
        arrived += len(far.recv(len(PIECE)))
    assert (arrived == sent) == kind.reliable


@each_socket
def test_a_direction_is_finished_or_the_peer_hears_nothing_of_it(
    kind: SocketKind, family: socket.AddressFamily, sockets: Sockets
) -> None:
    near, far = sockets.pair(kind, family)
    near.shutdown(socket.SHUT_WR)
    if kind.has_end_of_stream:
        assert far.recv(100) == b""
    else:
        assert nothing_comes(far)
    far.send(b"the other direction is open")
    assert near.recv(100) == b"the other direction is open"


@each_socket
def test_a_reset_arrives_where_there_is_one(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    near, far = sockets.pair(kind, family)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    near.close()
    if kind.can_reset:
        with pytest.raises(ConnectionResetError):
            far.recv(100)
    elif kind.has_end_of_stream:
        assert far.recv(100) == b""
    else:
        assert nothing_comes(far)


@each_socket
def test_without_resets_epipe_says_at_once_that_the_peer_has_closed(
    kind: SocketKind, family: socket.AddressFamily, sockets: Sockets
) -> None:
    near, far = sockets.pair(kind, family)
    far.close()
    try:
        near.send(b"nobody is there")
        error = 0
    except OSError as told:
        error = told.errno or 0
    assert (error == errno.EPIPE) == (kind.connection_oriented and not kind.can_reset)


@each_socket
def test_an_address_has_a_port_or_is_a_path(
    kind: SocketKind, family: socket.AddressFamily, sockets: Sockets, tmp_path: Path
) -> None:
    address = sockets.bound(kind, family).getsockname()
    if kind.has_ports:
        assert address[0] in (V4, V6)
        assert address[1] > 0
    else:
        assert Path(address).parent == tmp_path


@each_socket
def test_a_resolver_is_asked_or_knows_nothing_of_it(kind: SocketKind, family: socket.AddressFamily) -> None:
    host = V6 if family == socket.AF_INET6 else V4
    if kind.resolves:
        rows = socket.getaddrinfo(host, 80, family, kind.type)
        assert {(row[0], row[1]) for row in rows} == {(family, kind.type)}
    else:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(host, 80, family, kind.type)


@each_socket
def test_tls_goes_over_it_or_is_refused(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made = sockets.unbound(kind, family)
    if kind.can_carry_tls:
        sockets.stack.enter_context(context.wrap_socket(made, server_hostname="localhost"))
    else:
        with pytest.raises(NotImplementedError):
            context.wrap_socket(made, server_hostname="localhost")


@_linux
@each_socket
def test_groups_are_joined_or_refused(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    made = sockets.unbound(kind, family)
    option = _GROUPS.get(family, _GROUPS[socket.AF_INET])
    if kind.can_multicast:
        made.setsockopt(*option)
    else:
        with pytest.raises(OSError) as told:
            made.setsockopt(*option)
        assert told.value.errno in (errno.EPROTO, errno.EOPNOTSUPP, errno.EINVAL)


@_linux
@each_socket
def test_the_peer_is_a_process_or_unknown(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    near, _ = sockets.pair(kind, family)
    pid, _, _ = struct.unpack("=iII", near.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    assert pid == (os.getpid() if kind.has_peer_credentials else 0)


@each_socket
def test_what_reaches_the_network_counts_hops(kind: SocketKind, family: socket.AddressFamily, sockets: Sockets) -> None:
    made = sockets.unbound(kind, family)
    if kind.reaches_network:
        assert made.getsockopt(*_HOPS[family]) > 0
    else:
        with pytest.raises(OSError):
            made.getsockopt(*_HOPS[socket.AF_INET])
