"""Settings of the program as a whole: what bounds the engine, and whose the mouse is."""

from sockscope.request.parse import NO, YES, YES_NO, seconds, size, yes
from sockscope.request.setting import Flag, For, Group, Setting

MIB = 1024 * 1024

TIMEOUT = Setting(
    name="timeout",
    label="timeout",
    help="How long a connect may take.",
    requests=(For.PROGRAM,),
    parse=seconds,
    default=10.0,
    text="10",
    unit="seconds",
    flags=(Flag(("-w", "--timeout"), "seconds for a connect (10)", metavar="S"),),
)
HISTORY = Setting(
    name="history",
    label="history",
    help="How much of what moved is kept in all.",
    requests=(For.PROGRAM,),
    parse=size,
    default=256 * MIB,
    text="256M",
    group=Group.PROGRAM,
    unit="bytes",
    flags=(Flag(("--history",), "history in all, as 256M or 1G (256M)", metavar="SIZE"),),
)
HISTORY_EACH = Setting(
    name="history_each",
    label="history of each",
    help="How much of one conversation is kept.",
    requests=(For.PROGRAM,),
    parse=size,
    default=64 * MIB,
    text="64M",
    group=Group.PROGRAM,
    unit="bytes",
    flags=(Flag(("--history-each",), "history of one conversation (64M)", metavar="SIZE"),),
)
MOUSE = Setting(
    name="mouse",
    label="mouse",
    help="Whether the mouse is ours; where it is not, the terminal selects with it as always.",
    requests=(For.PROGRAM,),
    parse=yes,
    default=True,
    text=YES,
    group=Group.PROGRAM,
    choices=YES_NO,
    flags=(Flag(("--no-mouse",), "leave the mouse to the terminal (F8 gives and takes it)", const=NO),),
)

SETTINGS = (TIMEOUT, HISTORY, HISTORY_EACH, MOUSE)
