"""X.509 certificates (RFC 5280): what one says, and one made on the spot for a listener without its own.

The rule: a peer's certificate may hold anything, so every field is read by itself, and one that cannot be
read takes no other with it. `cryptography` takes longer to import than a program may take to start, so it is
imported only when a certificate is there.
"""

import datetime
import hashlib
import ipaddress
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cryptography import x509

UNREADABLE = "(cannot be read)"
"""What stands for a field that cannot be read."""

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}  # SEC 2 names, as in FIPS 186
_ALREADY_VALID = datetime.timedelta(hours=1)  # for peers whose clocks are slow
_LIFETIME = datetime.timedelta(days=30)

Field = TypeVar("Field")


@dataclass(frozen=True, slots=True)
class Certificate:
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


def make_self_signed(names: Sequence[str]) -> tuple[bytes, bytes]:
    """Make a certificate for the names and addresses, and its EC P-256 key: PEM both, the key not encrypted.

    It is valid from an hour ago for 30 days and is no CA: who trusts it trusts this one server, nothing that
    it could sign. Empty names are left out. Raises ValueError, one line, for one that no certificate can hold.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sockscope self-signed")])
    begins = datetime.datetime.now(datetime.UTC) - _ALREADY_VALID
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, begins + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if general := [_general_name(name) for name in dict.fromkeys(names) if name]:
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    return (
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _signing_only() -> "x509.KeyUsage":
    """Give the one usage that an EC key has in TLS 1.2 and 1.3 (RFC 8446, 4.4.2.2): signing the handshake."""
    from cryptography import x509

    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign")
    never = dict.fromkeys((*others, "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=True, **never)


def _general_name(name: str) -> "x509.GeneralName":
    """Write an IP address as one (its scope has no place there), the rest as a DNS name (RFC 5280, 4.2.1.6)."""
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.removesuffix(".").encode("idna").decode("ascii"))
    except ValueError:
        raise ValueError("a name for the certificate cannot be written in IDNA") from None
