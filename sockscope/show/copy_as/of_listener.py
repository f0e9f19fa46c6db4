"""What a listener does, as a script.

The rule: where it listens, and with which options, is taken from its sockets and facts; how it answers is its policy
now. What a script does otherwise is said.
"""

from sockscope.record.listener import Bound, Listener
from sockscope.show.copy_as.of_conversation import left_out, options_of, path_of
from sockscope.show.copy_as.script import CannotSay, Place, Server

_FOR_EXPRESSIONS = "a canned reply to an expression needs the matching of sockscope itself"


def server_of(listener: Listener) -> Server:
    """Describe what a listener does. Raise CannotSay."""
    if not listener.bound:
        raise CannotSay("it is bound to no address")
    policy, request = listener.policy, listener.request
    if policy.relay:
        raise CannotSay("a relay cannot be copied as a program: it has two sides")
    if policy.answers.kind == "file" and listener.transport.keeps_boundaries:
        raise CannotSay("a file goes out in many datagrams, which no copy does")
    if policy.answers.kind == "canned" and policy.answers.when == "expression":
        raise CannotSay(_FOR_EXPRESSIONS)
    certificate = listener.certificate
    return Server(
        about=tuple(_about(listener)),
        kind=listener.transport,
        places=tuple(_place(listener, bound) for bound in listener.bound),
        backlog=listener.bound[0].backlog,
        answers=policy.answers,
        one_at_a_time=policy.one_at_a_time,
        tls=request.security if request else None,
        names=certificate.names if certificate else (),
    )


def _about(listener: Listener) -> list[str]:
    policy = listener.policy
    where = ", ".join(str(bound.address) for bound in listener.bound)
    otherwise = [
        *(["closing a silent client"] if policy.idle_s else []),
        *(["the most clients that are taken"] if policy.most else []),
        *(["our direction staying open when a client finishes"] if policy.keep_half_open else []),
        *(["not accepting for now"] if not policy.accepting else []),
    ]
    return [
        f"Listener #{listener.number}, which listens at {where}.",
        *([f"Left out: {', '.join(otherwise)}."] if otherwise else []),
        *(line for bound in listener.bound for line in left_out(listener.facts, bound.fd)),
    ]


def _place(listener: Listener, bound: Bound) -> Place:
    named = listener.request and not listener.transport.has_ports
    path = listener.request.target.host if listener.request and named else path_of(bound.address.path)
    return Place(bound.address, path, options_of(listener.facts, bound.fd))
