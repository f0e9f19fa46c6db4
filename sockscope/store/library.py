"""Saved payloads, addresses and sequences, kept in the user's configuration directory, before the templates.

The rule: nothing that a person saved or wrote into the file is lost. What cannot be read is set aside under another
name, a file that cannot be set aside is not written over, and before each writing the file is read again under a
lock, so that what other running sockscopes saved stays in it.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeVar

import platformdirs

from sockscope.store.library_file import Content, LibraryError, read_content, same, with_entry, written, wrong_with
from sockscope.store.shelf import (
    ADDRESS_TEMPLATES,
    SEQUENCE_TEMPLATES,
    TEMPLATES,
    Saved,
    SavedAddress,
    SavedPayload,
    SavedSequence,
)

MIB = 1024 * 1024

_Kind = TypeVar("_Kind", SavedPayload, SavedAddress, SavedSequence)


class Library:
    """The saved entries as they stood in the file when it was last read or written."""

    def __init__(self, path: Path | None = None, *, largest_bytes: int = MIB, lock_wait_s: float = 0.5) -> None:
        """`path` is the file; without it, `library.toml` in the user's configuration directory.

        No larger file is read or written. Another sockscope that has it locked is waited for `lock_wait_s` seconds.
        """
        self._largest_bytes, self._lock_wait_s = largest_bytes, lock_wait_s
        self._path = path or platformdirs.user_config_path("sockscope") / "library.toml"
        self._shelf = Content()
        self.note = ""  # what a person should know of the last reading

    def load(self) -> None:
        """Read the file; what is wrong with it is in `note` afterwards."""
        self._shelf = Content()
        try:
            with self._locked():
                self._shelf, self.note, _ = self._read()
        except LibraryError as error:
            self.note = str(error)

    def payloads(self) -> list[SavedPayload]:
        """Return the saved payloads, then the templates."""
        return [*self._of(SavedPayload), *TEMPLATES]

    def addresses(self) -> list[SavedAddress]:
        """Return the saved addresses, then the templates."""
        return [*self._of(SavedAddress), *ADDRESS_TEMPLATES]

    def sequences(self) -> list[SavedSequence]:
        """Return the saved sequences, then the templates."""
        return [*self._of(SavedSequence), *SEQUENCE_TEMPLATES]

    def save(self, entry: Saved) -> str:
        """Save something in place of what has its name; gives why it was not saved, or an empty text."""
        return wrong_with(entry) or self._change(lambda entries: with_entry(entries, entry))

    def remove(self, entry: Saved) -> str:
        """Remove what has the name of this entry; gives why it was not removed, or an empty text."""
        if entry not in self._shelf.entries and entry in (*TEMPLATES, *ADDRESS_TEMPLATES, *SEQUENCE_TEMPLATES):
            return f"{entry.name} is built in and cannot be removed"
        return self._change(lambda entries: [other for other in entries if not same(other, entry)])

    def restore(self, entry: Saved) -> str:
        """Put back what was removed; gives why not, such as another one of its name, or an empty text."""
        return self._change(lambda entries: with_entry(entries, entry, replace=False))

    def _of(self, kind: type[_Kind]) -> list[_Kind]:
        return [entry for entry in self._shelf.entries if isinstance(entry, kind)]

    # The file.

    def _change(self, change: Callable[[list[Saved]], list[Saved]]) -> str:
        """Read the file again, change what stands there, and write it."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                found, self.note, dropped = self._read()
                changed = replace(found, entries=change(found.entries))
                data = _writable(changed, self._largest_bytes)
                if dropped:
                    self._keep(dropped)
                _put(Path(os.path.realpath(self._path)), data)  # a symbolic link stays one
        except LibraryError as error:
            return f"not saved: {error}"
        except OSError as error:
            return f"not saved: {_reason(error)}"
        self._shelf = changed
        return ""

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other sockscopes from the file; where the directory cannot be locked, go on without."""
        directory = None
        try:
            with contextlib.suppress(OSError):
                directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                _lock(directory, self._lock_wait_s)
            yield
        finally:
            if directory is not None:
                os.close(directory)

    def _read(self) -> tuple[Content, str, bytes]:
        """Return the content, a note, and the file's content where writing would drop a part of it.

        A file that is no library is set aside. Raise LibraryError where it can be neither read nor set aside.
        """
        try:
            data = _read_file(self._path, self._largest_bytes)
            found, wrong = read_content(data)
        except FileNotFoundError:
            return Content(), "", b""
        except OSError as error:
            raise LibraryError(f"{self._path.name} cannot be read: {_reason(error)}") from None
        except (ValueError, RecursionError) as error:
            return Content(), self._set_aside(_fault(error)), b""
        if not wrong:
            return found, "", b""
        others = len(wrong) - 1
        more = f", and {others} other fault{'s' if others > 1 else ''}" if others else ""
        return found, f"skipped in {self._path.name}: {wrong[0]}{more}", data

    def _broken(self) -> Path:
        """Return a name that nothing has yet."""
        names = (self._path.with_name(f"{self._path.name}.broken-{number}") for number in count(1))
        return next(name for name in names if not os.path.lexists(name))

    def _set_aside(self, fault: str) -> str:
        aside = self._broken()
        try:
            self._path.rename(aside)
        except OSError as error:
            raise LibraryError(f"{self._path.name} {fault}, and cannot be set aside: {_reason(error)}") from None
        return f"{self._path.name} {fault}: it is now {aside.name}"

    def _keep(self, data: bytes) -> None:
        """Keep a copy of a file of which the next writing drops a part."""
        aside = self._broken()
        _put(aside, data)
        self.note += f"; the file as it was is kept as {aside.name}"


def _lock(directory: int, wait_s: float) -> None:
    """Lock a directory (flock(2)) until it is closed. Raise OSError, or LibraryError where it stays locked."""
    ends = time.monotonic() + wait_s
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > ends:
            raise LibraryError("another sockscope is busy with the library; try again")
        time.sleep(0.01)


def _read_file(path: Path, largest_bytes: int) -> bytes:
    """Read a regular file of bounded size. Raise OSError, and LibraryError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # opening a FIFO would wait for its writer
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise LibraryError("is not a regular file")
        data = b""
        while piece := os.read(descriptor, largest_bytes + 1 - len(data)):
            data += piece
    finally:
        os.close(descriptor)
    if len(data) > largest_bytes:
        raise LibraryError(f"is over {_told(largest_bytes)}")
    return data


def _put(path: Path, data: bytes) -> None:
    """Put a complete new file in the place of an old one, if there is one. Raise OSError."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _told(size_bytes: int) -> str:
    return f"{size_bytes // MIB} MiB" if size_bytes >= MIB else f"{size_bytes:,} bytes"


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _fault(error: Exception) -> str:
    """Say what is wrong with a whole file."""
    if isinstance(error, LibraryError):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    return f"is not TOML ({error})" if isinstance(error, tomllib.TOMLDecodeError) else "is not TOML"


def _writable(content: Content, largest_bytes: int) -> bytes:
    """Return the text of the file. Raise LibraryError where it would be one that is not read again."""
    data = written(content)
    if len(data) > largest_bytes:
        raise LibraryError(f"the library would be over {_told(largest_bytes)}")
    return data
