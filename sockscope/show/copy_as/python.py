"""As a program in Python, with blocking sockets.

The rule: it makes the same calls in the same order, and waits for as many bytes as came between them.
"""

from collections.abc import Iterable

from sockscope.request.tls import ClientTls, ServerTls
from sockscope.show.copy_as import python_answers as answers
from sockscope.show.copy_as.literals import comment, python_bytes, python_path, python_text
from sockscope.show.copy_as.script import Client, Finish, Lookup, Option, Place, Send, Server, Step, Wait

_RECEIVE = '''
def receive(size):
    """Wait for so many bytes, or for the peer's end of stream."""
    while size > 0 and (data := sock.recv(min(size, 65536))):
        sys.stdout.buffer.write(data)
        size -= len(data)
    sys.stdout.buffer.flush()
'''
_RECEIVE_DATAGRAMS = '''
def receive(count):
    """Wait for so many datagrams."""
    for _ in range(count):
        sys.stdout.buffer.write(sock.recv(65536))
    sys.stdout.buffer.flush()
'''
FINISH_TLS = '''
def finish(sock):
    """Send close_notify and our end of stream; the peer's is not waited for."""
    sock.setblocking(False)
    with contextlib.suppress(ssl.SSLError):
        sock.unwrap()
    sock.setblocking(True)
    sock.shutdown(socket.SHUT_WR)
'''
FINISH = '''
def finish(sock):
    """Send our end of stream."""
    sock.shutdown(socket.SHUT_WR)
'''
_SERVE = '''
def serve(client):
    """Answer one client."""
    with {entered}:
        answers = responder()
        answer, last = next(answers)
        client.sendall(answer)
        if last:
            finish(client)
        while data := client.recv(65536):
            if last:
                continue
            answer, last = answers.send(data)
            client.sendall(answer)
            if last:
                finish(client)


def accept(listening):
    """Take clients, {how}."""
    while True:
        client, _ = listening.accept()
        {serve}
'''
_SERVE_DATAGRAMS = '''
def accept(listening):
    """Answer datagrams; each peer has a responder of its own."""
    peers = {}
    while True:
        data, peer = listening.recvfrom(65536)
        if not peer:
            continue  # of no name, so that nothing can be sent there
        if peer not in peers:
            peers[peer] = responder()
            first, _ = next(peers[peer])
            if first is not None:
                listening.sendto(first, peer)
        answer, _ = peers[peer].send(data)
        if answer is not None:
            listening.sendto(answer, peer)
'''


def client(script: Client) -> str:
    """Write a client."""
    datagrams = script.kind.keeps_boundaries
    waits = any(isinstance(step, Wait) for step in script.steps)
    finishes = script.finishes
    imports = ["socket", *(["sys"] if waits else []), *(["ssl"] if script.tls else [])]
    imports += [*(["contextlib"] if script.tls and finishes else []), *(["os"] if uses_os(script.tls) else [])]
    imports += packing(script.options)
    parts = [
        *head("A client: it connects, sends, and waits for what comes back.", script.about, imports),
        *((_RECEIVE_DATAGRAMS if datagrams else _RECEIVE).splitlines() if waits else []),
        *((FINISH_TLS if script.tls else FINISH).splitlines() if finishes else []),
        *(["", ""] if waits or finishes else [""]),
        *opened(script),
        *([f"sock.connect({address(script.peer)})"] if script.connected else []),
        *(secured(script.tls) if script.tls else []),
        *(_step(step, script) for step in script.steps),
        "sock.close()",
    ]
    return "\n".join(parts) + "\n"


def _step(step: Step, script: Client) -> str:
    match step:
        case Send(data) if not script.connected:
            return f"sock.sendto({python_bytes(data)}, {address(script.peer)})"
        case Send(data):
            return f"sock.send{'' if script.kind.keeps_boundaries else 'all'}({python_bytes(data)})"
        case Wait(size_bytes, calls):
            return f"receive({calls if script.kind.keeps_boundaries else size_bytes})"
        case Finish():
            return "finish(sock)"
        case Option():
            return set_option(step)


def head(title: str, about: Iterable[str], imports: Iterable[str]) -> list[str]:
    """Write how a program begins: what it is, what is to be known, what it imports."""
    said = comment(about, "#")
    return ["#!/usr/bin/env python3", f'"""{title}"""', "", *said, *([""] if said else []), *_imports(imports)]


def _imports(names: Iterable[str]) -> list[str]:
    return [f"import {name}" for name in sorted(names)]


def uses_os(tls: ClientTls | ServerTls | None) -> bool:
    """Whether the contexts of TLS ask whether what is trusted is a folder."""
    return bool(tls and tls.ca)


def packing(options: Iterable[Option]) -> list[str]:
    """Return the module that options which are structures need."""
    return ["struct"] if any(not isinstance(option.value, int) for option in options) else []


def opened(script: Client) -> list[str]:
    """Write how the socket of a client is made, up to where it connects."""
    return [
        f"sock = {made(script.peer, script.kind.keeps_boundaries)}",
        *map(set_option, script.peer.options),
        *([f"sock.bind({address(script.source)})"] if script.source else []),
    ]


def made(place: Place, datagrams: bool) -> str:
    """Write how a socket is made for a place."""
    return f"socket.socket(socket.{place.family}, socket.SOCK_{'DGRAM' if datagrams else 'STREAM'})"


def set_option(option: Option, sock: str = "sock") -> str:
    """Write how an option is set."""
    name = f"socket.{option.level}, socket.{option.name}"
    if isinstance(option.value, int):
        return f"{sock}.setsockopt({name}, {option.value})"
    return f"{sock}.setsockopt({name}, struct.pack('ii', {option.value[0]}, {option.value[1]}))"


def address(place: Place) -> str:
    """Write an address as the calls take it."""
    if place.family == "AF_UNIX":
        return python_path(place.path)
    return f"({python_text(place.host)}, {place.port})"


def client_context(tls: ClientTls) -> list[str]:
    """Write how the context of a client is made; the name is sent and, where that is asked for, verified."""
    verify = ["context.load_default_certs()"] if tls.verify and not tls.ca else []
    return [
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
        "context.minimum_version = ssl.TLSVersion.TLSv1_2",
        *([] if tls.verify else ["context.check_hostname = False", "context.verify_mode = ssl.CERT_NONE"]),
        *(trusted(tls.ca) if tls.ca else verify),
        *_offered(tls),
        *(own(tls) if tls.certificate else []),
    ]


def secured(tls: ClientTls) -> list[str]:
    """Write how a connected socket gets TLS."""
    name = f"server_hostname={python_text(tls.server_name) if tls.server_name else None}"
    return [*client_context(tls), f"sock = context.wrap_socket(sock, {name})"]


def server_context(tls: ServerTls) -> list[str]:
    """Write how the context of a server is made."""
    modes = {"ask": "ssl.CERT_OPTIONAL", "require": "ssl.CERT_REQUIRED"}
    wanted = modes.get(tls.client_certificate)
    return [
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)",
        "context.minimum_version = ssl.TLSVersion.TLSv1_2",
        *_offered(tls),
        *(own(tls) if tls.certificate else ["context.load_cert_chain('cert.pem', 'key.pem')"]),
        *([*trusted(tls.ca), f"context.verify_mode = {wanted}"] if wanted else []),
    ]


def trusted(ca: str) -> list[str]:
    """Write that a file or a folder of certificates is trusted."""
    path = python_text(ca)
    return [
        "context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN",
        f"context.load_verify_locations(**{{'capath' if os.path.isdir({path}) else 'cafile': {path}}})",
    ]


def own(tls: ClientTls | ServerTls) -> list[str]:
    """Write which certificate is ours."""
    return [f"context.load_cert_chain({python_text(tls.certificate)}, {python_text(tls.key) if tls.key else None})"]


def _offered(tls: ClientTls | ServerTls) -> list[str]:
    return [f"context.set_alpn_protocols({list(tls.alpn)!a})"] if tls.alpn else []


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    datagrams = script.kind.keeps_boundaries
    imports = {"socket", "threading", *answers.imports(script.answers)}
    imports |= ({"ssl"} if script.tls else set()) | ({"os"} if uses_os(script.tls) else set())
    imports |= {name for place in script.places for name in packing(place.options)}
    if not datagrams:
        imports.add("contextlib")
    text = _SERVE_DATAGRAMS if datagrams else _serve(script)
    finish = [] if datagrams else ["", *(FINISH_TLS if script.tls else FINISH).splitlines()]
    parts = [
        *head("A server: it listens, and answers who comes.", [*script.about, *certificate(script)], imports),
        *([""] if script.tls else []),
        *(server_context(script.tls) if script.tls else []),
        "",
        *answers.responder(script.answers, datagrams).splitlines(),
        *finish,
        "",
        *text.splitlines(),
        "",
        "",
        "threads = []",
        *(line for place in script.places for line in _listening(script, place)),
        "for thread in threads:",
        "    thread.join()",
    ]
    return "\n".join(parts) + "\n"


def _serve(script: Server) -> str:
    how = "one after the other" if script.one_at_a_time else "each in a thread of its own"
    begun = "threading.Thread(target=serve, args=(client,), daemon=True).start()"
    secured = ", context.wrap_socket(client, server_side=True) as client" if script.tls else ""
    entered = f"client, contextlib.suppress(OSError){secured}"
    return _SERVE.format(how=how, serve="serve(client)" if script.one_at_a_time else begun, entered=entered)


def listening(script: Server, place: Place, sock: str) -> list[str]:
    """Write how a socket is made that listens, or that takes datagrams."""
    return [
        f"{sock} = {made(place, script.kind.keeps_boundaries)}",
        *(set_option(option, sock) for option in place.options),
        f"{sock}.bind({address(place)})",
        *([f"{sock}.listen({script.backlog})"] if script.kind.connection_oriented else []),
    ]


def _listening(script: Server, place: Place) -> list[str]:
    begin = ["threads.append(threading.Thread(target=accept, args=(listening,), daemon=True))", "threads[-1].start()"]
    return [*listening(script, place, "listening"), *begin]


def certificate(script: Server) -> list[str]:
    """Say where the certificate of a server comes from that had made its own."""
    if script.tls is None or script.tls.certificate:
        return []
    return ["It was shown with a certificate made on the spot. A like one:", made_certificate(script.names)]


def made_certificate(names: Iterable[str]) -> str:
    """Write the command that makes a self-signed certificate for some names: cert.pem and key.pem."""
    plain = [name for name in names if set(name) <= _OF_NAMES] or ["localhost"]
    alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in plain)
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sockscope -keyout key.pem -out cert.pem"
    return f"{made} -addext subjectAltName={alternatives}"


_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_")


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


def lookup(script: Lookup) -> str:
    """Write the question to getaddrinfo."""
    parts = [
        *head("A lookup: what getaddrinfo answers.", script.about, ["socket"]),
        "",
        f"for row in {ascii_call(script)}:",
        "    print(row)",
    ]
    return "\n".join(parts) + "\n"


def ascii_call(script: Lookup) -> str:
    """Write the call; a letter that is not of ASCII is escaped, as the literal it stands in can be."""
    return script.question.python().encode("ascii", "backslashreplace").decode("ascii")
