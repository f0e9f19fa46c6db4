"""What TLS agreed on, and what the certificates say, as labels and values."""

import datetime
from collections.abc import Iterable

from sockscope.record.certificate import UNREADABLE, Certificate
from sockscope.record.tls_session import TlsSession
from sockscope.show.detail import Detail, section, where
from sockscope.show.step import verdict

NAMES_SHOWN = 50
"""How many names of a certificate are shown; a peer may send thousands."""


def session_details(session: TlsSession, unverified: bool) -> Iterable[Detail]:
    """Tell what was agreed on, and then of each certificate of the peer's chain."""
    yield from section(
        "TLS",
        [
            Detail("version", session.version),
            Detail("cipher", session.cipher),
            Detail("ALPN", session.alpn or "none agreed on"),
            Detail("server name", session.server_name),
            Detail("certificate", verdict(session), trust(session) if unverified or session.verified else ""),
        ],
    )
    for number, certificate in enumerate(session.chain, 1):
        yield from certificate_details(f"certificate {number} of {len(session.chain)}", certificate)


def trust(session: TlsSession) -> str:
    """Return the role of whether the peer's certificate was verified."""
    return "good" if session.verified else "bad"


def certificate_details(title: str, certificate: Certificate) -> Iterable[Detail]:
    """Tell what one certificate says of itself."""
    names, self_issued = certificate.names, where(certificate.self_issued, " (itself)")
    more = where(len(names) > NAMES_SHOWN, f" and {len(names) - NAMES_SHOWN:,} more")
    validity, role = _validity(certificate)
    yield from section(
        title,
        [
            Detail("subject", certificate.subject),
            Detail("names", ", ".join(names[:NAMES_SHOWN]) + more),
            Detail("issuer", certificate.issuer + self_issued),
            Detail("valid", validity, role),
            Detail("key", certificate.key),
            Detail("SHA-256", certificate.fingerprint),
        ],
    )


def _validity(certificate: Certificate) -> tuple[str, str]:
    """Compare the times as they are written, which is in their order (ISO 8601)."""
    begins, ends = certificate.not_before, certificate.not_after
    now, written = datetime.datetime.now(datetime.UTC).isoformat(" ", "seconds"), f"{begins} to {ends}"
    if ends != UNREADABLE and ends < now:
        return f"EXPIRED: {written}", "bad"
    if begins > now:
        return f"NOT YET VALID: {written}", "bad"
    return written, ""
