"""Files of the system, read with care: they may be missing, huge, garbage, a folder, or a pipe without a writer."""

import errno
import os
from pathlib import Path

from sockscope.record.lookup.file import File
from sockscope.record.lookup.policy import GAI_CONF, GLIBC, SYSTEM, PolicyTable, based_on, parse

READ_BYTES = 65536
"""How much of gai.conf is read; a real one has some hundred bytes."""


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


def read_policy(path: Path = GAI_CONF, system: PolicyTable = SYSTEM) -> PolicyTable:
    """Return the tables as they are now; only glibc reads the file."""
    if system is not GLIBC:
        return system
    text, file = read_file(path, READ_BYTES)
    if file.error == "ENOENT":
        return based_on(GLIBC, f"{GLIBC.origin}; there is no {path}")
    if file.error:
        return based_on(GLIBC, f"{GLIBC.origin}; {path} cannot be read ({file.error})")
    return parse(text, str(path))
