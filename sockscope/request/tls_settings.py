"""Settings of TLS: of a client, and of a listener."""

from sockscope.request.parse import NO, NO_YES, YES, YES_NO, one_of, path, words, yes
from sockscope.request.setting import STREAMS, Flag, For, Group, Setting
from sockscope.request.tls import CLIENT_CERTIFICATES, LEVELS, USUAL_VERSION, VERSIONS

_CERTIFICATE_FLAGS = (Flag(("--cert", "--ssl-cert"), "our certificate; a listener makes one", metavar="FILE"),)
_CA_FLAGS = (Flag(("--ca", "--ssl-trustfile"), "trust these CAs instead of the system's", metavar="FILE"),)

TLS = Setting(
    name="tls",
    label="speak TLS",
    help="Speak TLS over a stream; the kind tls always does.",
    requests=(For.CONNECT, For.LISTEN),
    parse=yes,
    default=False,
    text=NO,
    group=Group.TLS,
    choices=NO_YES,
    flags=(Flag(("--tls", "--ssl"), "speak TLS over the stream", const=YES),),
    kinds=STREAMS,
    settled_by=("tls",),
    elsewhere="TLS needs a stream: datagrams would need DTLS, which is not spoken here",
    note="TLS:",
)
VERIFY = Setting(
    name="verify",
    label="verify",
    help="Check the server's certificate; without it anybody could be at the other end.",
    requests=(For.CONNECT,),
    parse=yes,
    default=True,
    text=YES,
    group=Group.TLS,
    choices=YES_NO,
    flags=(Flag(("--no-verify",), "trust any certificate", const=NO),),
    note="verify:",
)
SERVER_NAME = Setting(
    name="server_name",
    label="server name",
    help="What is asked for (SNI) and verified, instead of the host.",
    requests=(For.CONNECT,),
    parse=str,
    default="",
    group=Group.TLS,
    flags=(Flag(("--server-name", "--ssl-servername"), "the name to ask for and to verify", metavar="NAME"),),
)
CLIENT_CA = Setting(
    name="ca",
    label="trusted CA",
    help="A PEM file, or a folder of hashed ones, instead of the system's.",
    requests=(For.CONNECT,),
    parse=path,
    default="",
    group=Group.TLS,
    flags=_CA_FLAGS,
    note="CA",
)
OWN_CERTIFICATE = Setting(
    name="certificate",
    label="own certificate",
    help="A PEM file to show when the server asks for a client certificate.",
    requests=(For.CONNECT,),
    parse=path,
    default="",
    group=Group.TLS,
    flags=_CERTIFICATE_FLAGS,
)
SERVER_CERTIFICATE = Setting(
    name="certificate",
    label="certificate",
    help="A PEM file; empty makes a self-signed one on the spot.",
    requests=(For.LISTEN,),
    parse=path,
    default="",
    group=Group.TLS,
    flags=_CERTIFICATE_FLAGS,
)
KEY = Setting(
    name="key",
    label="its key",
    help="A PEM file, where the key is not in the certificate's.",
    requests=(For.CONNECT, For.LISTEN),
    parse=path,
    default="",
    group=Group.TLS,
    flags=(Flag(("--key", "--ssl-key"), "its key", metavar="FILE"),),
)
ALPN: Setting[tuple[str, ...]] = Setting(
    name="alpn",
    label="ALPN",
    help="Application protocols that we speak, the preferred one first.",
    requests=(For.CONNECT, For.LISTEN),
    parse=words,
    default=(),
    group=Group.TLS,
    example="h2 http/1.1",
    flags=(Flag(("--alpn", "--ssl-alpn"), "application protocols, as h2,http/1.1", metavar="NAMES"),),
    note="ALPN",
)
LEAST_VERSION = Setting(
    name="tls_min",
    label="oldest version",
    help="The oldest version of TLS that we take; 1.0 and 1.1 are broken, and need security level 0.",
    requests=(For.CONNECT, For.LISTEN),
    parse=one_of(VERSIONS, "versions of TLS"),
    default=USUAL_VERSION,
    text=USUAL_VERSION,
    group=Group.TLS,
    choices=VERSIONS,
    flags=(Flag(("--tls-min",), "the oldest version of TLS that we take", metavar="VERSION"),),
    note="TLS from",
)
LEVEL = Setting(
    name="tls_level",
    label="security level",
    help="OpenSSL's security level, 0 to 5: how weak keys and ciphers may be. Empty is the system's own.",
    requests=(For.CONNECT, For.LISTEN),
    parse=one_of(LEVELS, "security levels"),
    default="",
    group=Group.TLS,
    choices=LEVELS,
    flags=(Flag(("--tls-level",), "how weak keys and ciphers may be, 0 to 5", metavar="LEVEL"),),
    note="TLS level",
)
CLIENT_CERTIFICATE = Setting(
    name="client_certificate",
    label="client certificate",
    help="Whether clients show one.",
    requests=(For.LISTEN,),
    parse=one_of(CLIENT_CERTIFICATES, "client certificates"),
    default="no",
    text="no",
    group=Group.TLS,
    choices=CLIENT_CERTIFICATES,
    flags=(Flag(("--client-cert",), "of clients: no, ask or require", metavar="HOW"),),
)
CLIENTS_CA = Setting(
    name="ca",
    label="CA for clients",
    help="A PEM file that client certificates are checked against.",
    requests=(For.LISTEN,),
    parse=path,
    default="",
    group=Group.TLS,
    flags=_CA_FLAGS,
    note="CA",
)

SETTINGS = (
    TLS,
    VERIFY,
    SERVER_NAME,
    CLIENT_CA,
    OWN_CERTIFICATE,
    SERVER_CERTIFICATE,
    KEY,
    ALPN,
    LEAST_VERSION,
    LEVEL,
    CLIENT_CERTIFICATE,
    CLIENTS_CA,
)
