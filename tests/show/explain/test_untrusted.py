"""What a peer's certificates did not pass is said with its particulars, and what mends that very thing."""

import datetime

import pytest

from sockscope.net.address import Address
from sockscope.record.certificate import Certificate
from sockscope.record.conversation import Conversation
from sockscope.record.finding import ChainSeen, Check
from sockscope.request import Connect
from sockscope.show.step import told, why
from tests.facts import RECORDER
from tests.show.made import securing

LEAF = Certificate("CN=localhost", "CN=Office CA", ("localhost",), "2020-01-01 00:00:00 UTC", "", "AB", "EC", False)
REASON = "the reason of OpenSSL (code 10)"


def ago(**span: int) -> str:
    """A time before now, written as a certificate's."""
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(**span)).strftime("%Y-%m-%d %H:%M:%S UTC")


def refused(one: Certificate, *checks: str, above: tuple[Certificate, ...] = ()) -> Conversation:
    """A client of ours that did not trust its server, by these checks of one certificate."""
    conversation = securing()
    conversation.request = Connect(Address("localhost", 443, "tls"))
    RECORDER.failed(conversation, "CERTIFICATE_VERIFY_FAILED", REASON)
    failed = tuple(Check(len(above), check, False) for check in checks)
    RECORDER.found(conversation, (ChainSeen((*above, one), failed, "localhost"),))
    return conversation


@pytest.mark.parametrize(
    ("one", "check", "meaning", "advice"),
    [
        (
            LEAF._replace(not_after=(gone := ago(days=9, minutes=1))),
            "valid now",
            f"it (CN=localhost) expired on {gone}, 9 days ago.",
            "Its owner must renew it (or is the clock of this machine wrong?).",
        ),
        (
            LEAF._replace(not_before=(later := ago(days=-3)), not_after=ago(days=-90)),
            "valid now",
            f"it (CN=localhost) is not valid before {later}.",
            "See whether the clock of this machine is right; else wait, or have its owner replace it.",
        ),
        (
            LEAF._replace(names=("*.shop.example", "www.example.org")),
            "name",
            "it (CN=localhost) is made for *.shop.example, www.example.org, and we asked for localhost.",
            "Ask for a name that it has (--server-name www.example.org, or in o), or see whether this is the machine"
            " meant.",
        ),
        (
            LEAF._replace(names=()),
            "name",
            "it (CN=localhost) is made for no name at all, and we asked for localhost.",
            "Its owner must have one made with that name.",
        ),
        (
            LEAF._replace(self_issued=True),
            "leads to a trusted one",
            "it (CN=localhost) is self-signed, and not one that we trust.",
            "If you know it to be the right one, trust it: give its file by --ca, or in o.",
        ),
        (
            LEAF,
            "leads to a trusted one",
            "it (CN=localhost) was issued by CN=Office CA, which we do not trust or do not have.",
            "Add the certificate of CN=Office CA to those of --ca (or in o); if it is no CA of its own, the peer has to"
            " send it along.",
        ),
    ],
)
def test_each_check_has_its_particulars_and_its_own_advice(
    one: Certificate, check: str, meaning: str, advice: str
) -> None:
    conversation = refused(one, check)
    assert why(conversation).meaning == f"The peer's certificate did not pass our check: {meaning}"
    assert why(conversation).advice == advice
    assert told(conversation) == f"CERTIFICATE_VERIFY_FAILED: {why(conversation).meaning} {advice}"


def test_several_checks_are_each_advised_about_and_the_certificate_is_told_from_the_others() -> None:
    conversation = refused(LEAF._replace(names=("x.example",)), "name", "strong", above=(LEAF,))
    assert "certificate 2 of 2 (CN=localhost) is made for x.example" in why(conversation).meaning
    assert "--server-name x.example" in why(conversation).advice
    assert why(conversation).advice.endswith("Its owner must replace it.")


def test_trust_alone_does_not_mend_the_rest() -> None:
    own = LEAF._replace(issuer=LEAF.subject)
    assert "What --ca mends is trust alone" in why(refused(own, "leads to a trusted one", "name")).advice
    assert "What --ca mends" not in why(refused(own, "leads to a trusted one")).advice


@pytest.mark.parametrize(("others", "said"), [((True, True), True), ((True, None), False), ((False, True), False)])
def test_where_one_check_alone_failed_nothing_else_has_to_be_mended(
    others: tuple[bool | None, ...], said: bool
) -> None:
    conversation = refused(LEAF, "name")
    more = tuple(Check(0, name, passed) for name, passed in zip(("for servers", "strong"), others, strict=True))
    conversation.findings = (ChainSeen((LEAF,), (Check(0, "name", False), *more), "localhost"),)
    assert why(conversation).meaning.endswith(" All other checks passed.") is said


def test_where_no_check_is_known_the_reason_of_openssl_is_told() -> None:
    assert told(refused(LEAF)).startswith(f"CERTIFICATE_VERIFY_FAILED: {REASON}. ")
