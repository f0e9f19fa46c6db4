"""Requests checked as a whole before a socket is made, and what TLS needs for them.

The rule: whatever can be known to be wrong is said here, in the caller's thread, in one line (ValueError).
"""

import socket

from sockscope.engine.kernel import multicast
from sockscope.engine.kernel.asked_option import check_applies
from sockscope.engine.stream.layers.tls import Safety, Security
from sockscope.engine.stream.layers.tls_contexts import TlsError, client_context, server_context
from sockscope.net.address import AddressError, check_numeric
from sockscope.net.notation import literal
from sockscope.record.certificate import Certificate
from sockscope.request import Connect, Listen
from sockscope.request.setting import For
from sockscope.request.settings import check_fits


def check_connect(request: Connect) -> Security | None:
    """Refuse what no socket could be asked for, and give what TLS needs. Raise ValueError."""
    if request.source and request.transport.has_ports:
        check_numeric(request.source.host)
    check_fits(For.CONNECT, request, request.target.kind)
    _check_options(request)
    if request.interface:
        multicast.interface_name(request.interface)
    return _client_side(request)


def _check_options(request: Connect | Listen) -> None:
    kind, rows = request.transport, request.rows if isinstance(request, Connect) else ()
    words, families = f"{kind.title} sockets", {row.family for row in rows} or set(kind.families)
    if kind.resolves and request.family != "any":
        ipv4 = request.family == "IPv4"
        families, words = {socket.AF_INET if ipv4 else socket.AF_INET6}, f"{words} of {'IPv4' if ipv4 else 'IPv6'}"
    check_applies(request.options, families, kind.type, words)


def check_listen(request: Listen) -> tuple[Safety, Certificate | None]:
    """Refuse what no listener could be asked for; give what TLS needs, and the certificate. Raise ValueError."""
    if request.family == "dual" and request.target.host not in ("*", "::"):
        raise AddressError("dual stack is one socket for all addresses: listen at * for it")
    check_fits(For.LISTEN, request, request.target.kind)
    for group in request.groups:
        multicast.parse_group(group)
        if hosts := _bound_hosts(request):
            multicast.check_heard(group, hosts, dual=request.family == "dual")
    _check_options(request)
    far = None
    if request.relay:
        far = check_connect(request.relay)
        if request.relay.transport.keeps_boundaries != request.transport.keeps_boundaries:
            raise AddressError("a stream cannot be relayed to datagrams, nor the other way: boundaries would be lost")
    near, certificate = _server_side(request)
    return Safety(near, far), certificate


def _bound_hosts(request: Listen) -> list[str]:
    """Return what will be bound; nothing where a name must be looked up first."""
    host = request.target.host or "127.0.0.1"
    if host != "*":
        return [str(known)] if (known := literal(host)) else []
    everywhere, asked = (("IPv4", "0.0.0.0"), ("IPv6", "::")), request.question.family
    return [host for family, host in everywhere if asked in (family, "any")]


def _client_side(request: Connect) -> Security | None:
    asked = request.security
    if asked is None:
        return None
    name = asked.server_name or (
        request.target.host.partition("%")[0].rstrip(".") if request.transport.resolves else ""
    )
    if asked.verify and not name:
        raise TlsError("a server name is needed to verify a certificate over a UNIX socket")
    return Security(client_context(asked), server_side=False, server_name=name)


def _server_side(request: Listen) -> tuple[Security | None, Certificate | None]:
    asked = request.security
    if asked is None:
        return None, None
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    if request.target.host not in ("", "*") and request.transport.resolves:
        names.append(request.target.host)
    context, certificate = server_context(asked, list(dict.fromkeys(names)))
    return Security(context, server_side=True), certificate
