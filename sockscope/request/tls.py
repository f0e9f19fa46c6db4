"""What is asked of TLS; the contexts are made of it by the engine (`engine.stream.layers.tls_contexts`)."""

from dataclasses import dataclass

CLIENT_CERTIFICATES = ("no", "ask", "require")
"""Whether a server wants the client's certificate; one that is sent after "ask" has to be good, too."""

VERSIONS = ("1.0", "1.1", "1.2", "1.3")
USUAL_VERSION = "1.2"
LEVELS = ("", "0", "1", "2", "3", "4", "5")
"""OpenSSL's security levels, empty for its own default (SSL_CTX_set_security_level(3))."""


@dataclass(frozen=True, slots=True)
class Least:
    """What TLS must be at the least: the version, and the security level, which versions before 1.2 need to be 0."""

    version: str = USUAL_VERSION
    level: str = ""

    @property
    def weak(self) -> bool:
        """Whether it allows what is not allowed usually."""
        return self.version < USUAL_VERSION or self.level in ("0", "1")


USUAL = Least()


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
    least: Least = USUAL


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
    least: Least = USUAL
