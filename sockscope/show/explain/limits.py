"""What has run out, or is too large, with the numbers of this machine."""

from dataclasses import replace

from sockscope.record.finding import NET_RAW, DatagramRoom, Descriptors, Memory, Privileges
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.situation import Situation
from sockscope.show.units import plural, size


def descriptors(situation: Situation, base: Explanation) -> Explanation:
    """Say how many descriptors are open, and how many may be."""
    if not (found := situation.found(Descriptors)):
        return base
    if situation.error == "ENFILE":
        if found.system_used is None or found.system_limit is None:
            return base
        meaning = f"All programs have {found.system_used:,} of {found.system_limit:,} files open (fs.file-max)."
        return replace(base, meaning=meaning)
    used = f"has {found.used:,} open and" if found.used is not None else ""
    meaning = f"This program {used} may have {plural(found.limit, 'descriptor')} (RLIMIT_NOFILE).".replace("  ", " ")
    raised = f" up to {found.hard_limit:,} without privileges" if found.hard_limit > found.limit else ""
    advice = f"Close some conversations, or raise the limit{raised} (ulimit -n) before starting."
    return replace(base, meaning=meaning, advice=advice)


def memory(situation: Situation, base: Explanation) -> Explanation:
    """Say what memory the machine has left, and what a buffer may have."""
    found = situation.found(Memory)
    if found is None or found.available_bytes is None:
        return base
    buffers = f", and a send buffer may have {size(found.most_buffer_bytes)}" if found.most_buffer_bytes else ""
    left = f"The machine has {size(found.available_bytes)} of memory left{buffers}."
    return replace(base, meaning=f"{base.meaning} {left}")


def too_big(situation: Situation, base: Explanation) -> Explanation:
    """Say how large a datagram may be there, and how large this one was."""
    asked = next((one for one in (situation.call.arguments if situation.call else ()) if isinstance(one, int)), 0)
    ours = f"It had {plural(asked, 'byte')}." if asked else ""
    if situation.local:
        meaning = f"{ours} A UNIX datagram has to fit into the send buffer (SNDBUF).".strip()
        return replace(base, meaning=meaning, advice="Send less at a time, or set a larger SNDBUF (d).")
    room = situation.found(DatagramRoom)
    if room is None or room.most_bytes is None:
        return replace(base, meaning=f"{base.meaning} {ours}".strip())
    packet = ""
    if room.path_mtu_bytes and room.path_mtu_bytes < room.most_bytes:
        packet = f" Even that goes in fragments: one packet to there has {room.path_mtu_bytes:,} bytes with headers."
    meaning = f"{ours} A UDP datagram to there carries {room.most_bytes:,} bytes at most.{packet}".strip()
    advice = "Nothing was sent: send it in pieces (a file goes in pieces by itself), or by TCP."
    return replace(base, meaning=meaning, advice=advice)


def not_permitted(situation: Situation, base: Explanation) -> Explanation:
    """Say what we may not, of a call that asks for no address."""
    may = situation.found(Privileges)
    if may is None or situation.name != "socket":
        return base
    lacks = " without the capability CAP_NET_RAW" if may.has(NET_RAW) is False else ""
    meaning = f"This program runs as {may.user}{lacks}, and such a socket is for privileged programs."
    return replace(base, meaning=meaning, advice="Run it with that capability, or use another type of socket.")
