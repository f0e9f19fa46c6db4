"""A request made anew, otherwise in one point: what is advised after a failure.

The rule: everything else stays as it was asked for.
"""

from dataclasses import replace

from sockscope.request.connect import Connect
from sockscope.request.listen import Listen
from sockscope.request.tls import USUAL_VERSION, ClientTls, Least

_OTHER = {"IPv4": "IPv6", "IPv6": "IPv4"}


def unverified(asked: Connect) -> Connect:
    """Trust any certificate."""
    return replace(asked, tls=replace(_tls(asked), verify=False))


def server_name(asked: Connect, name: str) -> Connect:
    """Ask for the server by a name, and verify that."""
    return replace(asked, tls=replace(_tls(asked), server_name=name))


def without_tls(asked: Connect) -> Connect:
    """Speak plainly."""
    kind = "tcp" if asked.target.tls else asked.target.kind
    return replace(asked, target=asked.target._replace(kind=kind), tls=None)


def older_tls(asked: Connect, version: str) -> Connect:
    """Take TLS from that version on, such as "1.0", with the security level that it needs."""
    level = "0" if version < USUAL_VERSION else ""
    return replace(asked, tls=replace(_tls(asked), least=Least(version, level)))


def with_tls(asked: Connect, settled: ClientTls) -> Connect:
    """Speak TLS over the stream, as is settled."""
    kind = "tls" if asked.target.kind == "tcp" else asked.target.kind
    return replace(asked, target=asked.target._replace(kind=kind), tls=settled)


def other_family(asked: Connect, host: str = "") -> Connect:
    """Take the other IP version, or with a `host` that address of it."""
    if host:
        return replace(asked, target=asked.target._replace(host=host), family="any", rows=())
    return replace(asked, family=_OTHER.get(asked.family, asked.family))


def free_port(asked: Listen) -> Listen:
    """Listen at any free port."""
    return replace(asked, target=asked.target._replace(port=0))


def remove_stale(asked: Listen) -> Listen:
    """Remove the path that somebody left behind."""
    return replace(asked, remove_stale=True)


def _tls(asked: Connect) -> ClientTls:
    return asked.security or ClientTls()
