"""As a program in Python with asyncio: streams, and for datagrams the loop's own calls.

The rule: the sockets are made as in the program without asyncio, and only waiting is done otherwise.
"""

from collections.abc import Iterable

from sockscope.show.copy_as import python_answers as answers
from sockscope.show.copy_as.literals import python_bytes, python_text
from sockscope.show.copy_as.python import (
    address,
    ascii_call,
    certificate,
    client_context,
    head,
    listening,
    opened,
    packing,
    server_context,
    set_option,
    uses_os,
)
from sockscope.show.copy_as.script import Client, Finish, Lookup, Option, Send, Server, Step, Wait

_RECEIVE = '''
async def receive(reader, size):
    """Wait for so many bytes, or for the peer's end of stream."""
    while size > 0 and (data := await reader.read(min(size, 65536))):
        sys.stdout.buffer.write(data)
        size -= len(data)
    sys.stdout.buffer.flush()
'''
_RECEIVE_DATAGRAMS = '''
async def receive(sock, count):
    """Wait for so many datagrams."""
    for _ in range(count):
        sys.stdout.buffer.write(await asyncio.get_running_loop().sock_recv(sock, 65536))
    sys.stdout.buffer.flush()
'''
_SERVE = '''
async def serve(reader, writer):
    """Answer one client."""
    with contextlib.suppress(OSError):
        answers = responder()
        answer, last = next(answers)
        writer.write(answer)
        if last:
            writer.{finish}()
        while data := await reader.read(65536):
            if last:
                continue
            answer, last = answers.send(data)
            writer.write(answer)
            if last:
                writer.{finish}()
            await writer.drain()
    writer.close()
'''
_SERVE_ONE = '''
turn = asyncio.Lock()


async def one_at_a_time(reader, writer):
    """Let a client wait until the one before has left."""
    async with turn:
        await serve(reader, writer)
'''
_SERVE_DATAGRAMS = '''
async def accept(listening):
    """Answer datagrams; each peer has a responder of its own."""
    loop, peers = asyncio.get_running_loop(), {}
    while True:
        data, peer = await loop.sock_recvfrom(listening, 65536)
        if not peer:
            continue  # of no name, so that nothing can be sent there
        if peer not in peers:
            peers[peer] = responder()
            first, _ = next(peers[peer])
            if first is not None:
                await loop.sock_sendto(listening, first, peer)
        answer, _ = peers[peer].send(data)
        if answer is not None:
            await loop.sock_sendto(listening, answer, peer)
'''
_NODELAY = "asyncio sets TCP_NODELAY by itself."
_NO_TLS_END = "Left out: our end of stream, which asyncio cannot send without closing where there is TLS."


def client(script: Client) -> str:
    """Write a client."""
    datagrams = script.kind.keeps_boundaries
    waits = any(isinstance(step, Wait) for step in script.steps)
    imports = ["asyncio", "socket", *(["sys"] if waits else []), *(["ssl"] if script.tls else [])]
    imports += [*(["os"] if uses_os(script.tls) else []), *packing(script.options)]
    about = [*script.about, *_said(script.kind.has_ports and not datagrams), *_unsaid(script)]
    body = [
        *opened(script),
        "sock.setblocking(False)",
        *([f"await loop.sock_connect(sock, {address(script.peer)})"] if script.connected else []),
        *([] if datagrams else _streams(script)),
        *(line for step in script.steps for line in _step(step, script)),
        *(["sock.close()"] if datagrams else ["writer.close()", "await writer.wait_closed()"]),
    ]
    parts = [
        *head("A client: it connects, sends, and waits for what comes back.", about, imports),
        "",
        *((_RECEIVE_DATAGRAMS if datagrams else _RECEIVE).splitlines() if waits else []),
        *_main([*(["loop = asyncio.get_running_loop()"] if _uses_loop(script) else []), *body]),
    ]
    return "\n".join(parts) + "\n"


def _uses_loop(script: Client) -> bool:
    return script.connected or bool(script.sends)


def _said(tcp: bool) -> list[str]:
    return [_NODELAY] if tcp else []


def _unsaid(script: Client) -> list[str]:
    return [_NO_TLS_END] if script.tls and script.finishes else []


def _streams(script: Client) -> list[str]:
    if script.tls is None:
        return ["reader, writer = await asyncio.open_connection(sock=sock)"]
    name = python_text(script.tls.server_name)
    secured = f"ssl=context, server_hostname={name}"
    return [
        *client_context(script.tls),
        f"reader, writer = await asyncio.open_connection(sock=sock, {secured})",
    ]


def _step(step: Step, script: Client) -> list[str]:
    datagrams = script.kind.keeps_boundaries
    match step:
        case Send(data) if not script.connected:
            return [f"await loop.sock_sendto(sock, {python_bytes(data, _IN)}, {address(script.peer)})"]
        case Send(data) if datagrams:
            return [f"await loop.sock_sendall(sock, {python_bytes(data, _IN)})"]
        case Send(data):
            return [f"writer.write({python_bytes(data, _IN)})", "await writer.drain()"]
        case Wait(size_bytes, calls):
            return [f"await receive(sock, {calls})" if datagrams else f"await receive(reader, {size_bytes})"]
        case Finish():
            return [] if script.tls else ["writer.write_eof()"]
        case Option():
            return [set_option(step, "sock" if datagrams else "writer.get_extra_info('socket')")]


_IN = "    "  # how far the main function is indented


def _main(body: Iterable[str]) -> list[str]:
    return ["", "async def main():", *(f"{_IN}{line}" for line in body), "", "", "asyncio.run(main())"]


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    datagrams = script.kind.keeps_boundaries
    imports = {"asyncio", "socket", *answers.imports(script.answers), *(["ssl"] if script.tls else [])}
    imports |= {name for place in script.places for name in packing(place.options)}
    imports |= {*(["os"] if uses_os(script.tls) else []), *([] if datagrams else ["contextlib"])}
    about = [*script.about, *certificate(script), *_said(script.kind.has_ports and not datagrams)]
    closes = ["Left out: our end of stream behind an answer; with TLS asyncio closes instead."] if script.tls else []
    serve = _SERVE.format(finish="close" if script.tls else "write_eof")
    parts = [
        *head("A server: it listens, and answers who comes.", [*about, *closes], imports),
        "",
        *answers.responder(script.answers, datagrams).splitlines(),
        "",
        *(_SERVE_DATAGRAMS if datagrams else serve).splitlines(),
        *(["", *_SERVE_ONE.splitlines()] if script.one_at_a_time and not datagrams else []),
        "",
        *_main(_begun(script, datagrams)),
    ]
    return "\n".join(parts) + "\n"


def _begun(script: Server, datagrams: bool) -> list[str]:
    """Write how all places are opened, and then waited for."""
    serve = "one_at_a_time" if script.one_at_a_time else "serve"
    secured = ", ssl=context" if script.tls else ""
    started = f"await asyncio.start_server({serve}, sock=listening, backlog={script.backlog}{secured})"
    begun = "accept(listening)" if datagrams else f"({started}).serve_forever()"
    blocking = ["listening.setblocking(False)", f"running.append({begun})"]
    return [
        *(server_context(script.tls) if script.tls else []),
        "running = []",
        *(line for place in script.places for line in [*listening(script, place, "listening"), *blocking]),
        "await asyncio.gather(*running)",
    ]


def lookup(script: Lookup) -> str:
    """Write the question to getaddrinfo."""
    asked = ascii_call(script).replace("socket.getaddrinfo(", "loop.getaddrinfo(", 1)
    body = ["loop = asyncio.get_running_loop()", f"for row in await {asked}:", f"{_IN}print(row)"]
    imports = ["asyncio", "socket"] if "socket." in asked else ["asyncio"]
    parts = [*head("A lookup: what getaddrinfo answers.", script.about, imports), "", *_main(body)]
    return "\n".join(parts) + "\n"
