"""Settings of the sockets themselves."""

from sockscope.net.hint import FAMILIES
from sockscope.request.parse import NO, YES, YES_NO, number, one_of, words, yes
from sockscope.request.setting import DATAGRAMS, INTERNET, STREAMS, Flag, For, Group, Setting

BACKLOG = 4096
"""What listen(2) is asked for where nobody says otherwise; the kernel caps it at net.core.somaxconn."""

_IPV4 = Flag(("-4",), "IPv4 only", const="IPv4")
_IPV6 = Flag(("-6",), "IPv6 only", const="IPv6")
_DUAL = Flag(("--dual",), "one IPv6 socket for IPv4 too, at *", const="dual")
FAMILY_FLAGS = (_IPV4, _IPV6)

_OPTION_FLAGS = (
    Flag(("-O", "--option"), "a socket option, as NODELAY=on", metavar="NAME=VALUE", appends=True),
    Flag(("-b", "--broadcast"), "the option BROADCAST=on, for datagrams", const="BROADCAST=on", appends=True),
)
_OPTIONS_EXAMPLE = "NODELAY=on KEEPALIVE=on SNDBUF=65536"

_FAMILIES = tuple(FAMILIES)
_FAMILIES_DUAL = (*_FAMILIES, "dual")

CONNECT_FAMILY = Setting(
    name="family",
    label="family",
    help="Which addresses of a name are tried.",
    requests=(For.CONNECT,),
    parse=one_of(_FAMILIES, "the family of addresses"),
    default="any",
    text="any",
    group=Group.ADDRESS,
    choices=_FAMILIES,
    flags=FAMILY_FLAGS,
    heading="address",
    kinds=INTERNET,
)
LISTEN_FAMILY = Setting(
    name="family",
    label="family",
    help="dual is one IPv6 socket for IPv4 too, at * only.",
    requests=(For.LISTEN,),
    parse=one_of(_FAMILIES_DUAL, "the family of addresses"),
    default="any",
    text="any",
    group=Group.ADDRESS,
    choices=_FAMILIES_DUAL,
    flags=(*FAMILY_FLAGS, _DUAL),
    heading="address",
    kinds=INTERNET,
)
SOURCE = Setting(
    name="source",
    label="from",
    help="The address, and port, to connect from; for UNIX a path.",
    requests=(For.CONNECT,),
    parse=str,  # what it means depends on the target: see `connect`
    default="",
    example="127.0.0.2 or :4000",
    note="from",
    heading="address",
)
CONNECTED = Setting(
    name="connected",
    label="call connect()",
    help="Datagrams only: a connected socket hears only its peer, an unconnected one anybody.",
    requests=(For.CONNECT,),
    parse=yes,
    default=True,
    text=YES,
    choices=YES_NO,
    flags=(Flag(("--unconnected",), "datagrams without connect(2)", const=NO),),
    kinds=DATAGRAMS,
    elsewhere="a stream is always connected; only datagrams can go without",
    note="connect()",
)
BACKLOGGED = Setting(
    name="backlog",
    label="backlog",
    help="How many connections may wait to be accepted; the kernel caps it.",
    requests=(For.LISTEN,),
    parse=number("the backlog", 0, 2**31 - 1, BACKLOG),
    default=BACKLOG,
    text=str(BACKLOG),
    unit="connections",
    group=Group.LISTENING,
    flags=(Flag(("--backlog",), "how many may wait to be accepted", metavar="N"),),
    heading="sockets",
    kinds=STREAMS,
)
CONNECT_OPTIONS: Setting[tuple[str, ...]] = Setting(
    name="options",
    label="socket options",
    help="Set before connecting, and read back from the kernel.",
    requests=(For.CONNECT,),
    parse=words,
    default=(),
    example=_OPTIONS_EXAMPLE,
    flags=_OPTION_FLAGS,
)
LISTEN_OPTIONS: Setting[tuple[str, ...]] = Setting(
    name="options",
    label="socket options",
    help="Set before bind; accepted sockets inherit most of them.",
    requests=(For.LISTEN,),
    parse=words,
    default=(),
    example=_OPTIONS_EXAMPLE,
    flags=_OPTION_FLAGS,
)
INTERFACE = Setting(
    name="interface",
    label="multicast via",
    help="The interface for multicast datagrams.",
    requests=(For.CONNECT,),
    parse=str,
    default="",
    example="lo, eth0 or an address",
    flags=(Flag(("--interface",), "the interface for multicast datagrams that we send", metavar="NAME"),),
    kinds=("udp",),
    elsewhere="an interface for multicast is for UDP only",
)
GROUPS: Setting[tuple[str, ...]] = Setting(
    name="groups",
    label="multicast groups",
    help="Joined by a datagram socket.",
    requests=(For.LISTEN,),
    parse=words,
    default=(),
    example="239.1.2.3%lo",
    group=Group.LISTENING,
    flags=(Flag(("--join",), "join a multicast group", metavar="GROUP[%IF]", appends=True),),
    kinds=("udp",),
    elsewhere="multicast groups are joined by UDP sockets only",
    heading="sockets",
)
READ_BYTES = Setting(
    name="read_bytes",
    label="receive at most",
    help="Bytes for one receive: a stream comes in pieces, a datagram is cut off.",
    requests=(For.CONNECT, For.LISTEN),
    parse=number("the receive size", 1, 2**30, 0),
    default=0,
    unit="bytes",
    flags=(Flag(("--receive",), "receive so much at once at the most", metavar="BYTES"),),
)
LOOK_BEFORE = Setting(
    name="look_before",
    label="look before connect",
    help="Ask what the fresh socket is bound and connected to: to nothing yet. Programs do not ask that.",
    requests=(For.CONNECT,),
    parse=yes,
    default=False,
    text=NO,
    choices=YES_NO,
    flags=(Flag(("--look-before",), "getsockname and getpeername before connect", const=YES),),
)

SETTINGS = (
    CONNECT_FAMILY,
    LISTEN_FAMILY,
    SOURCE,
    CONNECTED,
    BACKLOGGED,
    CONNECT_OPTIONS,
    LISTEN_OPTIONS,
    INTERFACE,
    GROUPS,
    READ_BYTES,
    LOOK_BEFORE,
)
