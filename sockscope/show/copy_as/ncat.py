"""As commands of ncat.

The rules: --no-shutdown keeps our direction open where we did not finish it, and -i ends it once nothing comes any
more; of datagrams it waits for none once its input has ended, which therefore stays open. What answers clients is a
command of a shell.
"""

from sockscope.net.socket_kind import SocketKind
from sockscope.request.tls import ClientTls
from sockscope.show.copy_as.literals import command
from sockscope.show.copy_as.python import certificate
from sockscope.show.copy_as.script import CannotSay, Client, Place, Server
from sockscope.show.copy_as.shell import ENDS_EARLY, QUIET_S, answering, local_path, piped, together, unsaid, version

_NO_END = "Left out: our end of stream before the end, which ncat has no word for where there is TLS."
_NO_BACKLOG = "Left out: the backlog."
_IDLE = f"Where the peer does not end it, ncat does so with an error, after {QUIET_S} s of silence."


def client(script: Client) -> str:
    """Write a client. Raise CannotSay."""
    finishes = script.finishes and not script.tls
    datagrams = script.kind.keeps_boundaries
    words = ["ncat", *version(script.peer), *(["-u"] if datagrams else [])]
    words += [] if finishes or datagrams else ["--no-shutdown", "-i", f"{QUIET_S}s"]
    if script.source and (script.source.path or script.kind.has_ports):
        words += _source(script.source)
    words += _tls(script.tls) if script.tls else []
    said = [_NO_END] if script.tls and script.finishes else []
    said += [] if finishes or datagrams else [_IDLE]
    said += unsaid(script.options, ("SO_REUSEADDR",))
    return piped(script, command(*words, *_where(script.peer)), said, stays=datagrams)


def _source(place: Place) -> list[str]:
    if place.family == "AF_UNIX":
        return ["-s", local_path(place, "ncat")]
    return ["-s", place.host, *(["-p", str(place.port)] if place.port else [])]


def _tls(tls: ClientTls) -> list[str]:
    return [
        "--ssl",
        *(["--ssl-verify"] if tls.verify else []),
        *(["--ssl-trustfile", tls.ca] if tls.ca and tls.verify else []),
        *(["--ssl-servername", tls.server_name] if tls.server_name else []),
        *(["--ssl-alpn", ",".join(tls.alpn)] if tls.alpn else []),
        *(["--ssl-cert", tls.certificate, "--ssl-key", tls.key or tls.certificate] if tls.certificate else []),
    ]


def _where(place: Place) -> list[str]:
    if place.family == "AF_UNIX":
        return ["-U", local_path(place, "ncat")]
    return ["-n", place.host, str(place.port)]


def server(script: Server) -> str:
    """Write a server. Raise CannotSay."""
    _refuse(script.kind)
    words: list[str] = []
    if script.tls:
        if script.tls.client_certificate != "no":
            raise CannotSay("ncat asks no client for a certificate")
        own = script.tls.certificate or "cert.pem"
        words += ["--ssl", "--ssl-cert", own, "--ssl-key", script.tls.key or (script.tls.certificate or "key.pem")]
        words += ["--ssl-alpn", ",".join(script.tls.alpn)] if script.tls.alpn else []
    words += ["--max-conns", "1"] if script.one_at_a_time else []
    options = [option for place in script.places for option in place.options]
    answer = answering(script.answers, "ncat")
    commands = [
        command("ncat", *version(place), "-l", "-k", *words, "--sh-exec", answer, *_where(place))
        for place in script.places
    ]
    said = [
        *certificate(script),
        *unsaid(options, ("SO_REUSEADDR", "IPV6_V6ONLY")),
        ENDS_EARLY.format("ncat"),
        _NO_BACKLOG,
    ]
    return together(script, commands, said)


def _refuse(kind: SocketKind) -> None:
    if kind.keeps_boundaries:
        raise CannotSay("ncat answers only the first peer that sends datagrams: take socat or Python")
