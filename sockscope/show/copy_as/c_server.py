"""How a server in C answers: one function that serves a socket, and one for a client.

The rule: `answer` says what is sent on arrival and for what came, as the responder of the listener does.
"""

import os

from sockscope.request.answers import Answers
from sockscope.show.copy_as.literals import c_bytes
from sockscope.show.copy_as.python_answers import reply_of
from sockscope.show.copy_as.script import CannotSay, Server

ANSWERS = ("none", "echo", "canned", "file", "time")
"""What can be answered."""

_SEND = """
static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            return;
        data += sent;
        size -= sent;
    }
}
"""
_CLIENT = """
static void answer(int fd)
{{
    static char room[65536];
    ssize_t got;
{arrival}    while ((got = recv(fd, room, sizeof room, 0)) > 0) {{
{received}    }}
}}
"""
_SERVE = """
static void serve(int fd)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            continue;
        if (fork() == 0) {
            close(fd);
            answer(client);
            _exit(0);
        }
        close(client);
    }
}
"""
_SERVE_ONE = """
static void serve(int fd)
{
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            continue;
        answer(client);
        close(client);
    }
}
"""
_SERVE_DATAGRAMS = """
static void serve(int fd)
{{
    static char room[65536];
    for (;;) {{
        struct address peer = {{.size = sizeof peer.as}};
        ssize_t got = recvfrom(fd, room, sizeof room, 0, &peer.as.any, &peer.size);
        if (got < 0 || peer.size <= sizeof(sa_family_t))
            continue;
{received}    }}
}}
"""
_CONTENT_OF_FILE = """\
    FILE *file = fopen({path}, "rb");
    if (!file)
        return;
    for (size_t size; (size = fread(room, 1, sizeof room, file)) > 0;)
        send_all(fd, room, size);
    fclose(file);
    shutdown(fd, SHUT_WR);
"""
_TEXT = """
static void answer(int fd)
{{
    static const char pattern[] = {pattern}, reply[] = {reply};
    static char room[2 * 65536];
    const size_t length = sizeof pattern - 1;
    size_t kept = 0;
    ssize_t got;
    while ((got = recv(fd, room + kept, 65536, 0)) > 0) {{
        char *at = room, *end = room + kept + got, *hit;
        while ((hit = memmem(at, end - at, pattern, length))) {{
            send_all(fd, reply, sizeof reply - 1);
            at = hit + length;
        }}
        kept = (size_t)(end - at) < length ? (size_t)(end - at) : length - 1;
        memmove(room, end - kept, kept);
    }}
}}
"""
_TEXT_OF_DATAGRAM = """\
        static const char pattern[] = {pattern}, reply[] = {reply};
        static char replies[65536];
        size_t size = 0, found = 0;
        for (char *at = room, *hit; (hit = memmem(at, room + got - at, pattern, sizeof pattern - 1)); found++) {{
            if (size + sizeof reply - 1 <= sizeof replies)
                memcpy(replies + size, reply, sizeof reply - 1);
            size += sizeof reply - 1;
            at = hit + sizeof pattern - 1;
        }}
        if (found > 0 && size <= sizeof replies)
            sendto(fd, replies, size, 0, &peer.as.any, peer.size);
"""
_TIME = """\
        uint32_t seconds = htonl((uint32_t)(time(NULL) + 2208988800u)); /* since 1900 (RFC 868) */
"""


def answering(script: Server, datagrams: bool) -> list[str]:
    """Return the functions that answer. Raise CannotSay."""
    answers = script.answers
    if answers.kind not in ANSWERS:
        raise CannotSay(f"answering with {answers.kind} is too long for a copy in C: take Python")
    if datagrams:
        return [_SERVE_DATAGRAMS.format(received=_of_datagram(answers))]
    client = _answer(answers)
    return [*([_SEND] if "send_all" in client else []), client, _SERVE_ONE if script.one_at_a_time else _SERVE]


def _answer(answers: Answers) -> str:
    """Write the function that answers one client."""
    if answers.kind == "canned" and answers.when == "text":
        return _TEXT.format(pattern=c_bytes(answers.pattern, _IN), reply=c_bytes(reply_of(answers), _IN))
    arrival, received = "", "        ;\n"
    match answers.kind:
        case "echo":
            received = "        send_all(fd, room, got);\n"
        case "canned":
            reply = reply_of(answers)
            arrival = f"    send_all(fd, {c_bytes(reply, _IN)}, {len(reply)});\n"
        case "file":
            arrival = _CONTENT_OF_FILE.format(path=c_bytes(os.fsencode(str(answers.file or ""))))
        case "time":
            arrival = _TIME.replace("        ", "    ", 1) + _SEND_TIME
    return _CLIENT.format(arrival=arrival, received=received)


_IN = "    "
_SEND_TIME = "    send_all(fd, (const char *)&seconds, sizeof seconds);\n    shutdown(fd, SHUT_WR);\n"


def _of_datagram(answers: Answers) -> str:
    """Write what is done with a datagram. Raise CannotSay."""
    match answers.kind:
        case "echo":
            return "        sendto(fd, room, got, 0, &peer.as.any, peer.size);\n"
        case "time":
            return _TIME + "        sendto(fd, &seconds, sizeof seconds, 0, &peer.as.any, peer.size);\n"
        case "canned" if answers.when == "arrival":
            raise CannotSay("a reply to the first datagram of a peer alone is too long for a copy in C: take Python")
        case "canned":
            pattern, reply = c_bytes(answers.pattern, _IN * 3), c_bytes(reply_of(answers), _IN * 3)
            return _TEXT_OF_DATAGRAM.format(pattern=pattern, reply=reply)
    return ""
