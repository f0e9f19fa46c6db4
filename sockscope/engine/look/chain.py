"""Every check of a chain of certificates with its verdict, not only the first that failed (RFC 5280, 6; RFC 9525).

The rules: OpenSSL alone decides whether a peer is trusted; this says of a chain that it refused what is wrong with it.
A check that cannot be made, because of an odd field or an unknown kind of key, has no verdict. It takes milliseconds,
so it is not for the loop.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sockscope.record.certificate import Certificate, read_der
from sockscope.record.finding import ChainSeen, Check

if TYPE_CHECKING:
    from cryptography import x509

MOST = 10
"""Certificates of a chain that are looked at; a peer may send any number."""

_WEAK_BITS = 2048
_WEAK_HASHES = ("md5", "sha1")


def chain_seen(ders: Sequence[bytes], trusted: Iterable[bytes], server_name: str, *, others: bool = False) -> ChainSeen:
    """Check a chain, the peer's own certificate first, against what is trusted and the name that was asked for.

    `others` says that more is trusted than the CAs that `trusted` gives: Python does not tell of those that are no CA.
    """
    shown = [read_der(der) for der in ders[:MOST]]
    parsed = [_parsed(der) for der in ders[:MOST]]
    roots = [root for root in map(_parsed, trusted) if root is not None]
    each = (_checks(number, parsed, shown, roots, server_name, others) for number in range(len(parsed)))
    checks = [check for found in each for check in found]
    return ChainSeen(tuple(shown), tuple(checks), server_name)


def _parsed(der: bytes) -> "x509.Certificate | None":
    from cryptography import x509

    with suppress(Exception):  # a peer may send anything
        return x509.load_der_x509_certificate(der)
    return None


def _checks(
    number: int,
    chain: "Sequence[x509.Certificate | None]",
    shown: Sequence[Certificate],
    roots: "Sequence[x509.Certificate]",
    server_name: str,
    others: bool,
) -> Iterator[Check]:
    one = chain[number]
    if one is None:
        yield Check(number, "readable", False)
        return
    above = chain[number + 1] if number + 1 < len(chain) else None
    yield _check(number, "valid now", lambda: _valid_now(one))
    if number == 0:
        if server_name:
            yield _check(number, "name", lambda: _has_name(shown[0].names, server_name))
        yield _check(number, "for servers", lambda: _for_servers(one))
    else:
        yield _check(number, "may issue", lambda: _may_issue(one))
    yield _check(number, "strong", lambda: _strong(one))
    if above is not None:
        yield _check(number, "issued by the next", lambda: _issued(one, above))
    else:
        yield _check(number, "leads to a trusted one", lambda: _leads(one, roots, others))


def _check(number: int, name: str, passes: Callable[[], bool]) -> Check:
    try:
        return Check(number, name, passes())
    except Exception:  # the parser may raise about anything
        return Check(number, name, None)


def _valid_now(one: "x509.Certificate") -> bool:
    return one.not_valid_before_utc <= datetime.datetime.now(datetime.UTC) <= one.not_valid_after_utc


def _has_name(names: Sequence[str], wanted: str) -> bool:
    """Whether a name is covered: a wildcard stands for one whole label at the left (RFC 9525, 6.3)."""
    with suppress(ValueError):
        return any(_same_ip(name, wanted) for name in names)
    wanted = wanted.lower()
    rest = wanted.partition(".")[2]
    return any(name.lower() == wanted or (name.lower() == f"*.{rest}" and "." in rest) for name in names)


def _same_ip(name: str, wanted: str) -> bool:
    address = ip_address(wanted)
    with suppress(ValueError):
        return ip_address(name) == address
    return False


def _for_servers(one: "x509.Certificate") -> bool:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

    try:
        usages = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return Usage.SERVER_AUTH in usages or Usage.ANY_EXTENDED_KEY_USAGE in usages


def _may_issue(one: "x509.Certificate") -> bool:
    from cryptography import x509

    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _strong(one: "x509.Certificate") -> bool:
    hashed = one.signature_hash_algorithm
    if hashed is not None and hashed.name in _WEAK_HASHES:
        return False
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = one.public_key()
    return not isinstance(key, rsa.RSAPublicKey) or key.key_size >= _WEAK_BITS


def _issued(one: "x509.Certificate", above: "x509.Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        one.verify_directly_issued_by(above)
    except (ValueError, InvalidSignature):
        return False
    return True


def _leads(one: "x509.Certificate", roots: "Sequence[x509.Certificate]", others: bool) -> bool:
    if one in roots or any(_issued(one, root) for root in roots if root.subject == one.issuer):
        return True
    if others:
        raise LookupError("it may be one that is trusted and not told of")
    return False
