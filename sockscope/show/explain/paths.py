"""Why the path of a UNIX socket could not be had or reached (unix(7), path_resolution(7))."""

from dataclasses import replace

from sockscope.record.finding import PathSeen
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.people import holders_words
from sockscope.show.explain.situation import Situation


def missing(situation: Situation, base: Explanation) -> Explanation:
    """Say which part of a path is not there, or is no folder."""
    seen = situation.found(PathSeen)
    if seen is None:
        return base
    if seen.type and not seen.last:
        meaning = f"{seen.at}, a part of the path, is a {seen.type} and no folder."
        return replace(base, word="no such path", meaning=meaning, advice="Check the path.")
    if seen.type:
        meaning = f"Nothing was at {seen.at} then; by now a {seen.type} of {seen.owner} is."
        return replace(base, meaning=meaning, advice="Try again.")
    if not seen.last:
        return replace(base, meaning=f"The folder {seen.at} does not exist.", advice="Make it, or check the path.")
    return replace(base, meaning=f"Nothing is at {seen.at}, though its folder exists.")


def nobody_there(situation: Situation, base: Explanation) -> Explanation:
    """Say what is at a path where nobody listens."""
    seen = situation.found(PathSeen)
    if seen is None or situation.address.is_abstract:
        return base
    if seen.type and seen.type != "socket":
        meaning = f"At {seen.at} is a {seen.type} of {seen.owner}, no socket."
        return replace(base, meaning=meaning, advice="Check the path.")
    if seen.holders and (holder := holders_words(seen.holders)):
        meaning = f"A socket is bound to {seen.at} ({holder}), but does not listen."
        return replace(base, meaning=meaning, advice="See whether that program is ready, or waits for datagrams.")
    if seen.holders:
        meaning = f"Nobody has a socket at {seen.at} any more: the path is left over (its owner is {seen.owner})."
        return replace(base, meaning=meaning, advice="Start the server, which makes it anew.")
    return base


def forbidden(situation: Situation, base: Explanation) -> Explanation:
    """Say which part of a path forbids what."""
    seen = situation.found(PathSeen)
    if seen is None or not seen.type:
        return base
    what = f"{seen.at} belongs to {seen.owner} with permissions {seen.mode:04o}"
    if not seen.last:
        why = f"so {seen.user} may not go through it"
    elif situation.name == "bind":
        why = f"so {seen.user} may not make anything there"
    else:
        why = f"and to connect, {seen.user} has to be allowed to write to it"
    advice = "Choose another path, or have the permissions changed (chmod, chown)."
    return replace(base, meaning=f"{what}, {why}.", advice=advice)


def full(situation: Situation, base: Explanation) -> Explanation:
    """Name whose queue is full."""
    seen = situation.found(PathSeen)
    if seen is None or not seen.holders or not (holder := holders_words(seen.holders)):
        return base
    meaning = f"The queue of the listener at {seen.at} is full: {holder} accepts nobody."
    return replace(base, meaning=meaning, advice="Try again, or see why it accepts nobody.")


def wrong_type(situation: Situation, base: Explanation) -> Explanation:
    """Name who has the socket of the other type."""
    seen = situation.found(PathSeen)
    ours = situation.subject.transport.title
    holder = holders_words(seen.holders) if seen and seen.holders else ""
    by = f" of {holder}" if holder else ""
    meaning = f"Ours is a {ours} socket, and the one at {situation.tried.path}{by} is of the other type."
    return replace(base, meaning=meaning, advice="Use the other one: unix: for streams, unixgram: for datagrams.")
