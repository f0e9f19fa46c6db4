"""Files of the system, read with care: they may be missing, huge, garbage, a folder, or a pipe without a writer."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """One file: how much of it was read, and the errno where it could not be; `cut` where it has more."""

    path: str
    size_bytes: int
    error: str = ""
    cut: bool = False


def read_file(path: Path, limit_bytes: int) -> tuple[str, File]:
    """Read the beginning of a file, what is no UTF-8 as surrogates; it never raises and holds nobody up."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(limit_bytes + 1) or b""
        finally:
            os.close(descriptor)
    except OSError as error:
        return "", File(str(path), 0, errno.errorcode.get(error.errno or 0, str(error.errno)))
    cut = len(data) > limit_bytes
    data = data[:limit_bytes]
    return data.decode("utf-8", "surrogateescape"), File(str(path), len(data), cut=cut)
