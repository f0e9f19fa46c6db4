"""getnameinfo as Python calls it, and as it is called where Python would hold up the other threads."""

import errno
import socket
from collections.abc import Callable

import pytest

from sockscope.engine.resolve import name_info

NUMBERS = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV


@pytest.fixture(params=[False, True], ids=["by Python", "by the C library"])
def getnameinfo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str]]:
    monkeypatch.setattr(name_info, "HOLDS_THE_INTERPRETER", request.param)
    return name_info.getnameinfo


@pytest.mark.parametrize("host", ["127.0.0.1", "255.255.255.255", "::1", "2001:db8::ff00:42:8329"])
@pytest.mark.parametrize("port", [0, 53, 65_535])
def test_an_address_goes_there_and_back(getnameinfo: Callable[..., tuple[str, str]], host: str, port: int) -> None:
    assert getnameinfo((host, port), NUMBERS) == (host, str(port))


def test_the_scope_of_an_address_goes_with_it(getnameinfo: Callable[..., tuple[str, str]]) -> None:
    scope = socket.if_nametoindex("lo")
    assert getnameinfo(("fe80::1", 0, 0, scope), NUMBERS) == ("fe80::1%lo", "0")


def test_it_is_the_name_that_python_gives(getnameinfo: Callable[..., tuple[str, str]]) -> None:
    flags = socket.NI_NAMEREQD | socket.NI_DGRAM
    assert getnameinfo(("127.0.0.1", 53), flags) == socket.getnameinfo(("127.0.0.1", 53), flags)


@pytest.mark.parametrize("host", ["192.0.2.256", "no number", ""])
def test_what_is_no_address_is_an_error(getnameinfo: Callable[..., tuple[str, str]], host: str) -> None:
    with pytest.raises(socket.gaierror) as raised:
        getnameinfo((host, 0), NUMBERS | 1 << 30)
    assert raised.value.errno in (socket.EAI_NONAME, socket.EAI_BADFLAGS)


def test_flags_that_are_none_are_the_error_of_the_library(getnameinfo: Callable[..., tuple[str, str]]) -> None:
    with pytest.raises(socket.gaierror, match="flags") as raised:
        getnameinfo(("127.0.0.1", 0), 1 << 30)
    assert raised.value.errno == socket.EAI_BADFLAGS != errno.EPERM
