"""A certificate made on the spot, for a listener without its own.

`cryptography` takes longer to import than a program may take to start, so it is imported only when one is made.
"""

import datetime
import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

_ALREADY_VALID = datetime.timedelta(hours=1)  # for peers whose clocks are slow
_LIFETIME = datetime.timedelta(days=30)


def make_self_signed(names: Sequence[str]) -> tuple[bytes, bytes]:
    """Make a certificate for the names and addresses, and its EC P-256 key: PEM both, the key not encrypted.

    It is valid from an hour ago for 30 days and is no CA: who trusts it trusts this one server, nothing that
    it could sign. Empty names are left out. Raise ValueError, one line, for one that no certificate can hold.
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
    """Return the one usage that an EC key has in TLS 1.2 and 1.3 (RFC 8446, 4.4.2.2): signing the handshake."""
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
