"""The contexts made of what is asked of TLS (ssl, RFC 8446).

The rule: whatever is wrong with what was asked is said here, in one line, before any connection; what is
wrong with a peer shows in the handshake, and `failure` names it. Nobody is ever asked on the terminal.
"""

import base64
import errno
import os
import re
import ssl
import stat
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from sockscope.engine.stream.layers.self_signed import make_self_signed
from sockscope.net.address import AddressError, check_name
from sockscope.record.certificate import Certificate, read_der
from sockscope.record.finding import Hello
from sockscope.request.tls import CLIENT_CERTIFICATES, VERSIONS, ClientTls, Least, ServerTls

_VERIFY_MODES = dict(zip(CLIENT_CERTIFICATES, (ssl.CERT_NONE, ssl.CERT_OPTIONAL, ssl.CERT_REQUIRED), strict=True))

_VERSIONS = dict(
    zip(
        VERSIONS,
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
        strict=True,
    )
)

LEFT_OUT = "DHE"
"""Not offered or taken: with a group of the server's choice, one step of DHE could take seconds."""

_LARGEST_FILE_BYTES = 4 * 1024 * 1024
_LARGEST_ALPN_BYTES = 255  # RFC 7301, 3.1
_HANDSHAKE, _ALERT = 22, 21  # RFC 8446, 5.1: ContentType
_PEM_CERTIFICATE = re.compile(rb"-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END")
_PEM_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")  # openssl-rehash(1)
_FOREIGN_KEY = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_WHERE = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")


class TlsError(ValueError):
    """What was asked of TLS cannot be had; the message is one line for a person."""


def client_context(asked: ClientTls) -> ssl.SSLContext:
    """Make a client's context, TLS 1.2 or later unless older ones are asked for. Raise TlsError.

    It reads files, the system's CA certificates too (tens of milliseconds): keep it for many connections.
    """
    if asked.server_name:
        try:
            check_name(asked.server_name)
        except AddressError as error:
            raise TlsError(f"the server name cannot be used: {error}") from None
    context = _context(ssl.PROTOCOL_TLS_CLIENT, asked.alpn, asked.least)
    if not asked.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if asked.ca:
        _trust(context, asked.ca)
    elif asked.verify:
        context.load_default_certs()
    if asked.certificate or asked.key:
        _load_own(context, asked.certificate, asked.key)
    return context


def server_context(asked: ServerTls, names: Sequence[str]) -> tuple[ssl.SSLContext, Certificate]:
    """Make a server's context, TLS 1.2 or later unless asked for, and tell its certificate. Raise TlsError.

    A self-signed certificate is made for `names`.
    """
    if asked.client_certificate not in _VERIFY_MODES:
        raise TlsError("client certificates can be: " + ", ".join(CLIENT_CERTIFICATES))
    context = _context(ssl.PROTOCOL_TLS_SERVER, asked.alpn, asked.least)
    if asked.client_certificate != "no":
        if not asked.ca:
            raise TlsError("a CA is needed to check client certificates against")
        _trust(context, asked.ca)
        context.verify_mode = _VERIFY_MODES[asked.client_certificate]
    if asked.certificate or asked.key:
        return context, _load_own(context, asked.certificate, asked.key)
    return context, _load_self_signed(context, names)


def failure(error: ssl.SSLError) -> tuple[str, str]:
    """Name an error of TLS as OpenSSL does, such as WRONG_VERSION_NUMBER, and give the exact reason in words."""
    words = _WHERE.sub("", str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"{error.verify_message.rstrip('.')} (code {error.verify_code})"
    elif isinstance(error, ssl.SSLZeroReturnError):
        return "CLOSE_NOTIFY", "the peer closed the TLS session"
    elif isinstance(error, ssl.SSLEOFError):
        return "UNEXPECTED_EOF_WHILE_READING", "unexpected eof while reading"
    return error.reason or re.sub(r"\W+", "_", words).upper(), words


def looks_like_tls(first: bytes) -> bool:
    """Whether the first bytes are those of a TLS record: a handshake or an alert, version 3.x (RFC 8446, 5.1)."""
    return len(first) > 1 and first[0] in (_HANDSHAKE, _ALERT) and first[1] == 3


def versions_of(context: ssl.SSLContext) -> tuple[str, ...]:
    """Return the versions of TLS that a context takes, as in "TLS 1.2"."""
    return tuple(f"TLS {one}" for one in VERSIONS if _VERSIONS[one] >= context.minimum_version)


def offered_by(context: ssl.SSLContext) -> Hello:
    """Return what a server's context would take."""
    ciphers = tuple(str(one["name"]) for one in context.get_ciphers())
    return Hello(versions_of(context), ciphers, (), ())


class _Context(ssl.SSLContext):
    """A context that tells a mere end from close_notify; some versions of Python take both for the same."""

    def __init__(self, protocol: int) -> None:
        super().__init__()
        self.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF


def _context(protocol: int, alpn: tuple[str, ...], least: Least) -> ssl.SSLContext:
    context = _Context(protocol)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old one was chosen on purpose
        context.minimum_version = _VERSIONS[least.version]
    for name in alpn:
        if not name.isascii() or not 0 < len(name) <= _LARGEST_ALPN_BYTES:
            raise TlsError(f"an ALPN name has 1 to {_LARGEST_ALPN_BYTES} ASCII characters, such as h2 or http/1.1")
    level = f":@SECLEVEL={least.level}" if least.level else ""
    context.set_ciphers(f"DEFAULT:!{LEFT_OUT}{level}")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if log := os.environ.get("SSLKEYLOGFILE"):
        try:
            if Path(log).exists() and not Path(log).is_file():  # a pipe would keep us waiting for ever
                raise OSError(errno.EINVAL, "not a regular file")
            context.keylog_filename = log
        except OSError as error:
            raise TlsError(f"SSLKEYLOGFILE {log} cannot be written: {error.strerror}") from None
    return context


def _read(what: str, path: str) -> bytes:
    """Read a file that a person named; a pipe or device is refused, it could keep us waiting for ever."""
    content = None
    try:
        if stat.S_ISREG(Path(path).stat().st_mode):
            with Path(path).open("rb") as file:
                content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise TlsError(f"the {what} {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise TlsError(f"the path of the {what} holds a character that no path can hold") from None
    if content is None:
        raise TlsError(f"the {what} {path} is not a regular file")
    if len(content) > _LARGEST_FILE_BYTES:
        raise TlsError(f"the {what} {path} is larger than {_LARGEST_FILE_BYTES // 1024 // 1024} MiB")
    return content


def _trust(context: ssl.SSLContext, ca: str) -> None:
    """Trust what is in a PEM file or a hashed directory: a root, an intermediate or the peer's own certificate."""
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if os.path.isdir(ca):  # noqa: PTH112 - which never raises, whatever the path is like
        _trust_directory(context, ca)
        return
    _read("CA file", ca)
    try:
        context.load_verify_locations(cafile=ca)
    except ssl.SSLError as error:
        if error.reason != "NO_CERTIFICATE_OR_CRL_FOUND":
            raise TlsError(f"the CA file {ca} cannot be parsed") from None
    if not context.cert_store_stats()["x509"]:
        raise TlsError(f"the CA file {ca} holds no PEM certificate")


def _trust_directory(context: ssl.SSLContext, ca: str) -> None:
    try:
        hashed = any(_HASHED.fullmatch(entry.name) for entry in Path(ca).iterdir())
    except OSError as error:
        raise TlsError(f"the CA directory {ca} cannot be read: {error.strerror}") from None
    if not hashed:
        raise TlsError(f"the CA directory {ca} holds no hashed certificates; openssl rehash names them so")
    context.load_verify_locations(capath=ca)


def _load_own(context: ssl.SSLContext, certificate: str, key: str) -> Certificate:
    """Load our own certificate, those above it from the same file, and its key; give the first."""
    if not certificate:
        raise TlsError("a key was given without its certificate")
    content = _read("certificate", certificate)
    own = _first_certificate(content, certificate)
    if not _PEM_KEY.search(_read("key", key) if key else content):
        raise TlsError(
            f"the key {key} holds no PEM private key"
            if key
            else f"the certificate {certificate} holds no private key; give the key's own file"
        )

    def refuse_passphrase() -> str:
        raise TlsError(f"the key {key or certificate} is encrypted; it is needed without a passphrase")

    try:
        context.load_cert_chain(certificate, key or None, refuse_passphrase)
    except ssl.SSLError as error:
        if error.reason is None:
            raise TlsError(f"the key {key or certificate} cannot be parsed") from None
        if error.reason in _FOREIGN_KEY:
            raise TlsError(f"the key {key or certificate} does not match the certificate {certificate}") from None
        raise TlsError(f"the certificate {certificate} cannot be used: {failure(error)[1]}") from None
    return own


def _first_certificate(content: bytes, path: str) -> Certificate:
    """Read the first certificate of a PEM file once OpenSSL has parsed each.

    Given several at once, ssl takes a later one that is cut short for the end of what was given.
    """
    encoded = _PEM_CERTIFICATE.findall(content)
    if not encoded:
        raise TlsError(f"the certificate {path} is not a PEM certificate")
    try:
        ders = [base64.b64decode(b"".join(text.split()), validate=True) for text in encoded]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for der in ders:
            context.load_verify_locations(cadata=der)
    except (ssl.SSLError, ValueError):
        raise TlsError(f"a certificate in {path} cannot be parsed") from None
    return read_der(ders[0])


def _load_self_signed(context: ssl.SSLContext, names: Sequence[str]) -> Certificate:
    """Make a pair and load it; ssl reads keys from files only, so it is in a private one for that moment."""
    try:
        certificate, key = make_self_signed(names)
    except ValueError as error:
        raise TlsError(str(error)) from None
    try:
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(certificate + key)
            file.flush()
            context.load_cert_chain(file.name)
    except OSError as error:
        raise TlsError(f"the self-signed certificate cannot be written: {error.strerror}") from None
    return read_der(ssl.PEM_cert_to_DER_cert(certificate.decode("ascii")))
