"""As commands of openssl: s_client, and of a server that answers nothing, s_server.

The rule: it speaks TLS over TCP or a UNIX socket, and nothing else. No letter that is sent is taken for a command.
"""

from sockscope.request.tls import ClientTls
from sockscope.show.copy_as.literals import command
from sockscope.show.copy_as.python import certificate
from sockscope.show.copy_as.script import CannotSay, Client, Place, Server
from sockscope.show.copy_as.shell import local_path, piped, together, unsaid

_ONLY_TLS = "openssl speaks TLS only, and there is none"
_NO_END = "Left out: our end of stream before the end, which openssl has no word for."


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    if script.tls is None:
        raise CannotSay(_ONLY_TLS)
    words = ["openssl", "s_client", "-quiet", "-no_ign_eof", "-nocommands"]
    words += _where(script.peer, "-connect") + (_source(script.source) if script.source else []) + _tls(script.tls)
    said = [*([_NO_END] if script.finishes else []), *unsaid(script.options, ("SO_REUSEADDR",))]
    return piped(script, command(*words), said, stays=True)


def _source(place: Place) -> list[str]:
    if place.family == "AF_UNIX":
        raise CannotSay("openssl binds no UNIX socket before it connects")
    return _where(place, "-bind")


def _where(place: Place, flag: str) -> list[str]:
    if place.family == "AF_UNIX":
        return ["-unix", local_path(place, "openssl")]
    host = f"[{place.host}]" if ":" in place.host else place.host
    return [flag, f"{host}:{place.port}"]


def _tls(tls: ClientTls) -> list[str]:
    named = ["-verify_return_error", _checks(tls.server_name), tls.server_name] if tls.server_name else []
    verified = named or ["-verify_return_error"]
    return [
        *(["-servername", tls.server_name] if _is_name(tls.server_name) else ["-noservername"]),
        *(verified if tls.verify else []),
        *(["-partial_chain", "-no-CApath", "-no-CAstore", "-CAfile", tls.ca] if tls.ca and tls.verify else []),
        *(["-alpn", ",".join(tls.alpn)] if tls.alpn else []),
        *(["-cert", tls.certificate, "-key", tls.key or tls.certificate] if tls.certificate else []),
        "-min_protocol",
        "TLSv1.2",
    ]


def _is_name(server_name: str) -> bool:
    """Return whether it is sent: an address never is (RFC 6066, 3)."""
    return bool(server_name) and ":" not in server_name and not server_name.replace(".", "").isdigit()


def _checks(server_name: str) -> str:
    return "-verify_hostname" if _is_name(server_name) else "-verify_ip"


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    if script.tls is None:
        raise CannotSay(_ONLY_TLS)
    if script.answers.kind != "none":
        raise CannotSay("openssl cannot answer by itself what a listener does: take ncat, socat or Python")
    tls = script.tls
    wanted = {"ask": ["-verify", "9"], "require": ["-Verify", "9"]}.get(tls.client_certificate, [])
    words = [
        *("openssl", "s_server", "-quiet", "-min_protocol", "TLSv1.2"),
        *("-cert", tls.certificate or "cert.pem", "-key", tls.key or tls.certificate or "key.pem"),
        *(["-alpn", ",".join(tls.alpn)] if tls.alpn else []),
        *(["-verify_return_error", "-CAfile", tls.ca, *wanted] if wanted else []),
    ]
    options = [option for place in script.places for option in place.options]
    commands = [f"{command(*words, *_where(place, '-accept'))} </dev/null" for place in script.places]
    said = [*certificate(script), *unsaid(options, ("SO_REUSEADDR",)), "Left out: the backlog; one client at a time."]
    return together(script, commands, said)
