"""Why a TLS handshake failed, by what both sides really said.

The rules: each party has its name, we, the server or the client; what is a limit of ours is never called the other
side's. What was sent, and what was not, comes from the messages.
"""

from dataclasses import replace

from sockscope.record.conversation import Conversation
from sockscope.record.finding import Hello, Offers
from sockscope.record.listener import Listener
from sockscope.request.tls import VERSIONS
from sockscope.show.explain.explanation import OLDER_TLS, SERVER_NAME, WITHOUT_TLS, Explanation
from sockscope.show.explain.situation import Situation

_SHOWN = 5


def asked_by_us(situation: Situation) -> bool:
    """Whether we opened the connection, so that it can be opened again otherwise."""
    return situation.conversation is not None and situation.conversation.request is not None


def old_version(situation: Situation, base: Explanation) -> Explanation:
    """Say which version the other side chose or offered, and which ones we take."""
    said = situation.found(Offers)
    if said is None or said.theirs is None:
        return base
    theirs = said.theirs
    took = f"we take {' and '.join(said.versions)}"
    if theirs.answer:
        meaning = f"The server chose {theirs.versions[0]} (in its ServerHello), and {took}."
    else:
        meaning = f"The client offered {_list(theirs.versions)}, and {took}."
    advice = "Have the other side brought up to date; the setting tls-min allows an older version."
    return _allow_older(situation, replace(base, meaning=meaning, advice=advice))


def version_refused(situation: Situation, base: Explanation) -> Explanation:
    """Say which versions we offered, all of which were refused."""
    said = situation.found(Offers)
    if said is None or said.ours is None:
        return base
    who = "client" if isinstance(situation.subject, Listener) or not asked_by_us(situation) else "server"
    meaning = f"We offered {_list(said.ours.versions)}, and the {who} refused each of them (alert protocol_version)."
    advice = f"The {who} may speak older versions only, which the setting tls-min allows; better bring it up to date."
    return _allow_older(situation, replace(base, meaning=meaning, advice=advice))


def _allow_older(situation: Situation, base: Explanation) -> Explanation:
    return replace(base, action=OLDER_TLS) if asked_by_us(situation) else base


def name_refused(situation: Situation, base: Explanation) -> Explanation:
    """Tell a server name that was refused from one that was never sent."""
    said = situation.found(Offers)
    if said is None or said.ours is None or not asked_by_us(situation):
        return base
    if said.ours.server_name:
        meaning = f"The server does not know the server name {said.ours.server_name} that we sent (SNI)."
        return replace(base, meaning=meaning, advice="Name another one.", action=SERVER_NAME)
    meaning = (
        f"We sent no server name (SNI), for {situation.tried.host or 'the address'} is an address in numbers, and those"
        " are never sent; the server wants a name that it knows."
    )
    return replace(base, word="no name sent", meaning=meaning, advice="Give the name.", action=SERVER_NAME)


def nothing_common(situation: Situation, base: Explanation) -> Explanation:
    """Put both sides' offers beside each other where nothing matched, and say what we leave out ourselves."""
    said = situation.found(Offers)
    if said is None or said.ours is None:
        return base
    ours, theirs = said.ours, said.theirs
    parts = [f"We offered {_offer(ours)}."] if asked_by_us(situation) else [f"We take {_offer(ours)}."]
    if theirs and not theirs.answer:
        parts.append(f"The client offered {_offer(theirs)}.")
    if said.left_out:
        parts.append(f"We leave out {said.left_out}, which the other side may need.")
    if asked_by_us(situation) and not ours.server_name:
        parts.append("We sent no server name.")
    action = SERVER_NAME if asked_by_us(situation) and not ours.server_name else ""
    return replace(base, meaning=f"{base.meaning} {' '.join(parts)}", action=action)


def nothing_spoken(situation: Situation, base: Explanation) -> Explanation:
    """Say which application protocols there were on each side."""
    said = situation.found(Offers)
    if said is None:
        return base
    ours = said.ours.alpn if said.ours else ()
    sides = [f"we offered {_list(ours)}"] if asked_by_us(situation) else []
    if said.theirs and said.theirs.alpn and not said.theirs.answer:
        sides.append(f"the client offered {_list(said.theirs.alpn)}")
    return replace(base, meaning=f"{base.meaning} Of them {' and '.join(sides)}.") if sides else base


def unnamed(situation: Situation, base: Explanation) -> Explanation:
    """Of what OpenSSL alone has a name for: who broke off a handshake, and what was said of it."""
    conversation = situation.conversation
    if conversation is None or not conversation.layers.wire:
        return base
    reason = conversation.reason or situation.error.replace("_", " ").lower()
    when = "TLS failed behind its handshake" if conversation.layers.session else "The TLS handshake failed"
    meaning = f"{when}: OpenSSL says of what the peer sent: {reason}."
    return replace(base, meaning=meaning, advice="The details show what both sides offered (d); see the peer's log.")


def plain_text(situation: Situation, base: Explanation) -> Explanation:
    """Offer to talk without TLS."""
    return replace(base, action=WITHOUT_TLS) if asked_by_us(situation) else base


def _offer(hello: Hello) -> str:
    groups = f", groups {_list(hello.groups)}" if hello.groups else ""
    alpn = f", ALPN {_list(hello.alpn)}" if hello.alpn else ""
    return f"{_list(hello.versions)} with {_list(hello.ciphers)}{groups}{alpn}"


def _list(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}" if names else "none"


def version_to_allow(conversation: Conversation) -> str:
    """Return the version that would have to be allowed, such as "1.1": what the server chose, else the oldest."""
    said = next((one for one in conversation.findings if isinstance(one, Offers)), None)
    if said and said.theirs and said.theirs.answer:
        chosen = said.theirs.versions[0].removeprefix("TLS ")
        return chosen if chosen in VERSIONS else VERSIONS[0]
    return VERSIONS[0]
