"""Two TLS contexts shake hands in memory: what they agree on, and every failure named."""

import os
import ssl
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sockscope.engine.stream.layers.tls_contexts import (
    TlsError,
    client_context,
    failure,
    looks_like_tls,
    server_context,
)
from sockscope.request.tls import ClientTls, ServerTls
from tests.engine.stream.layers.pem_files import Files
from tests.engine.tls_peers import NAME


class Ends:
    """A client and a server that talk in memory, without any socket."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext, name: str = NAME) -> None:
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(to_client, to_server, server_hostname=name)
        self.server = server.wrap_bio(to_server, to_client, server_side=True)
        self.to_client = to_client
        self.failed: dict[str, tuple[str, str]] = {}

    def handshake(self) -> dict[str, tuple[str, str]]:
        """Shake hands, then let each end read once (TLS 1.3 tells late of a client's certificate)."""
        for _ in range(4):
            self.each(ssl.SSLObject.do_handshake)
        self.each(lambda end: end.read(1))
        return self.failed

    def each(self, act: Callable[[ssl.SSLObject], object]) -> None:
        for name, end in (("client", self.client), ("server", self.server)):
            if name in self.failed:
                continue
            try:
                act(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                self.failed[name] = failure(error)


def test_two_contexts_shake_hands(files: Files) -> None:
    server, certificate = server_context(ServerTls(certificate=files.certificate, key=files.key), [])
    ends = Ends(client_context(ClientTls(ca=files.ca)), server)
    assert ends.handshake() == {}
    assert ends.client.version() == "TLSv1.3"
    assert certificate.names == (NAME,)
    der = ends.client.getpeercert(binary_form=True)
    assert der == ssl.PEM_cert_to_DER_cert(Path(files.certificate).read_text())


def test_a_self_signed_certificate_is_made_for_the_names_and_can_be_trusted(files: Files) -> None:
    server, certificate = server_context(ServerTls(), [NAME, "127.0.0.1"])
    assert certificate.names == (NAME, "127.0.0.1")
    assert certificate.self_issued
    blind = Ends(client_context(ClientTls(verify=False)), server)
    assert blind.handshake() == {}
    ca = files.put("own", ssl.DER_cert_to_PEM_cert(blind.client.getpeercert(binary_form=True) or b"").encode())
    strict = client_context(ClientTls(ca=ca))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    assert Ends(strict, server).handshake() == {}
    assert Ends(strict, server, "127.0.0.1").handshake() == {}


def test_a_self_signed_pair_is_private_and_gone_once_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []

    def load(self: ssl.SSLContext, path: str) -> None:
        modes.extend(stat.S_IMODE(os.stat(at).st_mode) for at in (path, Path(path).parent))  # noqa: PTH116
        assert Path(path).parent.parent == tmp_path

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    server_context(ServerTls(), [NAME])
    assert modes == [0o600, 0o700]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("server", "client", "name", "failed"),
    [
        (
            "pair",
            "ca",
            "y.example",
            {
                "client": (
                    "CERTIFICATE_VERIFY_FAILED",
                    "Hostname mismatch, certificate is not valid for 'y.example' (code 62)",
                ),
                "server": ("SSLV3_ALERT_BAD_CERTIFICATE", "sslv3 alert bad certificate"),
            },
        ),
        (
            "pair",
            "ca",
            "10.0.0.1",
            {
                "client": (
                    "CERTIFICATE_VERIFY_FAILED",
                    "IP address mismatch, certificate is not valid for '10.0.0.1' (code 64)",
                ),
                "server": ("SSLV3_ALERT_BAD_CERTIFICATE", "sslv3 alert bad certificate"),
            },
        ),
        (
            "pair",
            "other_ca",
            NAME,
            {
                "client": ("CERTIFICATE_VERIFY_FAILED", "unable to get local issuer certificate (code 20)"),
                "server": ("TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca"),
            },
        ),
        (
            "expired",
            "ca",
            NAME,
            {
                "client": ("CERTIFICATE_VERIFY_FAILED", "certificate has expired (code 10)"),
                "server": ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "sslv3 alert certificate expired"),
            },
        ),
    ],
)
def test_a_bad_server_certificate_is_named_at_both_ends(
    files: Files, server: str, client: str, name: str, failed: dict[str, tuple[str, str]]
) -> None:
    context, _ = server_context(ServerTls(certificate=getattr(files, server)), [])
    asked = ClientTls(ca=getattr(files, client))
    assert Ends(client_context(asked), context, name).handshake() == failed
    unverified = ClientTls(verify=False)
    assert Ends(client_context(unverified), context, name).handshake() == {}


def test_a_self_signed_certificate_that_nobody_trusts_is_named(files: Files) -> None:
    ends = Ends(client_context(ClientTls(ca=files.ca)), server_context(ServerTls(), [NAME])[0])
    assert ends.handshake()["client"] == ("CERTIFICATE_VERIFY_FAILED", "self-signed certificate (code 18)")


def test_without_any_system_ca_verification_fails_later(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files.folder / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(files.folder / "missing"))
    ends = Ends(client_context(ClientTls()), server_context(ServerTls(certificate=files.pair), [])[0])
    assert ends.handshake()["client"][0] == "CERTIFICATE_VERIFY_FAILED"


def test_the_system_trusts_where_no_ca_is_given(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", files.ca)
    server, _ = server_context(ServerTls(certificate=files.pair), [])
    assert Ends(client_context(ClientTls()), server).handshake() == {}
    assert Ends(client_context(ClientTls(ca=files.other_ca)), server).handshake()["client"][1].endswith("(code 20)")


def test_the_peers_own_certificate_can_be_trusted(files: Files) -> None:
    server, _ = server_context(ServerTls(certificate=files.pair), [])
    assert Ends(client_context(ClientTls(ca=files.certificate)), server).handshake() == {}


def test_a_hashed_directory_can_be_trusted(files: Files, peer_program: Callable[[str], str]) -> None:
    folder = files.folder / "hashed"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(Path(files.ca).read_bytes())
    server, _ = server_context(ServerTls(certificate=files.pair), [])
    with pytest.raises(TlsError, match="holds no hashed certificates"):
        client_context(ClientTls(ca=str(folder)))
    subprocess.run([peer_program("openssl"), "rehash", str(folder)], check=True, capture_output=True)
    assert Ends(client_context(ClientTls(ca=str(folder))), server).handshake() == {}


MISSING_13 = {
    "server": ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "peer did not return a certificate"),
    "client": ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"),
}


MISSING_12 = MISSING_13 | {"client": ("SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure")}


UNKNOWN = {
    "server": ("CERTIFICATE_VERIFY_FAILED", "unable to get local issuer certificate (code 20)"),
    "client": ("TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca"),
}


@pytest.mark.parametrize(
    ("client_certificate", "sent", "version", "failed"),
    [
        ("no", "", ssl.TLSVersion.TLSv1_3, {}),
        ("no", "other_pair", ssl.TLSVersion.TLSv1_3, {}),
        ("ask", "", ssl.TLSVersion.TLSv1_3, {}),
        ("ask", "pair", ssl.TLSVersion.TLSv1_3, {}),
        ("ask", "other_pair", ssl.TLSVersion.TLSv1_3, UNKNOWN),
        ("require", "pair", ssl.TLSVersion.TLSv1_3, {}),
        ("require", "", ssl.TLSVersion.TLSv1_3, MISSING_13),
        ("require", "", ssl.TLSVersion.TLSv1_2, MISSING_12),
        ("require", "other_pair", ssl.TLSVersion.TLSv1_3, UNKNOWN),
    ],
)
def test_a_client_certificate_is_ignored_asked_for_or_required(
    files: Files,
    client_certificate: str,
    sent: str,
    version: ssl.TLSVersion,
    failed: dict[str, tuple[str, str]],
) -> None:
    server, _ = server_context(ServerTls(files.pair, client_certificate=client_certificate, ca=files.ca), [])
    client = client_context(ClientTls(ca=files.ca, certificate=getattr(files, sent) if sent else ""))
    client.maximum_version = version
    ends = Ends(client, server)
    assert ends.handshake() == failed
    if not failed:
        assert bool(ends.server.getpeercert(binary_form=True)) == (client_certificate != "no" and bool(sent))


@pytest.mark.parametrize(
    ("offered", "spoken", "agreed"),
    [(("h2", "http/1.1"), ("http/1.1",), "http/1.1"), (("h2",), (), None), ((), ("h2",), None), (("a",), ("b",), None)],
)
def test_alpn_agrees_on_what_both_speak(
    files: Files, offered: tuple[str, ...], spoken: tuple[str, ...], agreed: str | None
) -> None:
    server, _ = server_context(ServerTls(files.pair, alpn=spoken), [])
    ends = Ends(client_context(ClientTls(ca=files.ca, alpn=offered)), server)
    assert ends.handshake() == {}
    assert ends.client.selected_alpn_protocol() == ends.server.selected_alpn_protocol() == agreed


@pytest.mark.parametrize("old", ["client", "server"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_before_1_2_is_not_spoken(files: Files, old: str) -> None:
    contexts = {
        "client": client_context(ClientTls(ca=files.ca)),
        "server": server_context(ServerTls(files.pair), [])[0],
    }
    contexts[old].minimum_version = contexts[old].maximum_version = ssl.TLSVersion.TLSv1_1
    contexts[old].set_ciphers("ALL:@SECLEVEL=0")
    failed = Ends(contexts["client"], contexts["server"]).handshake()
    assert failed == {
        "server": ("UNSUPPORTED_PROTOCOL", "unsupported protocol"),
        "client": ("TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"),
    }


def test_no_common_cipher_is_named(files: Files) -> None:
    client, (server, _) = client_context(ClientTls(ca=files.ca)), server_context(ServerTls(files.pair), [])
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    assert Ends(client, server).handshake() == {
        "server": ("NO_SHARED_CIPHER", "no shared cipher"),
        "client": ("SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"),
    }


@pytest.mark.parametrize(
    ("server_side", "received", "named"),
    [
        (True, b"GET / HTTP/1.1\r\n\r\n", ("HTTP_REQUEST", "http request")),
        (True, b"CONNECT x:1 HTTP/1.1\r\n", ("HTTPS_PROXY_REQUEST", "https proxy request")),
        (True, b"hello, this is no TLS", ("WRONG_VERSION_NUMBER", "wrong version number")),
        (False, b"HTTP/1.1 400 Bad Request\r\n", ("WRONG_VERSION_NUMBER", "wrong version number")),
        (False, b"\x16\x03\x03\xff\xff" + b"a" * 9, ("PACKET_LENGTH_TOO_LONG", "packet length too long")),
        (False, b"\x15\x03\x03\0\2\2\x70", ("TLSV1_UNRECOGNIZED_NAME", "tlsv1 unrecognized name")),
        (
            False,
            b"\x15\x03\x03\0\2\2\x78",
            ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "tlsv1 alert no application protocol"),
        ),
        (False, b"\x15\x03\x03\0\2\2\xff", ("UNKNOWN_ERROR", "unknown error")),
        (False, b"\x15\x03\x03\0\2\1\0", ("CLOSE_NOTIFY", "the peer closed the TLS session")),
        (False, b"", ("UNEXPECTED_EOF_WHILE_READING", "unexpected eof while reading")),
    ],
)
def test_what_a_peer_says_instead_of_a_handshake_is_named(
    server_side: bool, received: bytes, named: tuple[str, str]
) -> None:
    incoming = ssl.MemoryBIO()
    incoming.write(received)
    incoming.write_eof()
    context = server_context(ServerTls(), [NAME])[0] if server_side else client_context(ClientTls(verify=False))
    end = context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=server_side)
    with pytest.raises(ssl.SSLError) as raised:
        end.do_handshake()
    assert failure(raised.value) == named


def test_a_connection_that_ends_without_close_notify_is_named(files: Files) -> None:
    ends = Ends(client_context(ClientTls(ca=files.ca)), server_context(ServerTls(files.pair), [])[0])
    assert ends.handshake() == {}
    ends.to_client.write_eof()
    with pytest.raises(ssl.SSLError) as raised:
        ends.client.read(1)
    assert failure(raised.value) == ("UNEXPECTED_EOF_WHILE_READING", "unexpected eof while reading")


def test_a_damaged_record_is_named_at_both_ends(files: Files) -> None:
    ends = Ends(client_context(ClientTls(ca=files.ca)), server_context(ServerTls(files.pair), [])[0])
    assert ends.handshake() == {}
    ends.to_client.write(b"\x17\x03\x03\0\x20" + bytes(32))
    ends.each(lambda end: end.read(1))
    assert ends.failed == {
        "client": ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "decryption failed or bad record mac"),
        "server": ("SSLV3_ALERT_BAD_RECORD_MAC", "sslv3 alert bad record mac"),
    }


def test_an_alpn_name_can_have_255_bytes(files: Files) -> None:
    server, _ = server_context(ServerTls(files.pair, alpn=("a" * 255,)), [])
    ends = Ends(client_context(ClientTls(ca=files.ca, alpn=("a" * 255,))), server)
    assert ends.handshake() == {}
    assert ends.client.selected_alpn_protocol() == "a" * 255


def test_both_ends_log_their_keys_where_sslkeylogfile_says(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = [files.folder / "client.log", files.folder / "server.log"]
    monkeypatch.setenv("SSLKEYLOGFILE", str(logs[0]))
    client = client_context(ClientTls(ca=files.ca))
    monkeypatch.setenv("SSLKEYLOGFILE", str(logs[1]))
    server, _ = server_context(ServerTls(files.pair), [])
    assert Ends(client, server).handshake() == {}
    secrets = [
        sorted(line for line in log.read_text().splitlines() if line.startswith(("CLIENT_", "SERVER_"))) for log in logs
    ]
    assert len(secrets[0]) >= 4
    assert secrets[0] == secrets[1]


@pytest.mark.parametrize(
    ("first", "tls"),
    [
        (b"\x16\x03\x01\x02\x00", True),
        (b"\x15\x03", True),
        (b"\x16\x03", True),
        (b"\x16", False),
        (b"", False),
        (b"\x16\x02\x01", False),
        (b"\x17\x03\x03", False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_tls_is_told_by_its_first_two_bytes(first: bytes, tls: bool) -> None:
    assert looks_like_tls(first) is tls
