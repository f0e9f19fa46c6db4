"""What each failure of TLS means and what to try next: rows of `explain`.

The rule: the names are those of OpenSSL, or our own where it has none. An alert is what the peer says of us
(RFC 8446, 6).
"""

from sockscope.net.error_name import HANDSHAKE_TIMEOUT

TLS = {
    HANDSHAKE_TIMEOUT: (
        "timed out",
        "The peer did not finish the TLS handshake before our own time limit ran out.",
        "Its port may not speak TLS; --timeout waits longer.",
    ),
    "NOT_TLS": (
        "not TLS",
        "The peer does not speak TLS: the reason shows its first bytes.",
        "Talk to it without TLS, or check the port.",
    ),
    "BAD_SERVER_NAME": (
        "bad server name",
        "The server name cannot be written as TLS wants it (IDNA).",
        "Check the server name.",
    ),
    "CERTIFICATE_VERIFY_FAILED": (
        "not trusted",
        "The peer's certificate did not pass our check.",
        "The reason tells which check; trust its CA, use the name it was made for, or turn verification off.",
    ),
    "WRONG_VERSION_NUMBER": (
        "not TLS",
        "The peer sent something that is no TLS record.",
        "Its port may speak plain text; connect without TLS, or check the port.",
    ),
    "HTTP_REQUEST": ("plain HTTP", "The client sent plain HTTP to a TLS port.", "Use https:// in the client."),
    "HTTPS_PROXY_REQUEST": (
        "proxy request",
        "The client sent a plain CONNECT, as to a proxy.",
        "Check the client's proxy settings.",
    ),
    "UNSUPPORTED_PROTOCOL": (
        "TLS too old",
        "The other side chose or offered a version of TLS that we do not take.",
        "Have it brought up to date; the setting tls-min allows an older version.",
    ),
    "NO_SUITABLE_KEY_SHARE": (
        "no common group",
        "Client and server have no group for the key exchange in common.",
        "Compare the groups of both.",
    ),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        "version refused",
        "The peer refused every version of TLS that we offered.",
        "It may speak older versions only, which the setting tls-min allows.",
    ),
    "NO_SHARED_CIPHER": (
        "no common cipher",
        "Client and server have no cipher suite in common that fits the server's certificate.",
        "Compare their cipher lists, and the type of the key (EC or RSA).",
    ),
    "NO_SUITABLE_SIGNATURE_ALGORITHM": (
        "no common signature",
        "The client accepts no signature that the server's key can make.",
        "Use a certificate with another type of key (EC or RSA).",
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "handshake refused",
        "The peer found no common settings, or (TLS 1.2) wants a client certificate.",
        "Try a client certificate (--cert and --key, or in o); compare ciphers and groups; see the peer's log.",
    ),
    "TLSV1_ALERT_UNKNOWN_CA": (
        "CA unknown to peer",
        "The peer does not trust the CA of our certificate.",
        "Give the peer our CA, or use a certificate of a CA that it trusts.",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": (
        "refused by peer",
        "The peer does not accept our certificate; its name may not be the one it dialled.",
        "Check the names in the certificate and that it is whole.",
    ),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": (
        "wrong kind",
        "The peer does not accept this kind of certificate.",
        "Check its key type and extendedKeyUsage (server or client).",
    ),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": (
        "expired",
        "The peer says that our certificate is expired.",
        "Renew it; check the clocks of both machines.",
    ),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("revoked", "The peer says that our certificate was revoked.", "Get a new one."),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": (
        "refused by peer",
        "The peer does not accept our certificate and gives no closer reason.",
        "A browser says so of a certificate it does not trust; trust it there.",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": (
        "certificate wanted",
        "The server requires a client certificate and got none.",
        "Give one that the server takes (--cert and --key, or in o); whoever runs it can say who issues them.",
    ),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        "no certificate",
        "We require a client certificate and the client sent none.",
        "Give the client one, or only ask for it.",
    ),
    "NO_APPLICATION_PROTOCOL": (
        "no common ALPN",
        "Client and server have no application protocol in common.",
        "Compare the ALPN names of both, such as h2 and http/1.1.",
    ),
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": (
        "no common ALPN",
        "The server speaks none of the application protocols that we offered.",
        "Offer another ALPN name, or none.",
    ),
    "TLSV1_UNRECOGNIZED_NAME": (
        "name unknown",
        "The server wants a server name (SNI) that it knows.",
        "Check the server name.",
    ),
    "TLSV1_ALERT_UNRECOGNIZED_NAME": (
        "name unknown",
        "The server wants a server name (SNI) that it knows.",
        "Check the server name.",
    ),
    "UNEXPECTED_EOF_WHILE_READING": (
        "cut off",
        "The peer closed the connection without ending TLS (no close_notify), so data may be missing.",
        "In a handshake: the port may not speak TLS; its log may say why.",
    ),
    "CLOSE_NOTIFY": ("closed by peer", "The peer ended TLS before the handshake was complete.", "Its log may say why."),
    "RECORD_LAYER_FAILURE": (
        "broken record",
        "What arrived is no proper TLS record.",
        "The peer may speak plain text, or something between changes the data.",
    ),
    "PACKET_LENGTH_TOO_LONG": (
        "broken record",
        "A TLS record claims to be longer than any may be.",
        "The peer may not speak TLS; check the port.",
    ),
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": (
        "damaged record",
        "A record cannot be decrypted: it was changed or damaged on the way.",
        "Look for something in between; connect again.",
    ),
    "SSLV3_ALERT_BAD_RECORD_MAC": (
        "damaged record",
        "The peer could not decrypt what we sent.",
        "Look for something in between; connect again.",
    ),
    "UNEXPECTED_MESSAGE": (
        "out of order",
        "The peer sent a TLS message that has no place here.",
        "It may be no proper TLS; check the port.",
    ),
    "SSLV3_ALERT_UNEXPECTED_MESSAGE": (
        "out of order",
        "The peer says that our message has no place here.",
        "Its log may say more.",
    ),
    "INAPPROPRIATE_FALLBACK": (
        "fallback refused",
        "The client retried with an older TLS version although both speak a newer one (RFC 7507).",
        "See why its first attempt failed.",
    ),
    "TLSV1_ALERT_INAPPROPRIATE_FALLBACK": (
        "fallback refused",
        "The server refuses an older TLS version than both speak (RFC 7507).",
        "Allow the newer version.",
    ),
    "TLSV1_ALERT_INTERNAL_ERROR": (
        "peer's fault",
        "The peer reports an error of its own, often a missing certificate for that name.",
        "Check the server name; its log may say more.",
    ),
    "TLSV1_ALERT_DECODE_ERROR": ("not understood", "The peer could not parse our message.", "Its log may say more."),
    "TLSV1_ALERT_DECRYPT_ERROR": (
        "bad signature",
        "The peer could not verify a signature or finish the key exchange.",
        "Check that certificate and key belong together.",
    ),
    "TLSV1_ALERT_ACCESS_DENIED": (
        "access denied",
        "The certificate is valid, but the peer does not let it in.",
        "Use another client certificate.",
    ),
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": (
        "too weak",
        "The server wants stronger ciphers than we offer.",
        "Compare the cipher lists.",
    ),
    "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY": (
        "key unknown",
        "The server does not know the pre-shared key.",
        "It may want PSK, which is not spoken here.",
    ),
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": (
        "too old",
        "The server lacks secure renegotiation (RFC 5746).",
        "Update the server.",
    ),
    "DH_KEY_TOO_SMALL": (
        "key too small",
        "The server's Diffie-Hellman key is too small for this system's policy.",
        "Update the server, or let it use ECDHE.",
    ),
    "UNKNOWN_ERROR": ("unknown alert", "The peer sent an alert that OpenSSL does not know.", "Its log may say why."),
}
"""By name: one or two words for a table, a sentence of meaning, a sentence of advice."""
