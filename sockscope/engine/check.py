"""Requests checked as a whole before a socket is made, and what TLS needs for them.

The rule: whatever can be known to be wrong is said here, in the caller's thread, in one line (ValueError).
"""

import socket

from sockscope.engine.kernel import multicast
from sockscope.engine.kernel.asked_option import check_applies
from sockscope.engine.stream.layers.tls import Safety, Security
from sockscope.engine.stream.layers.tls_contexts import TlsError, client_context, server_context
from sockscope.net.address import AddressError, check_numeric
from sockscope.record.certificate import Certificate
from sockscope.request import Connect, Listen
from sockscope.request.setting import For
from sockscope.request.settings import check_fits


def check_connect(plan: Connect) -> Security | None:
    """Refuse what no socket could be asked for, and give what TLS needs. Raise ValueError."""
    if plan.source and plan.transport.has_ports:
        check_numeric(plan.source.host)
    check_fits(For.CONNECT, plan, plan.target.kind)
    _check_options(plan)
    if plan.interface:
        multicast.interface_name(plan.interface)
    return _client_side(plan)


def _check_options(plan: Connect | Listen) -> None:
    kind, rows = plan.transport, plan.rows if isinstance(plan, Connect) else ()
    words, families = f"{kind.title} sockets", {row.family for row in rows} or set(kind.families)
    if kind.resolves and plan.family != "any":
        ipv4 = plan.family == "IPv4"
        families, words = {socket.AF_INET if ipv4 else socket.AF_INET6}, f"{words} of {'IPv4' if ipv4 else 'IPv6'}"
    check_applies(plan.options, families, kind.type, words)


def check_listen(plan: Listen) -> tuple[Safety, Certificate | None]:
    """Refuse what no listener could be asked for; give what TLS needs, and the certificate. Raise ValueError."""
    if plan.family == "dual" and plan.target.host not in ("*", "::"):
        raise AddressError("dual stack is one socket for all addresses: listen at * for it")
    check_fits(For.LISTEN, plan, plan.target.kind)
    for group in plan.groups:
        multicast.parse_group(group)
    _check_options(plan)
    far = None
    if plan.relay:
        far = check_connect(plan.relay)
        if plan.relay.transport.keeps_boundaries != plan.transport.keeps_boundaries:
            raise AddressError("a stream cannot be relayed to datagrams, nor the other way: boundaries would be lost")
    near, certificate = _server_side(plan)
    return Safety(near, far), certificate


def _client_side(plan: Connect) -> Security | None:
    asked = plan.security
    if asked is None:
        return None
    name = asked.server_name or (plan.target.host.partition("%")[0].rstrip(".") if plan.transport.resolves else "")
    if asked.verify and not name:
        raise TlsError("a server name is needed to verify a certificate over a UNIX socket")
    return Security(client_context(asked), server_side=False, server_name=name)


def _server_side(plan: Listen) -> tuple[Security | None, Certificate | None]:
    asked = plan.security
    if asked is None:
        return None, None
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    if plan.target.host not in ("", "*") and plan.transport.resolves:
        names.append(plan.target.host)
    context, certificate = server_context(asked, list(dict.fromkeys(names)))
    return Security(context, server_side=True), certificate
