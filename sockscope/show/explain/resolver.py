"""What each failure of getaddrinfo(3) and getnameinfo(3) means and what to try next: rows of `explain`.

The rule: EAI_AGAIN is said of silence, SERVFAIL and REFUSED alike, and nothing here pretends to know which it was.
"""

from sockscope.net.error_name import NOT_UTF8

_NOT_FOUND = "not found"

NAMES = {
    "EAI_NONAME": (
        _NOT_FOUND,
        "No such name: nobody who was asked knows it, or it is no address in numbers where only that was allowed.",
        "Check the spelling; try the full name with its domain; ask for it in Resolve (F2): 5 shows the sources, 6 what"
        " DNS says.",
    ),
    "EAI_NODATA": (
        "no address",
        "The name exists but has no address of the family asked for.",
        "Ask for any family; the name may have other records only, such as MX.",
    ),
    "EAI_AGAIN": (
        "no answer",
        "The resolver gave no usable answer: silence, or its server failed (SERVFAIL) or refused (REFUSED);"
        " getaddrinfo does not tell which.",
        "Try again; check the network and the servers in /etc/resolv.conf; ask one itself to see what it says (F2, NAME"
        " @SERVER).",
    ),
    "EAI_FAIL": (
        "resolver failed",
        "The resolver got an answer that it cannot use, such as a format error, and trying again will not help.",
        "Ask the servers of /etc/resolv.conf directly to see what they say; try another server.",
    ),
    "EAI_FAMILY": (
        "other family",
        "This address family is not supported here.",
        "Ask for any family.",
    ),
    "EAI_ADDRFAMILY": (
        "other family",
        "The address is of another family than asked for, or the name has none of that family.",
        "Ask for any family.",
    ),
    "EAI_SERVICE": (
        "service unknown",
        "The service name is not known for this socket type.",
        "Give the port as a number; names are those of /etc/services.",
    ),
    "EAI_SOCKTYPE": (
        "type unknown",
        "The resolver does not know this socket type, or it does not go with the protocol.",
        "Ask for any type or any protocol; TCP is for streams, UDP for datagrams.",
    ),
    "EAI_BADFLAGS": (
        "bad flags",
        "The flags contradict each other or the name: CANONNAME, for one, needs a name.",
        "Leave flags out.",
    ),
    "EAI_MEMORY": (
        "out of memory",
        "The resolver had no memory left for the answer.",
        "Close something, and try again.",
    ),
    "EAI_SYSTEM": (
        "system error",
        "A call of the system failed while the resolver worked.",
        "Try again; the errno beside it tells more where there is one.",
    ),
    "EAI_OVERFLOW": (
        "name too long",
        "A name in the answer is longer than the room for it.",
        "Ask for the address in numbers.",
    ),
    NOT_UTF8: (
        "not in UTF-8",
        "There is an answer, but a name in it is not written in UTF-8, so that Python cannot give it.",
        "Leave CANONNAME out; look for the name in /etc/hosts.",
    ),
    "EAI_IDN_ENCODE": (
        "no IDNA form",
        "The name cannot be written in ASCII by IDNA 2008: a letter is not allowed, or a label gets too long.",
        "Check the spelling; leave AI_IDN out to have it written by IDNA 2003.",
    ),
}
