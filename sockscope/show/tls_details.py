"""What TLS agreed on, and what the certificates say, as labels and values."""

import datetime
from collections.abc import Iterable

from sockscope.record.certificate import UNREADABLE, Certificate
from sockscope.record.finding import ChainSeen, Check, Finding, Hello, Offers
from sockscope.record.tls_session import TlsSession
from sockscope.show.detail import Detail, section, where
from sockscope.show.explain.untrusted import check_words
from sockscope.show.step import verdict
from sockscope.show.units import plural

DAYS_COUNTED = 1000
"""Of more days that a certificate is valid, the date alone is said."""

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


def handshake_details(findings: Iterable[Finding]) -> Iterable[Detail]:
    """Tell what was said in a handshake that failed: the chain with every check, then both sides' offers."""
    seen = list(findings)
    for chain in (one for one in seen if isinstance(one, ChainSeen)):
        for number, certificate in enumerate(chain.certificates):
            yield from certificate_details(f"certificate {number + 1} of {len(chain.certificates)}", certificate)
            yield from _checks(chain, number)
    for offers in (one for one in seen if isinstance(one, Offers)):
        chose = offers.theirs is not None and offers.theirs.answer
        yield from _hello("what we offered", offers.ours)
        yield from _hello(f"what the {'server chose' if chose else 'client offered'}", offers.theirs)


def _hello(title: str, hello: Hello | None) -> Iterable[Detail]:
    if hello is None:
        return
    rows = [("versions", hello.versions), ("ciphers", hello.ciphers), ("groups", hello.groups), ("ALPN", hello.alpn)]
    said = [Detail(label, ", ".join(names)) for label, names in rows]
    name = "" if hello.answer else hello.server_name or "none sent"
    yield from section(title, [*said, Detail("server name", name)])


def _checks(seen: ChainSeen, number: int) -> Iterable[Detail]:
    """Tell each check of one certificate, and its verdict."""
    for check in seen.checks:
        if check.certificate == number:
            yield Detail(check.name, *_verdict(seen, check))


def _verdict(seen: ChainSeen, check: Check) -> tuple[str, str]:
    if check.passed is None:
        return "could not be checked", ""
    return ("✓ passed", "good") if check.passed else (f"✗ {check_words(seen, check)}", "bad")


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
    return f"{written}{_days_left(ends)}", ""


def _days_left(ends: str) -> str:
    """Say how many days are left until a time as a certificate's is written, where they are few enough to matter."""
    try:
        at = datetime.datetime.fromisoformat(ends.removesuffix(" UTC")).replace(tzinfo=datetime.UTC)
    except ValueError:
        return ""
    days = (at - datetime.datetime.now(datetime.UTC)).days
    return f", {plural(days, 'day')} left" if days < DAYS_COUNTED else ""
