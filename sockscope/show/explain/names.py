"""What a failure of getaddrinfo(3) means for what was asked: the name, the service, the hints.

The rule: what can be seen of the question itself (a label that is too long, an address of the other family) is said;
who was asked and what they said is told by the pages about a lookup.
"""

from collections.abc import Callable
from dataclasses import replace

from sockscope.net.error_name import RESOLVER_TIMEOUT
from sockscope.net.notation import literal
from sockscope.record.finding import Nameservers
from sockscope.record.lookup.lookup import Lookup
from sockscope.request.question import Question
from sockscope.show.explain.errors import explain
from sockscope.show.explain.explanation import OTHER_FAMILY, Explanation
from sockscope.show.explain.situation import Situation
from sockscope.show.units import plural

_OF_DNS = ("EAI_NONAME", "EAI_NODATA", "EAI_AGAIN", "EAI_FAIL", RESOLVER_TIMEOUT)
_LABEL_MOST = 63  # bytes (RFC 1035, 2.3.4)


def explain_lookup(lookup: Lookup) -> Explanation:
    """Explain why a lookup failed."""
    return explain_question(lookup.question, explain(lookup.error))


def explain_question(question: Question, base: Explanation) -> Explanation:
    """Refine what an error means by what was asked."""
    refine = _REFINE.get(base.name)
    return refine(question, base) if refine else base


def of_conversation(situation: Situation, base: Explanation) -> Explanation:
    """Refine what an error of a conversation's or a listener's own lookup means; a conversation may try otherwise."""
    asked = situation.subject.request
    if asked is None:
        return base
    refined = _with_servers(situation, asked.question, explain_question(asked.question, base))
    one_family = situation.conversation is not None and asked.family != "any"
    of_family = base.name in ("EAI_ADDRFAMILY", "EAI_NODATA")
    return replace(refined, action=OTHER_FAMILY) if one_family and of_family else refined


def silent_resolver(situation: Situation, base: Explanation) -> Explanation:
    """Say whom a resolver asks that had said nothing yet when our own time limit ran out."""
    asked = situation.subject.request
    if asked is None:
        return base
    meaning = base.meaning.replace("The resolver", f"About {asked.question.name} the resolver")
    return _with_servers(situation, asked.question, replace(base, meaning=meaning))


def _with_servers(situation: Situation, question: Question, base: Explanation) -> Explanation:
    """Name the servers of DNS where they may have been asked; getaddrinfo does not tell who answered."""
    found = situation.found(Nameservers)
    if base.name not in _OF_DNS or not found or not found.servers or not _can_be_asked(question):
        return base
    are = "s are" if len(found.servers) > 1 else " is"
    meaning = f"{base.meaning} By /etc/resolv.conf the DNS server{are} {', '.join(found.servers)}."
    return replace(base, meaning=meaning)


def _can_be_asked(question: Question) -> bool:
    """Whether a name is one, so that there is a reason to ask for it."""
    labels = question.name.rstrip(".").split(".")
    a_name = literal(question.name) is None and all(0 < len(label) <= _LABEL_MOST for label in labels)
    return a_name and "NUMERICHOST" not in question.flags


def _no_name(question: Question, base: Explanation) -> Explanation:
    name, labels = question.name, question.name.rstrip(".").split(".")
    if not name:
        return replace(base, meaning="Neither a name nor a service was given.", advice="Give one of them.")
    if longest := next((label for label in labels if len(label) > _LABEL_MOST), ""):
        meaning = f"A part of the name has {len(longest)} characters, and {_LABEL_MOST} are the most between two dots."
        return replace(base, meaning=meaning, advice="Check the spelling.")
    if "" in labels:
        meaning = f"In {name} nothing stands between two dots, so it can be no name."
        return replace(base, meaning=meaning, advice="Check the spelling.")
    if "NUMERICHOST" in question.flags:
        meaning = f"{name} is no address in numbers, and only one was allowed (AI_NUMERICHOST)."
        return replace(base, meaning=meaning, advice="Give an address, or leave that flag out.")
    return replace(base, meaning=f"No such name: nobody who was asked knows {name}{_for(question)}.")


def _no_address(question: Question, base: Explanation) -> Explanation:
    family = _family(question)
    if known := literal(question.name):
        meaning = f"{question.name} is an address of IPv{known.version}, another family than asked for ({family})."
        return replace(base, meaning=meaning)
    return replace(base, meaning=f"{question.name} exists, but has no address of {family}.")


def _silent(question: Question, base: Explanation) -> Explanation:
    meaning = base.meaning.replace("no usable answer", f"no usable answer about {question.name or question.service}")
    return replace(base, meaning=meaning)


def _no_service(question: Question, base: Explanation) -> Explanation:
    if "NUMERICSERV" in question.flags:
        meaning = f"{question.service} is no number, and only one was allowed (AI_NUMERICSERV)."
    else:
        meaning = f"{question.service} is not the name of a service for {_kind(question)} sockets."
    return replace(base, meaning=meaning)


def _no_type(question: Question, base: Explanation) -> Explanation:
    meaning = f"The type {question.type} and the protocol {question.protocol} do not go together."
    return replace(base, meaning=meaning)


def _bad_flags(question: Question, base: Explanation) -> Explanation:
    if not question.chosen:
        return base
    named = " | ".join(f"AI_{flag.name}" for flag in question.chosen)
    what = "contradicts the name or the others" if len(question.chosen) > 1 else "does not go with this question"
    meaning = f"{plural(len(question.chosen), 'flag')} ({named}): one of them {what}; CANONNAME, for one, needs a name."
    return replace(base, meaning=meaning)


def _no_family(question: Question, base: Explanation) -> Explanation:
    return replace(base, meaning=f"The family {_family(question)} is not supported here.")


def _for(question: Question) -> str:
    return "" if question.family == "any" else f", or not for {question.family}"


def _family(question: Question) -> str:
    return "any family" if question.family == "any" else question.family


def _kind(question: Question) -> str:
    return "any" if question.type == "any" else question.type


_REFINE: dict[str, Callable[[Question, Explanation], Explanation]] = {
    "EAI_NONAME": _no_name,
    "EAI_NODATA": _no_address,
    "EAI_ADDRFAMILY": _no_address,
    "EAI_AGAIN": _silent,
    "EAI_SERVICE": _no_service,
    "EAI_SOCKTYPE": _no_type,
    "EAI_BADFLAGS": _bad_flags,
    "EAI_FAMILY": _no_family,
}
