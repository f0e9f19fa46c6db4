"""TLS handshakes that fail for real: what both sides had said, the chain with every check, and what is advised."""

import datetime
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sockscope.engine.engine import Engine
from sockscope.engine.look.chain import chain_seen
from sockscope.engine.stream.layers.self_signed import make_self_signed
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.finding import ChainSeen, Offers
from sockscope.request import Connect, Listen, again
from sockscope.request.tls import ClientTls, ServerTls
from sockscope.show.details import details
from sockscope.show.explain.explanation import OLDER_TLS, SERVER_NAME, UNVERIFIED, WITHOUT_TLS, Explanation
from sockscope.show.explain.secure import version_to_allow
from sockscope.show.step import advised, why
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import V4, listening, only_client, port_of

PAST = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)
Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A server that does so with each client, one after the other."""
    with listening() as server:

        def run() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    client.settimeout(DEADLINE_S)
                    with client, suppress(OSError):
                        serve(client)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE_S)


def over(context: ssl.SSLContext) -> Serve:
    def serve(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            secured.sendall(b"hi\n")
            secured.recv(1)

    return serve


def opened(engine: Engine, port: int, host: str = V4, **asked: object) -> Conversation:
    tls = ClientTls(**asked)  # type: ignore[arg-type]
    conversation = engine.connect(Connect(Address(host, port, "tls"), family="IPv4", tls=tls))
    wait_until(lambda: conversation.state not in (State.CONNECTING, State.SECURING) and not conversation.looking)
    return conversation


def failed(engine: Engine, port: int, **asked: object) -> tuple[Conversation, Explanation]:
    conversation = opened(engine, port, **asked)  # type: ignore[arg-type]
    assert conversation.state is State.FAILED
    return conversation, why(conversation)


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_server_that_wants_a_name_is_told_from_one_that_does_not_know_ours(engine: Engine, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca")
    context = server_context(authority, "localhost", V4)

    def known(secured: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        return None if name == "localhost" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = known
    with serving(over(context)) as port:
        conversation, explained = failed(engine, port, ca=str(tmp_path / "ca"))
        assert explained.name == "TLSV1_UNRECOGNIZED_NAME"
        assert explained.meaning.startswith(f"We sent no server name (SNI), for {V4} is an address in numbers")
        assert explained.action == SERVER_NAME
        _, other = failed(engine, port, server_name="x.example", ca=str(tmp_path / "ca"))
        assert other.meaning == "The server does not know the server name x.example that we sent (SNI)."
        assert conversation.request
        named = engine.connect(again.server_name(conversation.request, "localhost"))
        wait_until(lambda: named.state is State.CONNECTED)


def old_device(client: socket.socket) -> None:
    """Choose TLS 1.0 in a ServerHello, whatever was offered."""
    client.recv(4096)
    hello = b"\x03\x01" + os.urandom(32) + b"\x00" + b"\x00\x2f" + b"\x00"
    message = b"\x02" + len(hello).to_bytes(3) + hello
    client.sendall(b"\x16\x03\x01" + len(message).to_bytes(2) + message)
    client.recv(99)


def test_an_old_version_is_said_to_be_the_server_s_choice_and_the_limit_ours(engine: Engine) -> None:
    with serving(old_device) as port:
        conversation, explained = failed(engine, port)
    assert explained.name == "UNSUPPORTED_PROTOCOL"
    assert explained.meaning == ("The server chose TLS 1.0 (in its ServerHello), and we take TLS 1.2 and TLS 1.3.")
    assert " it " not in f" {explained.meaning} "
    assert (explained.action, version_to_allow(conversation)) == (OLDER_TLS, "1.0")


def test_an_old_version_that_was_allowed_works_and_stays_marked(engine: Engine) -> None:
    context = server_context(trustme.CA(), "localhost")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with serving(over(context)) as port:
        conversation, explained = failed(engine, port, verify=False)
        assert explained.action == OLDER_TLS and "TLS 1.3, TLS 1.2" in explained.meaning
        assert conversation.request
        allowed = engine.connect(again.older_tls(conversation.request, version_to_allow(conversation)))
        wait_until(lambda: allowed.state is State.CONNECTED)
    assert allowed.layers.session and allowed.layers.session.version == "TLSv1"
    assert allowed.weakened and not conversation.weakened


def test_nothing_in_common_shows_both_offers_and_what_we_leave_out(engine: Engine) -> None:
    context = server_context(trustme.CA(), "localhost")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384")
    with serving(over(context)) as port:
        conversation, explained = failed(engine, port, verify=False, host="localhost")
    assert explained.name == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert "We offered TLS 1.3, TLS 1.2 with TLS_AES_256_GCM_SHA384" in explained.meaning
    assert "We leave out DHE, which the other side may need." in explained.meaning
    (offers,) = (one for one in conversation.findings if isinstance(one, Offers))
    assert offers.ours and "X25519" in offers.ours.groups and offers.ours.server_name == "localhost"


def test_a_client_of_ours_that_offers_other_versions_is_said_with_what_it_offers(engine: Engine) -> None:
    listener = engine.listen(Listen(Address(V4, 0, "tls"), tls=ServerTls()))
    wait_until(lambda: listener.bound)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection((V4, port_of(listener))) as client, pytest.raises(ssl.SSLError):
        context.wrap_socket(client)
    accepted = only_client(listener)
    wait_until(lambda: accepted.state is State.FAILED and not accepted.looking)
    assert why(accepted).meaning == "The client offered TLS 1.1, and we take TLS 1.2 and TLS 1.3."
    assert why(accepted).action == "", "nobody here can connect again for the client"


def test_a_plain_server_can_be_talked_to_without_tls(engine: Engine) -> None:
    with serving(lambda client: client.sendall(b"220 mail.example ESMTP\r\n")) as port:
        conversation, explained = failed(engine, port)
    assert (explained.name, explained.action) == ("NOT_TLS", WITHOUT_TLS)
    assert conversation.request
    assert not again.without_tls(conversation.request).security


# Chains.


def made(
    subject: str, issuer: "Pair | None", *, until: datetime.datetime, authority: bool, names: tuple[str, ...] = ()
) -> "Pair":
    """A certificate of one's own making, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]
LATER = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30, hours=1)


def write(path: Path, pair: Pair, *above: Pair) -> str:
    pem = serialization.Encoding.PEM
    key = pair[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key + b"".join(one.public_bytes(pem) for one, _ in (pair, *above)))
    return str(path)


def test_an_expired_intermediate_names_itself_beside_every_other_check(engine: Engine, tmp_path: Path) -> None:
    root = made("root", None, until=LATER, authority=True)
    middle = made("middle", root, until=PAST, authority=True)
    leaf = made("leaf", middle, until=LATER, authority=False, names=("x.example", "y.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write(tmp_path / "chain", leaf, middle))
    with serving(over(context)) as port:
        conversation, explained = failed(engine, port, server_name="z.example", ca=write(tmp_path / "ca", root))
    assert (explained.name, explained.action) == ("CERTIFICATE_VERIFY_FAILED", UNVERIFIED)
    assert "certificate 2 of 2 (CN=middle) expired on 2021-01-01 00:00:00 UTC, " in explained.meaning
    assert "certificate 1 of 2 (CN=leaf) is made for x.example, y.example, and we asked for z.example" in (
        explained.meaning
    )
    (seen,) = (one for one in conversation.findings if isinstance(one, ChainSeen))
    verdicts = {(check.certificate, check.name): check.passed for check in seen.checks}
    assert verdicts == {
        (0, "valid now"): True,
        (0, "name"): False,
        (0, "for servers"): True,
        (0, "strong"): True,
        (0, "issued by the next"): True,
        (1, "valid now"): False,
        (1, "may issue"): True,
        (1, "strong"): True,
        (1, "leads to a trusted one"): True,
    }
    shown = [(one.label, one.value) for one in details(conversation, conversation.ended_at_ns)]
    assert ("certificate 2 of 2", "") in shown
    assert ("names", "x.example, y.example") in shown
    assert any(label == "valid" and value.endswith(", 30 days left") for label, value in shown)
    assert any(label == "valid" and value.startswith("EXPIRED") for label, value in shown)


def test_a_self_signed_one_is_not_said_to_be_of_another_ca(engine: Engine, tmp_path: Path) -> None:
    alone = made("alone", None, until=LATER, authority=False, names=("localhost",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write(tmp_path / "chain", alone))
    with serving(over(context)) as port:
        _, explained = failed(engine, port, server_name="localhost")
    assert "it (CN=alone) is self-signed, and not one that we trust" in explained.meaning


def test_tls_that_is_cut_off_after_data_is_no_good_news(engine: Engine) -> None:
    context = server_context(trustme.CA(), "localhost")

    def serve(client: socket.socket) -> None:
        secured = context.wrap_socket(client, server_side=True, suppress_ragged_eofs=False)
        secured.sendall(b"hi\n")
        os.close(secured.detach())

    with serving(serve) as port:
        conversation = opened(engine, port, verify=False)
        wait_until(lambda: advised(conversation))
    explained = advised(conversation)
    assert (
        explained and "The end of the data is not proven" in explained.meaning and "connect again" in explained.advice
    )
    assert conversation.flow.bytes_in == 3


@pytest.mark.parametrize(("others", "passed"), [(False, False), (True, None)])
def test_a_certificate_that_is_no_ca_and_may_be_trusted_is_not_called_untrusted(
    others: bool, passed: bool | None
) -> None:
    """Python tells of no certificate that is trusted and no CA."""
    pem, _ = make_self_signed(["localhost"])
    seen = chain_seen([ssl.PEM_cert_to_DER_cert(pem.decode())], [], "localhost", others=others)
    assert [check.passed for check in seen.checks if check.name == "leads to a trusted one"] == [passed]
