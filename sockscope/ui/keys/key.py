"""What a key is, and a place on the screen that has keys."""

from collections.abc import Collection
from typing import NamedTuple

_WRITTEN = {
    "slash": "/",
    "apostrophe": "'",
    "colon": ":",
    "less_than_sign": "<",
    "vertical_line": "|",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "space": "space",
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


class Key(NamedTuple):
    """What one or more keys do in a place.

    `keys` are as Textual names them, parted by commas, the first being the one that is told. `name` is what the footer
    and the palette call it, `tells` one line that says more.
    """

    keys: str
    action: str
    name: str
    tells: str = ""
    footer: bool = False
    display: str | None = None
    priority: bool = False

    @property
    def said(self) -> str:
        """What it does, in as many words as there are."""
        return self.tells or self.name

    @property
    def first(self) -> str:
        """The key that is told where one is enough."""
        return self.keys.partition(",")[0]

    @property
    def pressed(self) -> str:
        """What is pressed, as a person reads it."""
        return " ".join(self.keys_written)

    @property
    def keys_written(self) -> list[str]:
        """Each of its keys, as a person reads it."""
        return [written(key) for key in self.keys.split(",")]

    def parted(self, taken: Collection[str], *, in_field: bool) -> tuple["Key | None", "Key | None"]:
        """Return it with the keys that work, `in_field` where letters are text, and with the others.

        Those that are `taken` by something nearer are among the others.
        """
        works = [key for key in self.keys.split(",") if key not in taken and not (in_field and _is_text(key))]
        others = [key for key in self.keys.split(",") if key not in works]
        first, second = (self._replace(keys=",".join(keys)) if keys else None for keys in (works, others))
        return first, second


class Place(NamedTuple):
    """A part of the screen that has keys: the class they belong to, what the help calls it, and what is around it."""

    of: str
    title: str
    within: tuple[str, ...]
    keys: tuple[Key, ...]


def _is_text(key: str) -> bool:
    """Return whether a field takes a key for a character."""
    return key == "space" or (len(written(key)) == 1 and written(key).isascii())


def written(key: str) -> str:
    """Return a key as a person reads it."""
    if key.startswith("shift+") and (plain := key.removeprefix("shift+")) in _WRITTEN:
        return f"Shift+{_WRITTEN[plain]}"
    return _WRITTEN.get(key) or (key.upper() if key[:1] == "f" and key[1:].isdigit() else key)
