"""What no TLS context is made of: a file or a setting that cannot be used is refused before a connection, in words."""

import ssl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from sockscope.engine.stream.layers.self_signed import make_self_signed
from sockscope.engine.stream.layers.tls_contexts import TlsError, client_context, server_context
from sockscope.request.tls import CLIENT_CERTIFICATES, ClientTls, ServerTls
from tests.engine.stream.layers.pem_files import Files
from tests.engine.tls_peers import NAME


def test_nowhere_to_put_the_self_signed_pair_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(TlsError, match=r"^the self-signed certificate cannot be written: No such file or directory$"):
        server_context(ServerTls(), [NAME])


def test_a_name_that_no_certificate_can_hold_is_refused() -> None:
    with pytest.raises(TlsError, match="cannot be written in IDNA"):
        server_context(ServerTls(), ["ü..example"])


def encrypted(pem: bytes, form: serialization.PrivateFormat) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"secret"))


BROKEN = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BROKEN_KEY = b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"


ED25519 = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""


def own_files(files: Files, case: str) -> tuple[str, str]:
    """The certificate and key that a case of the table below gives."""
    own, key = Path(files.certificate).read_bytes(), Path(files.key).read_bytes()
    pkcs8, traditional = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
    cases: dict[str, Callable[[], tuple[str, str]]] = {
        "missing": lambda: (str(files.folder / "missing"), ""),
        "missing key": lambda: (files.certificate, str(files.folder / "missing")),
        "key alone": lambda: ("", files.key),
        "folder": lambda: (str(files.folder), ""),
        "device": lambda: ("/dev/zero", ""),
        "NUL": lambda: ("a\0b", ""),
        "surrogate": lambda: ("\ud800", ""),
        "huge": lambda: (files.put("huge", b"-" * (4 * 1024 * 1024 + 1)), ""),
        "empty": lambda: (files.put("empty", b""), ""),
        "DER": lambda: (files.put("der", ssl.PEM_cert_to_DER_cert(own.decode())), files.key),
        "a key as certificate": lambda: (files.key, files.key),
        "cut": lambda: (files.put("cut", own[:200]), files.key),
        "broken": lambda: (files.put("broken", BROKEN), files.key),
        "not base64": lambda: (files.put("broken", BROKEN.replace(b"MIIB", b"MI!!")), files.key),
        "a stray character": lambda: (files.put("broken", own.replace(b"\nMII", b"\nMI!I")), files.key),
        "nothing inside": lambda: (files.put("broken", BROKEN.replace(b"MIIB", b"")), files.key),
        "second broken": lambda: (files.put("broken", own + BROKEN), files.key),
        "no key inside": lambda: (files.certificate, ""),
        "a certificate as key": lambda: (files.certificate, files.certificate),
        "broken key": lambda: (files.certificate, files.put("broken", BROKEN_KEY)),
        "another key": lambda: (files.certificate, files.put("other", make_self_signed([])[1])),
        "a key of another type": lambda: (files.certificate, files.put("other", ED25519)),
        "encrypted": lambda: (files.certificate, files.put("encrypted", encrypted(key, pkcs8))),
        "encrypted, old": lambda: (files.certificate, files.put("encrypted", encrypted(key, traditional))),
        "encrypted inside": lambda: (files.put("encrypted", own + encrypted(key, pkcs8)), ""),
    }
    return cases[case]()


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("missing", "the certificate {certificate} cannot be read: No such file or directory"),
        ("missing key", "the key {key} cannot be read: No such file or directory"),
        ("key alone", "a key was given without its certificate"),
        ("folder", "the certificate {certificate} is not a regular file"),
        ("device", "the certificate {certificate} is not a regular file"),
        ("NUL", "the path of the certificate holds a character that no path can hold"),
        ("surrogate", "the path of the certificate holds a character that no path can hold"),
        ("huge", "the certificate {certificate} is larger than 4 MiB"),
        ("empty", "the certificate {certificate} is not a PEM certificate"),
        ("DER", "the certificate {certificate} is not a PEM certificate"),
        ("a key as certificate", "the certificate {certificate} is not a PEM certificate"),
        ("cut", "the certificate {certificate} is not a PEM certificate"),
        ("broken", "a certificate in {certificate} cannot be parsed"),
        ("not base64", "a certificate in {certificate} cannot be parsed"),
        ("a stray character", "a certificate in {certificate} cannot be parsed"),
        ("nothing inside", "a certificate in {certificate} cannot be parsed"),
        ("second broken", "a certificate in {certificate} cannot be parsed"),
        ("no key inside", "the certificate {certificate} holds no private key; give the key's own file"),
        ("a certificate as key", "the key {key} holds no PEM private key"),
        ("broken key", "the key {key} cannot be parsed"),
        ("another key", "the key {key} does not match the certificate {certificate}"),
        ("a key of another type", "the key {key} does not match the certificate {certificate}"),
        ("encrypted", "the key {key} is encrypted; it is needed without a passphrase"),
        ("encrypted, old", "the key {key} is encrypted; it is needed without a passphrase"),
        ("encrypted inside", "the key {certificate} is encrypted; it is needed without a passphrase"),
    ],
)
def test_a_certificate_or_key_that_cannot_be_used_is_refused_at_both_ends(files: Files, case: str, line: str) -> None:
    certificate, key = own_files(files, case)
    said = []
    for make in (
        lambda: client_context(ClientTls(verify=False, certificate=certificate, key=key)),
        lambda: server_context(ServerTls(certificate=certificate, key=key), [NAME]),
    ):
        with pytest.raises(TlsError) as raised:
            make()
        said.append(str(raised.value))
    assert said == [line.format(certificate=certificate, key=key)] * 2


def test_a_key_too_small_for_this_system_is_refused_in_its_words(
    files: Files, peer_program: Callable[[str], str]
) -> None:
    own, key = str(files.folder / "small"), str(files.folder / "small_key")
    command = "req -x509 -newkey rsa:512 -nodes -subj /CN=x"
    subprocess.run(
        [peer_program("openssl"), *command.split(), "-out", own, "-keyout", key], check=True, capture_output=True
    )
    with pytest.raises(TlsError) as raised:
        client_context(ClientTls(verify=False, certificate=own, key=key))
    assert str(raised.value) == f"the certificate {own} cannot be used: ee key too small"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "the CA file {ca} cannot be read: No such file or directory"),
        (b"", "the CA file {ca} holds no PEM certificate"),
        (b"hello", "the CA file {ca} holds no PEM certificate"),
        (ED25519, "the CA file {ca} holds no PEM certificate"),
        (BROKEN, "the CA file {ca} cannot be parsed"),
    ],
)
def test_a_ca_file_that_cannot_be_used_is_refused_at_both_ends(files: Files, content: bytes | None, line: str) -> None:
    ca = files.put("bad_ca", content) if content is not None else str(files.folder / "missing")
    said = []
    for make in (
        lambda: client_context(ClientTls(ca=ca)),
        lambda: server_context(ServerTls(client_certificate="require", ca=ca), [NAME]),
    ):
        with pytest.raises(TlsError) as raised:
            make()
        said.append(str(raised.value))
    assert said == [line.format(ca=ca)] * 2


@pytest.mark.parametrize("name", ["", "a" * 256, "ü", "h2\udc80"])
def test_a_bad_alpn_name_is_refused(name: str) -> None:
    line = r"^an ALPN name has 1 to 255 ASCII characters, such as h2 or http/1.1$"
    with pytest.raises(TlsError, match=line):
        client_context(ClientTls(alpn=("h2", name)))
    with pytest.raises(TlsError, match=line):
        server_context(ServerTls(alpn=("h2", name)), [])


@pytest.mark.parametrize("name", ["a..b", "a b", "a\0b", ".example", "ü" * 64])
def test_a_server_name_that_nobody_can_have_is_refused(name: str) -> None:
    with pytest.raises(TlsError, match=r"^the server name cannot be used: .+$"):
        client_context(ClientTls(server_name=name))


@pytest.mark.parametrize("client_certificate", ["ask", "require"])
def test_client_certificates_need_a_ca(client_certificate: str) -> None:
    with pytest.raises(TlsError, match=r"^a CA is needed to check client certificates against$"):
        server_context(ServerTls(client_certificate=client_certificate), [])


def test_client_certificates_are_no_ask_or_require() -> None:
    assert CLIENT_CERTIFICATES == ("no", "ask", "require")
    with pytest.raises(TlsError, match=r"^client certificates can be: no, ask, require$"):
        server_context(ServerTls(client_certificate="maybe"), [])


def test_a_key_log_that_cannot_be_written_is_said(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(files.folder / "missing" / "log"))
    line = rf"^SSLKEYLOGFILE {files.folder}/missing/log cannot be written: No such file or directory$"
    with pytest.raises(TlsError, match=line):
        client_context(ClientTls(verify=False))
    with pytest.raises(TlsError, match=line):
        server_context(ServerTls(), [NAME])
