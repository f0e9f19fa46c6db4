"""Which checks a peer's certificates did not pass, and what mends each (RFC 5280, 6; RFC 9525).

The rule: each check that failed is told with what the certificate itself says (whose it is, until when, for which
names), and is advised about for itself: a new date mends no name, and a CA no date.
"""

import datetime
from collections.abc import Iterable
from dataclasses import replace

from sockscope.record.certificate import UNREADABLE, Certificate
from sockscope.record.finding import ChainSeen, Check, Finding
from sockscope.show.explain.explanation import UNVERIFIED, Explanation
from sockscope.show.explain.secure import asked_by_us
from sockscope.show.explain.situation import Situation
from sockscope.show.units import plural

_NAMES_SHOWN = 5
_CHECKS_SHOWN = 3


def not_trusted(situation: Situation, base: Explanation) -> Explanation:
    """Say every check that failed, each with its certificate, and what mends it."""
    ours = asked_by_us(situation)
    base = replace(base, action=UNVERIFIED) if ours else base
    seen = situation.found(ChainSeen)
    if seen is None or not seen.failed:
        return base
    shown = seen.failed[:_CHECKS_SHOWN]
    told = "; ".join(check_words(seen, check) for check in shown)
    more = f"; and {len(seen.failed) - _CHECKS_SHOWN} more" if len(seen.failed) > _CHECKS_SHOWN else ""
    advice = " ".join(dict.fromkeys(_advice(seen, check) for check in shown))
    if len(seen.failed) > 1 and "--ca" in advice:
        advice = f"{advice} What --ca mends is trust alone, not the rest."
    alone = " All other checks passed." if len(seen.failed) == 1 and _others_passed(seen) else ""
    meaning = f"The peer's certificate did not pass our check: {told}{more}.{alone}"
    return replace(base, meaning=meaning, advice=advice)


def _others_passed(seen: ChainSeen) -> bool:
    """Whether each other check could be made, so that nothing else has to be mended."""
    return len(seen.checks) > 1 and all(check.passed is not None for check in seen.checks)


def known_checks(findings: Iterable[Finding]) -> bool:
    """Whether it is known which checks were not passed."""
    return any(isinstance(one, ChainSeen) and one.failed for one in findings)


def check_words(seen: ChainSeen, check: Check) -> str:
    """Say what a check found wrong, and with which certificate of how many."""
    one, count = seen.certificates[check.certificate], len(seen.certificates)
    place = f"certificate {check.certificate + 1} of {count}" if count > 1 else "it"
    subject = f"{place} ({one.subject or 'no subject'})"
    match check.name:
        case "valid now":
            return f"{subject} {_dates(one)}"
        case "name":
            names = ", ".join(one.names[:_NAMES_SHOWN]) or "no name at all"
            more = f" and {len(one.names) - _NAMES_SHOWN} more" if len(one.names) > _NAMES_SHOWN else ""
            return f"{subject} is made for {names}{more}, and we asked for {seen.server_name}"
        case "for servers":
            return f"{subject} is not made for servers"
        case "may issue":
            return f"{subject} is not one of a CA, and may not issue others"
        case "strong":
            return f"{subject} has a key or a signature that is weak ({one.key})"
        case "issued by the next":
            return f"{subject} was not issued by the next one, but by {one.issuer}"
        case "leads to a trusted one":
            if one.self_issued:
                return f"{subject} is self-signed, and not one that we trust"
            return f"{subject} was issued by {one.issuer}, which we do not trust or do not have"
    return f"{subject} cannot be read"


def _dates(one: Certificate) -> str:
    """Say since when it is no longer valid, or when it will be."""
    if not _expired(one):
        return f"is not valid before {one.not_before}"
    days = (_now() - datetime.datetime.fromisoformat(one.not_after.removesuffix(" UTC"))).days
    ago = f", {plural(days, 'day')} ago" if days else ""
    return f"expired on {one.not_after}{ago}"


def _expired(one: Certificate) -> bool:
    """Compare the times as they are written, which is in their order (ISO 8601)."""
    return one.not_after != UNREADABLE and one.not_after < _now().isoformat(" ", "seconds")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def _advice(seen: ChainSeen, check: Check) -> str:
    one = seen.certificates[check.certificate]
    match check.name:
        case "valid now" if _expired(one):
            return "Its owner must renew it (or is the clock of this machine wrong?)."
        case "valid now":
            return "See whether the clock of this machine is right; else wait, or have its owner replace it."
        case "name":
            return _another_name(one)
        case "leads to a trusted one" if one.self_issued:
            return "If you know it to be the right one, trust it: give its file by --ca, or in o."
        case "leads to a trusted one":
            return (
                f"Add the certificate of {one.issuer} to those of --ca (or in o); if it is no CA of its own, the peer"
                " has to send it along."
            )
        case "issued by the next":
            return "The peer has to send its chain whole and in order."
    return "Its owner must replace it."


def _another_name(one: Certificate) -> str:
    """Name one that can be asked for; a wildcard is none."""
    name = next((name for name in one.names if "*" not in name), "")
    if not one.names:
        return "Its owner must have one made with that name."
    ask = f"--server-name {name or 'NAME'}, or in o"
    return f"Ask for a name that it has ({ask}), or see whether this is the machine meant."
