"""As a program in C, for Linux: blocking sockets, and a process for each client.

The rule: it compiles without a warning (-Wall -Wextra -Werror). TLS would need a library, and is refused.
"""

import os
from collections.abc import Iterable

from sockscope.net.hint import FAMILIES, PROTOCOLS, TYPES
from sockscope.net.notation import asked_name
from sockscope.show.copy_as.c_server import answering
from sockscope.show.copy_as.literals import c_bytes, comment
from sockscope.show.copy_as.script import CannotSay, Client, Finish, Lookup, Option, Place, Send, Server, Step, Wait

_HEADERS = (
    *("arpa/inet.h", "err.h", "netdb.h", "netinet/in.h", "netinet/tcp.h", "signal.h", "stddef.h", "stdint.h"),
    *("stdio.h", "string.h", "sys/socket.h", "sys/un.h", "sys/wait.h", "time.h", "unistd.h"),
)

_ADDRESS = """
struct address {
    union { struct sockaddr any; struct sockaddr_un local; struct sockaddr_storage room; } as;
    socklen_t size;
};
"""
_INTERNET = """
static struct address internet(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *found;
    struct address address;
    if (getaddrinfo(host, port, &hints, &found))
        errx(1, "%s is no address", host);
    memcpy(&address.as, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}
"""
_LOCAL = """
static struct address local(const char *path, size_t size)
{
    struct address address = {.as.local.sun_family = AF_UNIX};
    memcpy(address.as.local.sun_path, path, size);
    address.size = offsetof(struct sockaddr_un, sun_path) + size;
    return address;
}
"""
_SET = """
static void set(int fd, int level, int name, const void *value, socklen_t size)
{
    if (setsockopt(fd, level, name, value, size))
        err(1, "setsockopt");
}
"""
_SEND = """
static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            err(1, "send");
        data += sent;
        size -= sent;
    }
}
"""
_RECEIVE = """
/* Wait for so many bytes, or for the peer's end of stream. */
static void receive(int fd, size_t size)
{
    static char room[65536];
    while (size > 0) {
        ssize_t got = recv(fd, room, size < sizeof room ? size : sizeof room, 0);
        if (got < 0)
            err(1, "recv");
        if (got == 0)
            break;
        fwrite(room, 1, got, stdout);
        size -= got;
    }
    fflush(stdout);
}
"""
_RECEIVE_DATAGRAMS = """
/* Wait for so many datagrams. */
static void receive(int fd, size_t count)
{
    static char room[65536];
    while (count-- > 0) {
        ssize_t got = recv(fd, room, sizeof room, 0);
        if (got < 0)
            err(1, "recv");
        fwrite(room, 1, got, stdout);
    }
    fflush(stdout);
}
"""
_LOOKUP = """
int main(void)
{{
    struct addrinfo hints = {{{hints}}}, *rows;
    int error = getaddrinfo({name}, {service}, &hints, &rows);
    if (error)
        errx(1, "getaddrinfo: %s", gai_strerror(error));
    for (struct addrinfo *row = rows; row; row = row->ai_next) {{
        char host[256], port[32];
        getnameinfo(row->ai_addr, row->ai_addrlen, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        printf("family %d, type %d, protocol %d, %s port %s%s%s\\n", row->ai_family, row->ai_socktype,
               row->ai_protocol, host, port, row->ai_canonname ? ", " : "",
               row->ai_canonname ? row->ai_canonname : "");
    }}
    freeaddrinfo(rows);
    return 0;
}}
"""


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    if script.tls:
        raise CannotSay("C has no TLS of its own: a library would be needed")
    datagrams = script.kind.keeps_boundaries
    waits = any(isinstance(step, Wait) for step in script.steps)
    functions = [
        *_places([script.peer, *([script.source] if script.source else [])]),
        *([_SET] if script.options else []),
        *([_SEND] if script.sends and not datagrams else []),
        *([_RECEIVE_DATAGRAMS if datagrams else _RECEIVE] if waits else []),
    ]
    body = [
        f"int fd = socket({script.peer.family}, SOCK_{'DGRAM' if datagrams else 'STREAM'}, 0);",
        *_checked("fd < 0", "socket"),
        *(line for option in script.peer.options for line in _set(option)),
        *(_bound(script.source) if script.source else []),
        f"struct address peer = {_address(script.peer)};",
        *(_checked("connect(fd, &peer.as.any, peer.size)", "connect") if script.connected else []),
        *(line for step in script.steps for line in _step(step, script)),
        "close(fd);",
        "return 0;",
    ]
    return _program(script.about, functions, body)


def _step(step: Step, script: Client) -> list[str]:
    match step:
        case Send(data) if not script.kind.keeps_boundaries:
            return [f"send_all(fd, {c_bytes(data, _IN)}, {len(data)});"]
        case Send(data):
            where = ", 0" if script.connected else ", 0, &peer.as.any, peer.size"
            name = "send" if script.connected else "sendto"
            return _checked(f"{name}(fd, {c_bytes(data, _IN)}, {len(data)}{where}) < 0", name)
        case Wait(size_bytes, calls):
            return [f"receive(fd, {calls if script.kind.keeps_boundaries else size_bytes});"]
        case Finish():
            return _checked("shutdown(fd, SHUT_WR)", "shutdown")
        case Option():
            return _set(step)


_IN = "    "


def _program(about: Iterable[str], functions: Iterable[str], body: Iterable[str]) -> str:
    """Put a program together; braces of the body are its own lines."""
    parts = [
        *_begin(about),
        *(line for function in functions for line in function.rstrip().splitlines()),
        "",
        "int main(void)",
        "{",
        *(f"{_IN}{line}" for line in body),
        "}",
    ]
    return "\n".join(parts) + "\n"


def _begin(about: Iterable[str]) -> list[str]:
    compiled = "/* cc -Wall -Wextra -o copied copied.c && ./copied */"
    headers = [f"#include <{name}>" for name in _HEADERS]
    return [compiled, *comment(about, "//"), "#define _GNU_SOURCE", *headers]


def _places(places: Iterable[Place]) -> list[str]:
    """Return the functions that make these addresses."""
    local = {place.family == "AF_UNIX" for place in places}
    return [_ADDRESS, *([_LOCAL] if True in local else []), *([_INTERNET] if False in local else [])]


def _address(place: Place) -> str:
    """Write an address; the path of a UNIX socket has a NUL behind it, an abstract name one before it."""
    if place.family != "AF_UNIX":
        return f'internet({c_bytes(place.host.encode())}, "{place.port}")'
    name = os.fsencode(place.path)
    path = b"\0" + name[1:] if name.startswith(b"@") else name
    size = len(path) if not path or path.startswith(b"\0") else len(path) + 1
    return f"local({c_bytes(path)}, {size})"


def _bound(place: Place) -> list[str]:
    where = f"struct address source = {_address(place)};"
    return [where, *_checked("bind(fd, &source.as.any, source.size)", "bind")]


def _checked(condition: str, name: str) -> list[str]:
    return [f"if ({condition})", f'{_IN}err(1, "{name}");']


def _set(option: Option) -> list[str]:
    if isinstance(option.value, int):
        value, type = str(option.value), "int"
    else:
        value, type = f"{option.value[0]}, {option.value[1]}", "struct linger"
    return [f"set(fd, {option.level}, {option.name}, &({type}){{{value}}}, sizeof({type}));"]


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    if script.tls:
        raise CannotSay("C has no TLS of its own: a library would be needed")
    datagrams = script.kind.keeps_boundaries
    options = [option for place in script.places for option in place.options]
    functions = [
        *_places(script.places),
        *([_SET] if options else []),
        *answering(script, datagrams),
    ]
    body = [
        *(line for place in script.places for line in _served(script, place, datagrams)),
        "while (wait(NULL) > 0)",
        f"{_IN};",
        "return 0;",
    ]
    return _program(script.about, functions, body)


def _served(script: Server, place: Place, datagrams: bool) -> list[str]:
    """Write a process that serves one place."""
    backlog = _checked(f"listen(fd, {script.backlog})", "listen") if script.kind.connection_oriented else []
    begun = [
        f"int fd = socket({place.family}, SOCK_{'DGRAM' if datagrams else 'STREAM'}, 0);",
        *_checked("fd < 0", "socket"),
        *(line for option in place.options for line in _set(option)),
        *_bound(place),
        *backlog,
        "serve(fd);",
    ]
    return ["if (fork() == 0) {", *(f"{_IN}{line}" for line in begun), "}"]


def lookup(script: Lookup) -> str:
    """Write the question to getaddrinfo."""
    question = script.question
    flags = [str(flag.value) if flag.python.startswith("0x") else f"AI_{flag.name}" for flag in question.chosen]
    hints = [
        *([f".ai_flags = {' | '.join(flags)}"] if flags else []),
        *([f".ai_family = {FAMILIES[question.family].name}"] if FAMILIES[question.family] else []),
        *([f".ai_socktype = SOCK_{_TYPES[question.type]}"] if TYPES[question.type] else []),
        *([f".ai_protocol = IPPROTO_{question.protocol}"] if PROTOCOLS[question.protocol] else []),
    ]
    name = asked_name(question.name, idn="IDN" in question.flags).encode()
    text = _LOOKUP.format(
        hints=", ".join(hints) or "0", name=_or_null(name), service=_or_null(question.service.encode())
    )
    return "\n".join([*_begin(script.about), *text.splitlines()]) + "\n"


_TYPES = {"stream": "STREAM", "datagram": "DGRAM", "raw": "RAW"}


def _or_null(text: bytes) -> str:
    return c_bytes(text) if text else "NULL"
