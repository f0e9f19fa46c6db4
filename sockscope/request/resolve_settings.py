"""Settings of a lookup: every hint of getaddrinfo, and how DNS is asked."""

from sockscope.net.hint import FAMILIES, FLAGS, PROTOCOLS, TYPES, HintFlag
from sockscope.request.dns_question import USUAL, read_servers, read_types
from sockscope.request.interval import interval
from sockscope.request.parse import NO, NO_YES, YES, one_of, words, yes
from sockscope.request.setting import For, Group, Setting
from sockscope.request.socket_settings import FAMILY_FLAGS


def _servers(text: str) -> tuple[str, ...]:
    servers = tuple(word.removeprefix("@") for word in words(text))
    read_servers(servers)
    return servers


def _types(text: str) -> tuple[str, ...]:
    types = words(text.upper())
    read_types(types, "")
    return types


def _hint(flag: HintFlag) -> Setting[bool]:
    usual = flag.name == "CANONNAME"
    return Setting(
        name=flag.name,
        label=f"AI_{flag.name}",
        help=f"{flag.meaning[:1].upper()}{flag.meaning[1:]}.",
        requests=(For.RESOLVE,),
        parse=yes,
        default=usual,
        text=YES if usual else NO,
        choices=NO_YES,
        heading="hints",
    )


FAMILY = Setting(
    name="family",
    label="family",
    help="Which addresses are asked for: any, A records (IPv4), AAAA records (IPv6).",
    requests=(For.RESOLVE,),
    parse=one_of(tuple(FAMILIES), "the family of addresses"),
    default="any",
    text="any",
    group=Group.ADDRESS,
    heading="what is asked for",
    choices=tuple(FAMILIES),
    flags=FAMILY_FLAGS,
)
TYPE = Setting(
    name="type",
    label="type",
    help="The type of socket; any repeats each address for each type.",
    requests=(For.RESOLVE,),
    parse=one_of(tuple(TYPES), "the type of socket"),
    default="stream",
    text="stream",
    choices=tuple(TYPES),
    heading="what is asked for",
)
PROTOCOL = Setting(
    name="protocol",
    label="protocol",
    help="0 in the call where any; it has to fit the type.",
    requests=(For.RESOLVE,),
    parse=one_of(tuple(PROTOCOLS), "the protocol"),
    default="any",
    text="any",
    choices=tuple(PROTOCOLS),
    heading="what is asked for",
)
HINTS = tuple(_hint(flag) for flag in FLAGS.values())
DIRECT = Setting(
    name="direct",
    label="ask DNS too",
    help="With each lookup ask DNS servers directly as well (the key d asks once).",
    requests=(For.RESOLVE,),
    parse=yes,
    default=False,
    text=NO,
    choices=NO_YES,
    heading="DNS, asked directly",
)
SERVERS: Setting[tuple[str, ...]] = Setting(
    name="servers",
    label="DNS servers",
    help="Asked directly; empty for those of resolv.conf.",
    requests=(For.RESOLVE,),
    parse=_servers,
    default=(),
    example="127.0.0.1:5353 [::1]:53",
    heading="DNS, asked directly",
)
RECORD_TYPES: Setting[tuple[str, ...]] = Setting(
    name="types",
    label="DNS types",
    help="What they are asked for.",
    requests=(For.RESOLVE,),
    parse=_types,
    default=USUAL,
    text=" ".join(USUAL),
    example="A AAAA MX TXT NS SOA SRV PTR CAA HTTPS",
    heading="DNS, asked directly",
)
EVERY = Setting(
    name="every",
    label="watch every",
    help="Seconds (or 500ms, 2m) from an answer to the next lookup, where it is watched (key w).",
    requests=(For.RESOLVE,),
    parse=interval,
    default=1.0,
    text="1",
    unit="seconds",
    heading="watching",
)

SETTINGS: tuple[Setting[object], ...] = (FAMILY, TYPE, PROTOCOL, *HINTS, DIRECT, SERVERS, RECORD_TYPES, EVERY)
