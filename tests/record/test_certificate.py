"""Certificates: what is read of good, odd and broken ones, and whether the one made on the spot is accepted."""

import datetime
import ipaddress
import random
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from sockscope.engine.stream.layers.self_signed import make_self_signed
from sockscope.record.certificate import UNREADABLE, Certificate, read_der

P256 = bytes.fromhex("06082a8648ce3d030107")  # the DER of the curve's object identifier
COMMON_NAME = b"sockscope self-signed"


def self_signed_der(*names: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert(make_self_signed(names)[0].decode())


def issued(key: object, san: x509.SubjectAlternativeName | None = None) -> bytes:
    """A certificate by another issuer for the public part of that key, as DER."""
    day = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a, b")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Somebody")]))
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(7)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=1))
    )
    if san:
        builder = builder.add_extension(san, critical=False)
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def test_every_field_is_read() -> None:
    san = x509.SubjectAlternativeName(
        [
            x509.DNSName("*.example"),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.IPAddress(ipaddress.ip_address("::1")),
            x509.RFC822Name("a@b.example"),
            x509.UniformResourceIdentifier("spiffe://b.example/c"),
        ]
    )
    der = issued(ec.generate_private_key(ec.SECP384R1()), san)
    assert read_der(der) == Certificate(
        subject="CN=a\\, b",
        issuer="O=Somebody",
        names=("*.example", "::1", "a@b.example", "spiffe://b.example/c"),
        not_before="2026-11-22 10:00:00 UTC",
        not_after="2026-11-23 10:00:00 UTC",
        fingerprint=x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex(":").upper(),
        key="EC P-384",
        self_issued=False,
    )


@pytest.mark.parametrize(
    ("make", "written"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "EC P-256"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "EC secp256k1"),
        (lambda: rsa.generate_private_key(65537, 2048), "RSA 2048"),
        (lambda: dsa.generate_private_key(1024), "DSA 1024"),
        (ed25519.Ed25519PrivateKey.generate, "Ed25519"),
    ],
)
def test_keys_are_named_as_people_know_them(make: Callable[[], object], written: str) -> None:
    assert read_der(issued(make())).key == written


def test_a_certificate_without_alternative_names_has_none() -> None:
    assert read_der(issued(ec.generate_private_key(ec.SECP256R1()))).names == ()


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30", b"\x30\x80", b"hello" * 1000, self_signed_der("x")[:-1]],
    ids=["empty", "a tag", "no end", "text", "cut off"],
)
def test_what_is_no_certificate_has_only_a_fingerprint(der: bytes) -> None:
    read = read_der(der)
    assert (read.subject, read.issuer, read.not_before, read.not_after, read.key) == (UNREADABLE,) * 5
    assert (read.names, read.self_issued) == ((), False)
    assert len(read.fingerprint) == 32 * 3 - 1


@pytest.mark.parametrize(
    ("find", "put", "changed"),
    [
        (P256, P256[:-1] + b"\x7f", {"key"}),
        (b"\x82\x09x.example", b"\x8f\x09x.example", {"names"}),
        (b"\x82\x09x.example", b"\x82\x09x.\xffxample", {"names"}),
        (COMMON_NAME, b"\xff" + COMMON_NAME[1:], {"issuer", "self_issued"}),
    ],
)
def test_a_field_that_cannot_be_read_takes_no_other_with_it(find: bytes, put: bytes, changed: set[str]) -> None:
    der = self_signed_der("x.example")
    assert find in der
    good, bad = read_der(der), read_der(der.replace(find, put, 1))
    fields = set(Certificate._fields) - {"fingerprint"}
    assert {name for name in fields if getattr(good, name) != getattr(bad, name)} == changed
    assert {getattr(bad, name) for name in changed} <= {UNREADABLE, (), False}


def test_a_negative_serial_is_read_without_a_warning() -> None:
    der = bytearray(self_signed_der("x.example"))
    serial = der.index(bytes.fromhex("a003020102")) + 7  # version 3, then the INTEGER's tag and length
    der[serial] = 0x80
    assert read_der(bytes(der)).names == ("x.example",)


def test_no_damage_makes_reading_raise() -> None:
    good, chance = self_signed_der("x.example", "10.0.0.1"), random.Random(7)
    readable = 0
    for _ in range(2000):
        bad = bytearray(good)
        for _ in range(chance.choice((1, 2, 5))):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        readable += read_der(bytes(bad)).subject != UNREADABLE
    assert 0 < readable < 2000


def test_a_self_signed_certificate_says_what_was_asked() -> None:
    names = ["x.example", "127.0.0.1", "::1", "fe80::1%eth0", "bücher.example", "x.example"]
    read = read_der(self_signed_der(*names))
    assert read.names == ("x.example", "127.0.0.1", "::1", "fe80::1", "xn--bcher-kva.example")
    assert (read.key, read.self_issued) == ("EC P-256", True)
    begins, ends = (
        datetime.datetime.fromisoformat(text.replace(" UTC", "Z")) for text in (read.not_before, read.not_after)
    )
    assert ends - begins == datetime.timedelta(days=30)
    age = datetime.datetime.now(datetime.UTC) - begins
    assert datetime.timedelta(minutes=59) < age < datetime.timedelta(minutes=62)


def test_no_two_self_signed_certificates_are_alike() -> None:
    assert read_der(self_signed_der("x")).fingerprint != read_der(self_signed_der("x")).fingerprint


@pytest.mark.parametrize("names", [(), ("",)])
def test_a_self_signed_certificate_needs_no_name(names: tuple[str, ...]) -> None:
    assert read_der(self_signed_der(*names)).names == ()


def test_a_name_in_a_certificate_has_no_dot_at_its_end() -> None:
    assert read_der(self_signed_der("x.example.", "*.example")).names == ("x.example", "*.example")


@pytest.mark.parametrize("name", ["ü..example", "ü" * 64, "a" * 64, "a..b"])
def test_a_name_that_no_certificate_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^a name for the certificate cannot be written in IDNA$"):
        make_self_signed([name])


def test_openssl_accepts_a_trusted_self_signed_certificate(tmp_path: Path, peer_program: Callable[[str], str]) -> None:
    file = tmp_path / "own.pem"
    file.write_bytes(make_self_signed(["x.example", "10.0.0.1"])[0])

    def verified(*more: str) -> bool:
        command = [
            peer_program("openssl"),
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            str(file),
            *more,
            str(file),
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert verified("-verify_hostname", "x.example")
    assert verified("-verify_ip", "10.0.0.1")
    assert not verified("-verify_hostname", "y.example")


def test_a_self_signed_certificate_can_sign_no_other() -> None:
    own = x509.load_pem_x509_certificate(make_self_signed(["x"])[0])
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not own.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_the_library_is_imported_only_when_a_certificate_is_there() -> None:
    modules = "sockscope.record.certificate, sockscope.engine.stream.layers.tls_contexts"
    script = f"import sys, {modules}; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
