"""X.509 certificates (RFC 5280): what one says.

The rule: a peer's certificate may hold anything, so every field is read by itself, and one that cannot be
read takes no other with it. `cryptography` takes longer to import than a program may take to start, so it is
imported only when a certificate is there.
"""

import datetime
import hashlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from cryptography import x509

UNREADABLE = "(cannot be read)"
"""What stands for a field that cannot be read."""

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}  # SEC 2 names, as in FIPS 186

Field = TypeVar("Field")


class Certificate(NamedTuple):
    """What a certificate says of itself; nothing of it is verified here.

    `subject` and `issuer` are written as in RFC 4514, times as "2026-11-22 10:00:00 UTC". `names` are the
    subjectAltName's DNS names, IP addresses, e-mail addresses and URIs, in its order. `fingerprint` is the
    SHA-256 of the DER as "AB:CD:…"; `key` is such as "EC P-256", "RSA 2048" or "Ed25519".
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    fingerprint: str
    key: str
    self_issued: bool


def read_der(der: bytes) -> Certificate:
    """Read a certificate in DER; never raises: what cannot be read is UNREADABLE, `names` are then empty."""
    from cryptography import x509

    fingerprint = hashlib.sha256(der).digest().hex(":").upper()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of odd certificates would be written over the screen
        try:
            parsed = x509.load_der_x509_certificate(der)
        except Exception:
            nothing = UNREADABLE
            return Certificate(nothing, nothing, (), nothing, nothing, fingerprint, nothing, False)
        return Certificate(
            subject=_field(lambda: parsed.subject.rfc4514_string(), UNREADABLE),
            issuer=_field(lambda: parsed.issuer.rfc4514_string(), UNREADABLE),
            names=_field(lambda: _names(parsed), ()),
            not_before=_field(lambda: _time(parsed.not_valid_before_utc), UNREADABLE),
            not_after=_field(lambda: _time(parsed.not_valid_after_utc), UNREADABLE),
            fingerprint=fingerprint,
            key=_field(lambda: _key(parsed), UNREADABLE),
            self_issued=_field(lambda: parsed.subject == parsed.issuer, False),
        )


def _field(read: Callable[[], Field], otherwise: Field) -> Field:
    """Read one field; the parser may raise about anything, whenever it gets to the part that is odd."""
    try:
        return read()
    except Exception:
        return otherwise


def _time(moment: datetime.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ", "seconds") + " UTC"


def _names(parsed: "x509.Certificate") -> tuple[str, ...]:
    from cryptography import x509

    written = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names if isinstance(name, written))


def _key(parsed: "x509.Certificate") -> str:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    key = parsed.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey")
