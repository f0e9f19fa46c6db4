"""What an explanation advises and a key does: how that is called, and what is said of it."""

from sockscope.show.explain.explanation import (
    FREE_PORT,
    GO_TO_HOLDER,
    OLDER_TLS,
    OTHER_FAMILY,
    REMOVE_PATH,
    SERVER_NAME,
    UNVERIFIED,
    WITH_TLS,
    WITHOUT_TLS,
)

NAMES = {
    FREE_PORT: ("Take a free port", "u takes a free port"),
    OTHER_FAMILY: ("Other family", "u tries the other family"),
    UNVERIFIED: ("Go on unverified", "u connects all the same, unverified"),
    REMOVE_PATH: ("Remove path", "u removes it and listens there"),
    SERVER_NAME: ("Name the server", "u asks for a server name to send"),
    OLDER_TLS: ("Allow old TLS", "u allows that version, for this one connection"),
    WITHOUT_TLS: ("Without TLS", "u connects without TLS"),
    WITH_TLS: ("With TLS", "u connects with TLS"),
    GO_TO_HOLDER: ("Go to holder", "u goes there"),
}
"""By action: the name of the key, and what is said behind the advice."""


def said(words: str, action: str, *, typing: bool = False) -> str:
    """Put what the key does behind an explanation; `typing` says that a letter would go into a field."""
    return f"{words} {'Esc, then ' if typing else ''}{NAMES[action][1]}." if action in NAMES else words
