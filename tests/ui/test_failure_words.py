"""Why something failed, in one line without foreign text."""

import errno
import os
import resource

import pytest

from sockscope.ui.app import SockscopeApp
from sockscope.ui.failure_words import is_action, reason, told
from sockscope.ui.panes.conversations import Conversations

FOREIGN = "FOREIGN \x1b"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, FOREIGN), "no descriptor is left (EMFILE)"),
        (OSError(errno.ENFILE, FOREIGN), "no descriptor is left (ENFILE)"),
        (OSError(errno.EROFS, FOREIGN), "read-only file system (EROFS)"),
        (OSError(errno.ENOSPC, FOREIGN, FOREIGN), "no space left on device (ENOSPC)"),
        (FileNotFoundError(FOREIGN), "FileNotFoundError"),
        (MemoryError(), "no memory is left (MemoryError)"),
        (ModuleNotFoundError(FOREIGN), "ModuleNotFoundError"),
        (KeyError(FOREIGN), "KeyError"),
    ],
    ids=repr,
)
def test_a_reason_names_the_error_and_nothing_foreign(error: Exception, said: str) -> None:
    assert reason(error) == said


def test_what_was_raised_says_where() -> None:
    try:
        raise ZeroDivisionError(FOREIGN)
    except ZeroDivisionError as error:
        assert reason(error).startswith("ZeroDivisionError at test_failure_words.py:")


@pytest.mark.parametrize("error", [ModuleNotFoundError(FOREIGN), FileNotFoundError(errno.ENOENT, FOREIGN)], ids=repr)
def test_what_is_only_missing_because_no_descriptor_is_left_says_so(error: Exception) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
        said = reason(error)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert said.startswith("no descriptor is left (")


def test_a_key_is_named_as_the_footer_names_it() -> None:
    assert told(KeyError(), SockscopeApp.action_zoom) == "Zoom: not done, KeyError"
    assert told(KeyError(), None) == "Part of the screen: not done, KeyError"
    assert is_action(Conversations.action_copy) and not is_action(SockscopeApp.tick)
