"""What stands in the library's file: entries made of its text, and the text made of entries.

The rule: an entry is let in only as it could be written again; what is not known stands for a later version, and stays.
"""

import dataclasses
import tomllib
from dataclasses import dataclass, field

import tomli_w

from sockscope.request.payload import ENDINGS, PayloadError, ending_bytes
from sockscope.store.shelf import Saved, SavedAddress, SavedPayload, SavedSequence

MOST_ENTRIES = 500
LONGEST_NAME = 60
LONGEST_ABOUT = 200
LONGEST_TEXT_BYTES = 64 * 1024

_HEAD = b"# Written by sockscope whenever something is saved; comments are not kept.\n\n"

_KINDS: dict[str, type[Saved]] = {
    "payload": SavedPayload,
    "address": SavedAddress,
    "sequence": SavedSequence,
}


class LibraryError(ValueError):
    """The library cannot be read, or not be written without a loss; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in the file: the entries, and whatever else, of which only a later version knows."""

    entries: list[Saved] = field(default_factory=list)
    unknown: dict[str, object] = field(default_factory=dict)


def read_content(data: bytes) -> tuple[Content, list[str]]:
    """Read a file, and say what is wrong with the entries that are skipped. Raise ValueError, RecursionError."""
    found: list[Saved] = []
    unknown, wrong = {}, []
    for key, tables in tomllib.loads(data.decode()).items():
        kind = _KINDS.get(key)
        if kind is None:
            unknown[key] = tables
            continue
        if not isinstance(tables, list):
            raise LibraryError(f"holds no list of tables [[{key}]]")
        for number, table in enumerate(tables, 1):
            try:
                found = with_entry(found, _entry(kind, table), replace=False)
            except LibraryError as error:
                wrong.append(f"{key} {number}: {error}")
    return Content(found, unknown), wrong


def _entry(kind: type[Saved], table: object) -> Saved:
    """Make an entry of what stands in the file. Raise LibraryError."""
    known = {key: value for key, value in table.items() if key in _parts(kind)} if isinstance(table, dict) else {}
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in known.values()):
        raise LibraryError("everything in it must be text")
    try:
        entry = kind(**known, unknown={key: value for key, value in table.items() if key not in known})
    except TypeError:
        raise LibraryError("a part is missing") from None
    if wrong := wrong_with(entry):
        raise LibraryError(wrong)
    return entry


def with_entry(entries: list[Saved], entry: Saved, *, replace: bool = True) -> list[Saved]:
    """Return the entries with one more, or with one replaced. Raise LibraryError."""
    place = next((place for place, other in enumerate(entries) if same(other, entry)), None)
    if place is not None:
        if not replace:
            raise LibraryError(f"there is another one with the name {entry.name}")
        kept = dataclasses.replace(entry, unknown={**entries[place].unknown, **entry.unknown})
        return [*entries[:place], kept, *entries[place + 1 :]]
    if len(entries) >= MOST_ENTRIES:
        raise LibraryError(f"the library holds {MOST_ENTRIES} entries, which is all it takes")
    return [*entries, entry]


def same(one: Saved, other: Saved) -> bool:
    """Return whether one stands in the place of the other: they are of one kind, and have the same name."""
    return type(one) is type(other) and one.name == other.name


def wrong_with(entry: Saved) -> str:
    """Say why an entry cannot be kept, or give an empty text."""
    text = entry.address if isinstance(entry, SavedAddress) else entry.text
    if not entry.name.strip() or not entry.name.isprintable() or len(entry.name) > LONGEST_NAME:
        return f"a name has 1 to {LONGEST_NAME} printable characters"
    if not entry.about.isprintable() or len(entry.about) > LONGEST_ABOUT:
        return f"what it is about has at most {LONGEST_ABOUT} printable characters"
    if isinstance(entry, SavedPayload) and (entry.mode not in ("text", "hex") or not _is_ending(entry.ending)):
        return f"the mode is text or hex, the ending one of {', '.join(ENDINGS)}, or written with escapes"
    if isinstance(entry, SavedAddress) and not text:
        return "an address is needed"
    if isinstance(entry, SavedSequence) and not text:
        return "a sequence is needed"
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        return "the text holds a lone surrogate, which UTF-8 cannot write"
    return "the text is over 64 KiB" if size_bytes > LONGEST_TEXT_BYTES else ""


def _is_ending(text: str) -> bool:
    try:
        ending_bytes(text)
    except PayloadError:
        return False
    return True


def _parts(kind: type[Saved]) -> list[str]:
    """Return the names of what belongs to an entry."""
    return [part.name for part in dataclasses.fields(kind) if part.name != "unknown"]


def written(content: Content) -> bytes:
    """Return the text of the file."""
    tables = {
        key: [
            {**{part: getattr(entry, part) for part in _parts(kind)}, **entry.unknown}
            for entry in content.entries
            if isinstance(entry, kind)
        ]
        for key, kind in _KINDS.items()
        if any(isinstance(entry, kind) for entry in content.entries)
    }
    return _HEAD + tomli_w.dumps({**tables, **content.unknown}).encode()
