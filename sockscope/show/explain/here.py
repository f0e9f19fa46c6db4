"""What an error means here: the usual words of its name, and then what is known of this very situation.

The rule: each function below refines the usual words, or leaves them as they are where it knows nothing more.
"""

from collections.abc import Callable

from sockscope.net.error_name import HANDSHAKE_TIMEOUT, OWN_TIMEOUT, RESOLVER_TIMEOUT
from sockscope.show.explain import calls, holding, limits, names, paths, reaching, secure, streams, untrusted
from sockscope.show.explain.errors import UNKNOWN, explain, explain_bind, explain_connect
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.situation import Situation

Refine = Callable[[Situation, Explanation], Explanation]

_BIND: dict[str, Refine] = {
    "EADDRINUSE": holding.in_use,
    "EADDRNOTAVAIL": holding.not_ours,
    "EACCES": holding.may_not_bind,
}
_CONNECT: dict[str, Refine] = {
    "EADDRNOTAVAIL": holding.none_free,
    "EAGAIN": holding.none_free,
    "EINVAL": reaching.unreachable,
}
_EVER: dict[str, Refine] = {
    "ECONNREFUSED": reaching.refused,
    OWN_TIMEOUT: reaching.silent,
    "ETIMEDOUT": reaching.silent,
    "EHOSTUNREACH": reaching.unreachable,
    "ENETUNREACH": reaching.unreachable,
    "EACCES": reaching.not_allowed,
    "EPERM": reaching.not_allowed,
    "ECONNRESET": streams.reset,
    "EPIPE": streams.broken_pipe,
    "ENOTCONN": streams.gone_before,
    "EMFILE": limits.descriptors,
    "ENFILE": limits.descriptors,
    "ENOBUFS": limits.memory,
    "ENOMEM": limits.memory,
    "EMSGSIZE": limits.too_big,
    "EAFNOSUPPORT": calls.not_offered,
    "EPROTONOSUPPORT": calls.not_offered,
    "ESOCKTNOSUPPORT": calls.not_offered,
    "EISCONN": calls.in_use_already,
    "EALREADY": calls.in_use_already,
    "EBADF": calls.bad_descriptor,
    "ENOTSOCK": calls.bad_descriptor,
    "EDESTADDRREQ": calls.no_destination,
    "EOPNOTSUPP": calls.cannot,
    "ENOPROTOOPT": calls.unknown_option,
    "ECONNABORTED": calls.aborted,
    HANDSHAKE_TIMEOUT: calls.handshake_unfinished,
    RESOLVER_TIMEOUT: names.silent_resolver,
}
_OF_TLS: dict[str, Refine] = {
    "CERTIFICATE_VERIFY_FAILED": untrusted.not_trusted,
    "UNSUPPORTED_PROTOCOL": secure.old_version,
    "UNKNOWN_PROTOCOL": secure.old_version,
    "WRONG_SSL_VERSION": secure.old_version,
    "TLSV1_ALERT_PROTOCOL_VERSION": secure.version_refused,
    "TLSV1_UNRECOGNIZED_NAME": secure.name_refused,
    "TLSV1_ALERT_UNRECOGNIZED_NAME": secure.name_refused,
    "NO_SHARED_CIPHER": secure.nothing_common,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": secure.nothing_common,
    "NO_SUITABLE_KEY_SHARE": secure.nothing_common,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": secure.nothing_common,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": secure.nothing_common,
    "TLSV1_ALERT_INTERNAL_ERROR": secure.nothing_common,
    "NO_APPLICATION_PROTOCOL": secure.nothing_spoken,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": secure.nothing_spoken,
    "NOT_TLS": secure.plain_text,
    "WRONG_VERSION_NUMBER": secure.plain_text,
}
_OF_PATHS: dict[str, Refine] = {
    "ENOENT": paths.missing,
    "ENOTDIR": paths.missing,
    "ECONNREFUSED": paths.nobody_there,
    "EACCES": paths.forbidden,
    "EPERM": paths.forbidden,
    "EAGAIN": paths.full,
    "EPROTOTYPE": paths.wrong_type,
    "EADDRINUSE": holding.in_use,
}


def explain_here(situation: Situation) -> Explanation:
    """Explain a failure by all that is known of it."""
    base = _usual(situation)
    refine = _refine(situation) or (secure.unnamed if base.meaning == UNKNOWN else None)
    return refine(situation, base) if refine else base


def _usual(situation: Situation) -> Explanation:
    error, address = situation.error, situation.address
    local, abstract = situation.local, address.is_abstract
    if situation.name == "bind":
        return explain_bind(error, address.port, local=local, abstract=abstract)
    if situation.name == "connect":
        return explain_connect(error, local=local, abstract=abstract, bound=situation.source_bound)
    return explain(error, local=local, abstract=abstract)


def _refine(situation: Situation) -> Refine | None:
    name, error = situation.name, situation.error
    if name == "getaddrinfo":
        return names.of_conversation
    if name == "socket" and error == "EPERM":
        return limits.not_permitted
    if situation.local and situation.address and error in _OF_PATHS:
        return _OF_PATHS[error]
    if name == "bind" and error in _BIND:
        return _BIND[error]
    if name == "connect" and error in _CONNECT:
        return None if situation.source_bound else _CONNECT[error]
    return _EVER.get(error) or _OF_TLS.get(error)
