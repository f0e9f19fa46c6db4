"""What each outcome of asking a DNS server means and what to try next.

The rule: the names are those of RFC 1035, 4.1.1 (rcodes) where there is one, else our own. What a server said is told
apart from what came of the way to it.
"""

import errno

from sockscope.net.error_name import OWN_TIMEOUT
from sockscope.show.explain.errors import explain
from sockscope.show.explain.explanation import Explanation

_BAD_MESSAGE = "Ask it again; compare with another server, and look for something in between that changes messages."

_KNOWN = {
    "NXDOMAIN": (
        "no such name",
        "The server says that this name does not exist, for no type at all.",
        "Check the spelling. No search list is used here: give the full name with its domain.",
    ),
    "NODATA": (
        "no such record",
        "The name exists, but has no record of this type (NOERROR without an answer).",
        "Ask for another type.",
    ),
    "SERVFAIL": (
        "server failed",
        "The server could not find out: the servers that it asks are silent or wrong, or DNSSEC failed.",
        "Ask another server; try again later.",
    ),
    "REFUSED": (
        "refused",
        "The server does not want to answer this: it serves other clients, or other zones.",
        "Ask a resolver that is meant for this machine, or the servers of that zone.",
    ),
    "FORMERR": (
        "not understood",
        "The server says that it cannot read the query; some old ones do so of EDNS.",
        "Ask another server.",
    ),
    "NOTIMP": ("not offered", "The server does not offer this kind of query.", "Ask for another type."),
    "NOTAUTH": ("not its zone", "The server says that it is not responsible for this zone.", "Ask its own servers."),
    "BADVERS": ("EDNS too new", "The server does not speak our version of EDNS.", "Ask another server."),
    "CNAME_LOOP": (
        "CNAME loop",
        "The CNAMEs lead back to a name that was there before, so there is never an address.",
        "One of these CNAMEs has to be changed by whoever keeps the zone.",
    ),
    "CNAME_CHAIN": (
        "endless CNAMEs",
        "More than 16 CNAMEs follow one another, which resolvers give up on.",
        "Point the first name nearer to the last one.",
    ),
    "CNAME_ONLY": (
        "CNAME only",
        "The name is an alias, and this server does not say what is at its end.",
        "Ask for the last name of the chain, or ask a resolver, which follows CNAMEs.",
    ),
    "REFERRAL": (
        "referral",
        "The server does not know, but names the servers that might.",
        "Ask one of those, or a resolver, which does that by itself.",
    ),
    OWN_TIMEOUT: (
        "no answer",
        "Nothing came back in time: no DNS server there, or a firewall that drops packets.",
        "Check the address and port; ask another server.",
    ),
    "ECONNREFUSED": (
        "refused",
        "The machine answered that nobody has this port (ICMP by UDP, RST by TCP).",
        "Check that a DNS server runs there, and on which port.",
    ),
    "ECONNRESET": ("reset", "The server aborted the connection (RST).", "Its log may say why."),
    "EPIPE": ("closed", "The server closed the connection before it had the query.", "Its log may say why."),
    "TOO_SHORT": (
        "not DNS",
        "What came is shorter than the header of a DNS message (12 bytes).",
        "The port may belong to another program.",
    ),
    "WRONG_ID": (
        "wrong id",
        "Only replies came whose id is not that of the query.",
        "Late replies to others, or somebody who guesses; ask again.",
    ),
    "NOT_A_REPLY": (
        "no reply",
        "What came is a DNS message, but no reply to a query (no QR bit, or another opcode).",
        "The port may send back whatever it gets (echo).",
    ),
    "WRONG_QUESTION": (
        "other question",
        "What came answers another question than ours.",
        "Something in between may change names; compare with another server.",
    ),
    "CUT_OFF": ("cut off", "The message ends before it is complete.", _BAD_MESSAGE),
    "MALFORMED": ("malformed", "The message breaks the rules for DNS messages.", _BAD_MESSAGE),
    "BAD_LENGTH": (
        "bad length",
        "By TCP a length stands before each message; this one is shorter than any message is.",
        "The port may belong to another program.",
    ),
    "CLOSED_EARLY": (
        "closed early",
        "The server closed the TCP connection before the whole message had come.",
        "Its log may say why; ask another server.",
    ),
    "BAD_SERVER": (
        "no address",
        "What stands there as a name server is no address.",
        "Correct the line in /etc/resolv.conf.",
    ),
}


def explain_dns(name: str) -> Explanation:
    """Explain why a DNS query gave no records, by the error of its `Query`."""
    if name in _KNOWN:
        return Explanation(name, *_KNOWN[name])
    if hasattr(errno, name):
        return explain(name)
    return Explanation(name, name, "The server answers with this code instead of records.", "Ask another server.")
