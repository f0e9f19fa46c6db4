"""What is asked of TLS; the contexts are made of it by the engine (`engine.stream.layers.tls_contexts`)."""

from dataclasses import dataclass

CLIENT_CERTIFICATES = ("no", "ask", "require")
"""Whether a server wants the client's certificate; one that is sent after "ask" has to be good, too."""


@dataclass(frozen=True, slots=True)
class ClientTls:
    """What a client asks for.

    `server_name` is sent (SNI) and verified; empty: the host that was dialled. `ca` is a PEM file or a hashed
    directory that is trusted instead of the system's. `certificate` and `key` are PEM files with the client's
    own; an empty `key` is in the certificate's file.
    """

    verify: bool = True
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    ca: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a server offers; without a `certificate` a self-signed one is made on the spot.

    `client_certificate` is one of CLIENT_CERTIFICATES, `ca` what such certificates are checked against.
    """

    certificate: str = ""
    key: str = ""
    alpn: tuple[str, ...] = ()
    client_certificate: str = "no"
    ca: str = ""
