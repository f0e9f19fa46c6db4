"""What a person asks for who looks a name up: the question to getaddrinfo, and whether DNS is asked as well."""

from __future__ import annotations

from dataclasses import dataclass

from sockscope.net.address import check_service
from sockscope.request import resolve_settings as settings
from sockscope.request.dns_question import USUAL
from sockscope.request.question import Question
from sockscope.request.setting import Texts
from sockscope.request.typed import Typed, read


@dataclass(frozen=True, slots=True)
class Resolve:
    """What is asked; where `direct`, these DNS `servers` (none: those of resolv.conf) are asked for `types` too."""

    question: Question
    direct: bool = False
    servers: tuple[str, ...] = ()
    types: tuple[str, ...] = USUAL

    @classmethod
    def read(cls, text: str, service: str, texts: Texts) -> Resolve:
        """Return a request of what was typed for a name (see `typed`), and of what was settled. Raise ValueError."""
        typed = read(text) if text or not service else Typed("")
        check_service(service)
        return cls(
            question(typed.name, service, texts),
            direct=typed.direct or settings.DIRECT.read(texts),
            servers=settings.SERVERS.read(texts) if typed.servers is None else typed.servers,
            types=typed.types or settings.RECORD_TYPES.read(texts),
        )

    @property
    def typed(self) -> str:
        """Return what a person would type for the name and for what DNS is asked."""
        if not self.direct:
            return self.question.name
        types = () if self.types == USUAL else self.types
        servers = [f"@{server}" for server in self.servers] or ([] if types else ["@"])
        return " ".join([self.question.name, *servers, *types])


def question(name: str, service: str, texts: Texts) -> Question:
    """Return the question to getaddrinfo; without a name no canonical one is asked for (EAI_BADFLAGS)."""
    flags = frozenset(hint.name for hint in settings.HINTS if hint.read(texts) and (name or hint.name != "CANONNAME"))
    family, type, protocol = (one.read(texts) for one in (settings.FAMILY, settings.TYPE, settings.PROTOCOL))
    return Question(name, service, family, type, protocol, flags)
