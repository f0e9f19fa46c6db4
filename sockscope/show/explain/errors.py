"""Errors in plain words: what each means and what to try next.

The rule: an explanation says what the kernel or the resolver reported and nothing it cannot know; the name
of the error stays visible, because that is what people search for.
"""

import errno
import os

from sockscope.net.error_name import OWN_TIMEOUT, RESOLVER_TIMEOUT
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.resolver import NAMES
from sockscope.show.explain.tls import TLS

_UNREACHABLE = "unreachable"

UNKNOWN = "An error without an explanation yet."
"""What is said of a name that nobody has met."""

_KNOWN = {
    "ECONNREFUSED": (
        "refused",
        "The machine, or a firewall in its place, answered that nobody listens at this port.",
        "Start the server, or check the port.",
    ),
    "EHOSTUNREACH": (
        _UNREACHABLE,
        "A router or this machine says that the host cannot be reached.",
        "Check the address, the route and the firewall.",
    ),
    "ENETUNREACH": (
        _UNREACHABLE,
        "This machine has no route to that network.",
        "Check that the network is up; try the other address family.",
    ),
    "ETIMEDOUT": (
        "timed out",
        "What was sent had no answer until the kernel gave up.",
        "The peer may be gone, a firewall may drop the packets, or the address is wrong.",
    ),
    OWN_TIMEOUT: (
        "timed out",
        "Nothing answered before our own time limit ran out.",
        "That machine may be off, a firewall may drop the packets, or the address is wrong; --timeout waits longer.",
    ),
    RESOLVER_TIMEOUT: (
        RESOLVER_TIMEOUT,
        "The resolver had not answered when our own time limit ran out; the name may well exist.",
        "Ask a server itself whether it answers (F2, NAME @SERVER); check /etc/resolv.conf; --timeout waits longer.",
    ),
    "EADDRINUSE": (
        "address in use",
        "Another socket already holds this address and port.",
        "Choose another port, port 0 for any free one, or stop the other program.",
    ),
    "EADDRNOTAVAIL": (
        "not our address",
        "The address does not belong to this machine.",
        "Use an address of this machine, such as 127.0.0.1.",
    ),
    "EACCES": (
        "permission denied",
        "The system does not allow this.",
        "Use another address, or more privileges; to send to a broadcast address, set the option BROADCAST.",
    ),
    "EPERM": (
        "not permitted",
        "The system's rules (a firewall, perhaps) forbid this.",
        "Check the local firewall and privileges.",
    ),
    "EMFILE": (
        "out of descriptors",
        "This program holds as many descriptors as it may.",
        "Close some conversations, or raise the limit (ulimit -n).",
    ),
    "ENFILE": (
        "out of descriptors",
        "The whole system is out of descriptors.",
        "Close programs, or raise fs.file-max.",
    ),
    "ECONNRESET": ("reset by peer", "The peer aborted the connection (RST).", "Its log may say why."),
    "EPIPE": ("broken pipe", "We sent after the connection had ended.", "Connect again."),
    "EINVAL": (
        "invalid",
        "The kernel rejects an argument, such as a link-local address without its scope (fe80::1%eth0).",
        "Check the address.",
    ),
    "EAFNOSUPPORT": (
        "family unsupported",
        "This system does not offer that address family.",
        "Try the other one (-4 or -6).",
    ),
    "EMSGSIZE": (
        "too big",
        "The datagram is larger than the protocol or the path allows.",
        "Send less at a time: UDP carries 65507 bytes at most over IPv4.",
    ),
    "EDESTADDRREQ": (
        "no destination",
        "The socket is not connected and no destination was given.",
        "Give a destination, or connect.",
    ),
    "EAGAIN": (
        "not now",
        "It cannot be done at this moment.",
        "Try again.",
    ),
    "ENOSPC": (
        "no room",
        "The kernel watches no more descriptors for this user (epoll).",
        "Close some conversations, or raise fs.epoll.max_user_watches.",
    ),
    "EPROTOTYPE": (
        "wrong type",
        "The UNIX socket at that path is of the other type: stream or datagram.",
        "Use the type that it has.",
    ),
    "ENOENT": ("no such path", "There is no UNIX socket at that path.", "Start the server, or check the path."),
    "ENOTDIR": ("no such path", "A part of the path is no directory.", "Check the path."),
    "EOPNOTSUPP": (
        "not supported",
        "This kind of socket cannot do that.",
        "Use the type of socket that can: only streams listen.",
    ),
    "ENOBUFS": (
        "out of buffers",
        "The queue or the kernel's memory for it is full.",
        "Send less, or wait until the peer takes more.",
    ),
    "ENOMEM": ("out of memory", "The kernel has no memory left for this.", "Close something, or send less at a time."),
    "ENODEV": (
        "no interface",
        "There is no such network interface, or none with an address of that kind.",
        "Check its name (ip link).",
    ),
    "EPROTONOSUPPORT": (
        "protocol unknown",
        "The protocol does not fit the type of socket, or is not offered here.",
        "Leave the protocol to the system (0).",
    ),
    "ESOCKTNOSUPPORT": (
        "type unknown",
        "This system does not offer that type of socket.",
        "Use a stream or a datagram socket.",
    ),
    "EINPROGRESS": (
        "connecting",
        "The kernel is connecting: the call returned at once, and getsockopt(SO_ERROR) tells what came of it.",
        "Wait for the answer; where none comes, see why the other side is silent.",
    ),
    "EALREADY": (
        "connecting already",
        "This socket is connecting already, and has no answer yet.",
        "Wait for the first answer.",
    ),
    "EISCONN": ("connected already", "The socket is connected already.", "Use a new socket."),
    "ENOTCONN": ("not connected", "There is no connection, or no longer.", "Connect first."),
    "EBADF": ("closed", "The descriptor was closed before.", "Open it again."),
    "ENOTSOCK": (
        "no socket",
        "The descriptor belongs to something else than a socket.",
        "Check which descriptor it is.",
    ),
    "ENOPROTOOPT": (
        "option unknown",
        "The protocol does not know this socket option.",
        "Leave it out, or set it on a socket that has it.",
    ),
    "ECONNABORTED": (
        "aborted",
        "The connection was ended before it could be used: a client had gone before it was accepted.",
        "Nothing to do: the others are accepted.",
    ),
    **NAMES,
    **TLS,
}


_LOCAL = {
    "EAGAIN": (
        "queue full",
        "The listener's queue is full.",
        "Try again, or see why the listener accepts nobody.",
    ),
    "ECONNREFUSED": (
        "refused",
        "Nobody listens at that path: it was left behind, or its server is not ready.",
        "Start the server, which makes it anew.",
    ),
    "ECONNRESET": (
        "closed unread",
        "The peer closed without having read all that we sent.",
        "Its log may say why.",
    ),
    "EACCES": (
        "permission denied",
        "This user may not write to the socket, or not search a folder before it.",
        "Look at the permissions of the path (ls -l).",
    ),
}
_ABSTRACT = {
    "ECONNREFUSED": (
        "refused",
        "Nobody listens under that abstract name, which ends with its socket.",
        "Start the server, or check the name.",
    ),
    "EADDRINUSE": (
        "name in use",
        "Another socket has that abstract name.",
        "Choose another name, or stop the other program.",
    ),
}
_CONNECT = {
    "EADDRNOTAVAIL": (
        "no local address",
        "No local port is free for that peer, or this machine has no address of that family.",
        "Close some connections, or wait until those in TIME_WAIT are over; check that the family is switched on.",
    ),
    "EAGAIN": (
        "no local port",
        "Every local port that could be chosen is taken.",
        "Close some connections, or wait until those in TIME_WAIT are over.",
    ),
}
_FOUR_TAKEN = (
    "connection exists",
    "A connection between these two addresses and ports exists already, or ended a moment ago (TIME_WAIT).",
    "Connect from another port, or wait a minute.",
)
_NO_FREE_PORT = ("no free port", "The system has no free port left to choose.", "Close something, or choose a port.")
_LOCAL_BIND = {
    "EADDRINUSE": (
        "path in use",
        "Something is at that path already, or another socket has that name.",
        "Choose another path, or stop the other program.",
    ),
    "ENOENT": ("no such folder", "The folder of that path does not exist.", "Make it, or choose another path."),
    "EACCES": ("permission denied", "This user may not make a file in that folder.", "Choose another folder."),
}


def explain(name: str, *, local: bool = False, abstract: bool = False) -> Explanation:
    """Explain an error by its errno, EAI_ or own name; an unknown one gets the system's own sentence.

    With `local` it is of a UNIX socket, which has a path and no port, with `abstract` a name that is no path.
    """
    if abstract and name in _ABSTRACT:
        return Explanation(name, *_ABSTRACT[name])
    if local and name in _LOCAL:
        return Explanation(name, *_LOCAL[name])
    if name in _KNOWN:
        return Explanation(name, *_KNOWN[name])
    number = getattr(errno, name, None)
    meaning = os.strerror(number) + "." if isinstance(number, int) else UNKNOWN
    return Explanation(name, name, meaning, "")


def explain_connect(name: str, *, local: bool = False, abstract: bool = False, bound: bool = False) -> Explanation:
    """Explain why connect(2) failed; `bound` is whether the socket had been given an address of ours before."""
    if bound and name == "EADDRNOTAVAIL":
        return Explanation(name, *_FOUR_TAKEN)
    if not local and name in _CONNECT:
        return Explanation(name, *_CONNECT[name])
    return explain(name, local=local, abstract=abstract)


def explain_bind(name: str, port: int, *, local: bool = False, abstract: bool = False) -> Explanation:
    """Explain why a socket could not have its port, or with `local` its path or name."""
    if abstract and name in _ABSTRACT:
        return Explanation(name, *_ABSTRACT[name])
    if local and name in _LOCAL_BIND:
        return Explanation(name, *_LOCAL_BIND[name])
    if name == "EADDRINUSE" and not port and not local:
        return Explanation(name, *_NO_FREE_PORT)
    return explain(name)
