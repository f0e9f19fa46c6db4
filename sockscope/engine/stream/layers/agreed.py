"""What both sides of a finished TLS handshake agreed on, and who the peer showed to be."""

import ssl

from sockscope.record.certificate import read_der
from sockscope.record.tls_session import TlsSession


def agreed(secured: ssl.SSLObject, context: ssl.SSLContext, server_name: str) -> TlsSession:
    """Read what holds from now on; `server_name` is what a client asked for."""
    cipher, chain = secured.cipher(), peer_chain(secured)
    verified = context.verify_mode is not ssl.CERT_NONE and bool(chain)
    if verified or (secured.server_side and context.verify_mode is ssl.CERT_NONE):
        because = ""
    elif secured.server_side:
        because = "the client sent no certificate"
    else:
        because = "verification is off"
    return TlsSession(
        secured.version() or "",
        cipher[0] if cipher else "",
        secured.selected_alpn_protocol() or "",
        server_name,
        tuple(read_der(der) for der in chain),
        verified,
        because,
    )


def peer_chain(secured: ssl.SSLObject) -> list[bytes]:
    """Return the certificates that the peer sent, as DER, its own first; that alone where Python cannot tell more."""
    inner = getattr(secured, "_sslobj", None)  # public from Python 3.13 on, with the same name
    for holder in (secured, inner):
        if give := getattr(holder, "get_unverified_chain", None):
            certificates = [one for one in give() or () if one]  # a client without one gives [None]
            return [one if isinstance(one, bytes) else one.public_bytes(_DER) for one in certificates]
    own = secured.getpeercert(binary_form=True)
    return [own] if own else []


_DER = 2  # _ssl.ENCODING_DER
