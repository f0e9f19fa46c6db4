"""What is said of an error, and what can be done about it by a key."""

from dataclasses import dataclass

FREE_PORT = "free port"
OTHER_FAMILY = "other family"
UNVERIFIED = "unverified"
REMOVE_PATH = "remove path"
SERVER_NAME = "server name"
OLDER_TLS = "older tls"
WITHOUT_TLS = "without tls"
WITH_TLS = "with tls"
GO_TO_HOLDER = "go to holder"
"""What a front end may offer to do: names, which it gives words and a key."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error's name, one or two words for a table, a sentence of meaning, a sentence of advice.

    `action` is what does the advised thing, where there is something that can be done for a person.
    """

    name: str
    word: str
    meaning: str
    advice: str
    action: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.meaning} {self.advice}".strip()
