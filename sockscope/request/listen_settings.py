"""Settings of a listener: what clients are answered, and how they are taken."""

from sockscope.request.answers import RESPONDERS, WHEN
from sockscope.request.parse import NO, YES, YES_NO, idle_seconds, is_second, one_of, path, yes
from sockscope.request.setting import STREAMS, Flag, For, Group, Setting

ALL_AT_ONCE, ONE_AT_A_TIME = "all at once", "one at a time"
CLOSE, KEEP = "close", "keep"


def _answer(text: str) -> str:
    if text not in RESPONDERS:
        raise ValueError("a listener can answer with " + ", ".join(RESPONDERS))
    return text


ANSWER = Setting(
    name="answer",
    label="answer",
    help="What clients are answered: the time (RFC 868), words (each behind its length), a chat, and more.",
    requests=(For.LISTEN,),
    parse=_answer,
    default="none",
    text="none",
    group=Group.LISTENING,
    choices=RESPONDERS,
    flags=(
        Flag(("-e", "--echo"), "send everything back", const="echo"),
        Flag(("--answer",), f"{', '.join(RESPONDERS[:-1])} or {RESPONDERS[-1]}", metavar="WHAT"),
    ),
    heading="answers",
    at_once=True,
)
REPLY = Setting(
    name="reply",
    label="reply",
    help=r"For canned: \r \n \xNN, and \1 … \9 or \& for what the expression found.",
    requests=(For.LISTEN,),
    parse=str,  # read as a payload where the answer is canned: see `listen`
    default="",
    group=Group.LISTENING,
    flags=(Flag(("--reply",), r"a canned reply, as 'hello\r\n'", metavar="TEXT"),),
    implies=("answer", "canned"),
    heading="answers",
    at_once=True,
)
REPLY_ON = Setting(
    name="reply_on",
    label="reply on",
    help="When to give the canned reply.",
    requests=(For.LISTEN,),
    parse=one_of(WHEN, "a canned reply is sent on what arrives, which"),
    default="arrival",
    text="arrival",
    group=Group.LISTENING,
    choices=WHEN,
    heading="answers",
    at_once=True,
)
PATTERN = Setting(
    name="pattern",
    label="text/expression",
    help="What has to arrive: a text with escapes, or a regular expression.",
    requests=(For.LISTEN,),
    parse=str,
    default="",
    group=Group.LISTENING,
    heading="answers",
    at_once=True,
)
FILE = Setting(
    name="file",
    label="file",
    help="For file: what each client gets.",
    requests=(For.LISTEN,),
    parse=path,
    default="",
    group=Group.LISTENING,
    flags=(Flag(("--file",), "what each client gets, with --answer file", metavar="PATH"),),
    implies=("answer", "file"),
    heading="answers",
    at_once=True,
)
AT_EOF = Setting(
    name="at_eof",
    label="at EOF",
    help="When a client finished: close our side too, or keep it open.",
    requests=(For.LISTEN,),
    parse=is_second((CLOSE, KEEP), "our side, when a client finished,"),
    default=False,
    text=CLOSE,
    group=Group.LISTENING,
    choices=(CLOSE, KEEP),
    heading="clients",
    at_once=True,
    kinds=STREAMS,
)
ACCEPTING = Setting(
    name="accepting",
    label="accept",
    help="Without it connections are completed, and wait in the queue.",
    requests=(For.LISTEN,),
    parse=yes,
    default=True,
    text=YES,
    group=Group.LISTENING,
    choices=YES_NO,
    flags=(Flag(("--no-accept",), "let clients wait in the queue", const=NO),),
    note="accept:",
    heading="clients",
    at_once=True,
    kinds=STREAMS,
)
CLIENTS = Setting(
    name="clients",
    label="take them",
    help="One at a time shows who has to wait.",
    requests=(For.LISTEN,),
    parse=is_second((ALL_AT_ONCE, ONE_AT_A_TIME), "clients"),
    default=False,
    text=ALL_AT_ONCE,
    group=Group.LISTENING,
    choices=(ALL_AT_ONCE, ONE_AT_A_TIME),
    flags=(Flag(("--one",), "one client at a time", const=ONE_AT_A_TIME),),
    heading="clients",
    at_once=True,
    kinds=STREAMS,
)
IDLE = Setting(
    name="idle",
    label="close idle after",
    help="Seconds of silence after which a client is closed; empty for never.",
    requests=(For.LISTEN,),
    parse=idle_seconds,
    default=0.0,
    group=Group.LISTENING,
    unit="seconds",
    flags=(Flag(("-i", "--idle"), "close clients that are silent for so many seconds", metavar="S"),),
    heading="clients",
)
RELAY = Setting(
    name="relay",
    label="relay to",
    help="Pass everything on to there, and what comes back.",
    requests=(For.LISTEN,),
    parse=str,  # a request of its own: see `listen`
    default="",
    group=Group.LISTENING,
    example="host:port, tls://…",
    flags=(Flag(("--relay",), "pass everything on to an address, and back what it answers", metavar="TARGET"),),
    heading="answers",
)

ANSWERING = (ANSWER, REPLY, REPLY_ON, PATTERN, FILE, AT_EOF, ACCEPTING, CLIENTS, IDLE)
