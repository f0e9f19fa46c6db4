"""The library: what is saved is read again, and nothing that a person had in the file is lost."""

import errno
import fcntl
import os
import stat
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.address import parse
from sockscope.request.payload import ENDINGS, read
from sockscope.store.library import MIB, Library
from sockscope.store.library_file import LONGEST_TEXT_BYTES, MOST_ENTRIES
from sockscope.store.shelf import ADDRESS_TEMPLATES, TEMPLATES, SavedAddress, SavedPayload

ONE = SavedPayload("one", r"a\r\n", "text", "LF", "the first")
TWO = SavedPayload("two", "00 ff", "hex")
HOME = SavedAddress("home", "localhost 1", "here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "library.toml"


def loaded(path: Path) -> Library:
    library = Library(path)
    library.load()
    return library


def saved(library: Library) -> list[SavedPayload | SavedAddress]:
    return [*library.payloads()[: -len(TEMPLATES)], *library.addresses()[: -len(ADDRESS_TEMPLATES)]]


def written(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()}


# The templates.


@pytest.mark.parametrize("payload", TEMPLATES, ids=lambda payload: payload.name)
def test_every_template_can_be_sent(payload: SavedPayload) -> None:
    assert read(payload.text, payload.mode, payload.ending)


def test_the_templates_are_what_the_protocols_ask_for() -> None:
    data = {payload.name: read(payload.text, payload.mode, payload.ending) for payload in TEMPLATES}
    assert data["HTTP GET"] == b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
    assert data["SMTP QUIT"] == b"QUIT\r\n"
    assert data["Redis PING, RESP"] == b"*1\r\n$4\r\nPING\r\n"
    query, framed = data["DNS query, UDP"], data["DNS query, TCP"]
    assert isinstance(query, bytes) and query[12:] == b"\x07example\x03com\0\0\x01\0\x01"
    assert framed == len(query).to_bytes(2, "big") + query
    assert data["word packet"] == b"\0\x05hello"


@pytest.mark.parametrize("address", ADDRESS_TEMPLATES, ids=lambda address: address.name)
def test_every_address_can_be_read(address: SavedAddress) -> None:
    assert parse(address.address)


def test_a_template_can_be_saved_like_any_other_entry_but_not_removed(path: Path) -> None:
    library = loaded(path)
    assert "built in" in library.remove(TEMPLATES[0]) and "built in" in library.remove(ADDRESS_TEMPLATES[0])
    for entry in TEMPLATES:
        assert library.save(entry) == ""
    for address in ADDRESS_TEMPLATES:
        assert library.save(address) == ""
    assert saved(loaded(path)) == [*TEMPLATES, *ADDRESS_TEMPLATES]
    assert library.remove(TEMPLATES[0]) == "" and library.payloads().count(TEMPLATES[0]) == 1


# Saving and reading.


def test_nothing_is_read_or_made_until_it_is_asked_for(path: Path) -> None:
    written(path, "wrong")
    library = Library(path)
    assert library.payloads() == list(TEMPLATES) and library.addresses() == list(ADDRESS_TEMPLATES)
    assert names(path) == {"library.toml"} and library.note == ""


def test_a_missing_file_is_an_empty_library(path: Path) -> None:
    library = loaded(path)
    assert saved(library) == [] and library.note == "" and not path.parent.exists()


def test_it_lives_in_the_users_configuration_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert Library().save(ONE) == ""
    assert saved(loaded(tmp_path / "sockscope" / "library.toml")) == [ONE]


def test_what_is_saved_comes_before_the_templates_and_is_there_at_the_next_start(path: Path) -> None:
    library = loaded(path)
    assert [library.save(ONE), library.save(HOME), library.save(TWO)] == ["", "", ""]
    assert library.payloads() == loaded(path).payloads() == [ONE, TWO, *TEMPLATES]
    assert library.addresses() == loaded(path).addresses() == [HOME, *ADDRESS_TEMPLATES]


def test_one_of_the_same_name_is_replaced_where_it_stands(path: Path) -> None:
    library = loaded(path)
    library.save(ONE)
    library.save(TWO)
    library.save(SavedAddress("one", "localhost 2"))
    again = SavedPayload("one", "other")
    assert library.save(again) == ""
    assert saved(loaded(path)) == [again, TWO, SavedAddress("one", "localhost 2")]


def test_what_is_removed_is_gone_and_only_that(path: Path) -> None:
    library = loaded(path)
    library.save(ONE)
    library.save(SavedAddress("one", "localhost 2"))
    assert library.remove(ONE) == "" and library.remove(TWO) == ""
    assert saved(library) == saved(loaded(path)) == [SavedAddress("one", "localhost 2")]


def test_file_and_directory_are_for_their_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        loaded(path).save(ONE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert names(path) == {"library.toml"}


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(NAMES, TEXTS, st.sampled_from(("text", "hex")), st.sampled_from(tuple(ENDINGS)), st.one_of(st.just(""), NAMES))
def test_every_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str, mode: str, ending: str, about: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "property.toml"
    path.unlink(missing_ok=True)
    payload = SavedPayload(name, text, mode, ending, about)
    assert loaded(path).save(payload) == ""
    assert saved(loaded(path)) == [payload]


# Several at once.


def test_what_others_saved_meanwhile_is_not_lost(path: Path) -> None:
    mine, other = loaded(path), loaded(path)
    other.save(ONE)
    mine.save(TWO)
    other.save(HOME)
    assert saved(other) == saved(loaded(path)) == [ONE, TWO, HOME]
    other.remove(ONE)
    mine.save(TWO)
    assert saved(mine) == [TWO, HOME]


def test_many_that_save_at_once_lose_nothing(path: Path) -> None:
    refused: list[str] = []

    def save(number: int) -> None:
        library = Library(path)
        refused.extend(library.save(SavedPayload(f"{number}-{n}", "x")) for n in range(5))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved(loaded(path))) == 20 and not any(refused)


def test_one_that_holds_the_lock_is_not_waited_for_long(path: Path) -> None:
    library = loaded(path)
    library.save(ONE)
    directory = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)
    other = Library(path, lock_wait_s=0.02)
    assert "another sockscope is busy" in other.save(TWO)
    other.load()
    assert "another sockscope is busy" in other.note
    os.close(directory)
    assert library.save(TWO) == ""


def test_without_locks_it_is_saved_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert loaded(path).save(ONE) == "" and saved(loaded(path)) == [ONE]


# A file that is no library.


BROKEN = {
    "not TOML": (b"payload = [", "is not TOML ("),
    "not UTF-8": (b'[[payload]]\nname = "\xff"\n', "is not UTF-8"),
    "too deep": (b"a = " + b"[" * 100_000, "is not TOML"),
    "a number too long": (b"a = " + b"1" * 5_000, "is not TOML"),
    "a wrong type": (b"payload = 3\n", "holds no list of tables [[payload]]"),
    "one table": (b'[address]\nname = "x"\n', "holds no list of tables [[address]]"),
    "too large": (b"#" * (MIB + 1), "is over 1 MiB"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_set_aside_and_never_overwritten(path: Path, content: bytes, said: str) -> None:
    first = written(path, content).with_name("library.toml.broken-1")
    written(first, b"an earlier one")
    library = loaded(path)
    assert said in library.note and library.note.endswith("it is now library.toml.broken-2")
    assert saved(library) == [] and names(path) == {"library.toml.broken-1", "library.toml.broken-2"}
    assert library.save(ONE) == "" and saved(loaded(path)) == [ONE]
    assert first.read_bytes() == b"an earlier one"
    assert path.with_name("library.toml.broken-2").read_bytes() == content


def test_a_file_of_exactly_the_largest_size_is_read(path: Path) -> None:
    head = b'[[address]]\nname = "x"\naddress = "y 1"\n'
    written(path, head + b"#" * (MIB - len(head)))
    assert saved(loaded(path)) == [SavedAddress("x", "y 1")]


def test_a_file_that_breaks_while_we_run_is_set_aside_before_saving(path: Path) -> None:
    library = loaded(path)
    written(path, "wrong")
    assert library.save(ONE) == "" and "library.toml.broken-1" in library.note
    assert path.with_name("library.toml.broken-1").read_text() == "wrong" and saved(loaded(path)) == [ONE]


def make_directory(path: Path) -> None:
    path.mkdir()
    (path / "kept").touch()


@pytest.mark.parametrize("make", [make_directory, os.mkfifo], ids=["directory", "FIFO"])
def test_what_is_no_file_is_set_aside(path: Path, make: Callable[[Path], None]) -> None:
    path.parent.mkdir()
    make(path)
    library = loaded(path)
    assert "is not a regular file" in library.note and names(path) == {"library.toml.broken-1"}
    assert library.save(ONE) == "" and saved(loaded(path)) == [ONE]


def test_what_cannot_be_set_aside_is_not_written_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    written(path, "wrong")
    monkeypatch.setattr(Path, "rename", refuse)
    library = loaded(path)
    assert library.note.endswith("and cannot be set aside: Read-only file system")
    assert library.save(ONE).endswith("and cannot be set aside: Read-only file system")
    assert path.read_text() == "wrong" and saved(library) == []


def test_a_file_that_cannot_be_read_stays_where_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = loaded(path)
    library.save(ONE)
    opened = os.open

    def refuse(name: str | Path, *rest: int, **more: int) -> int:
        if name == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(name, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        library.load()
        assert library.note == "library.toml cannot be read: Permission denied" and saved(library) == []
        assert library.save(TWO) == "not saved: library.toml cannot be read: Permission denied"
    assert saved(loaded(path)) == [ONE] and names(path) == {"library.toml"}


def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "real.toml")
    assert loaded(path).save(ONE) == "" and loaded(path).save(TWO) == ""
    assert path.is_symlink() and saved(loaded(tmp_path / "real.toml")) == [ONE, TWO]


@pytest.mark.parametrize("where", ["file", "directory"])
def test_a_loop_of_links_is_said_and_left(path: Path, where: str) -> None:
    if where == "file":
        path.parent.mkdir()
    looped = path if where == "file" else path.parent
    looped.symlink_to(looped)
    library = loaded(path)
    assert "Too many levels of symbolic links" in library.note
    assert "Too many levels" in library.save(ONE) or "File exists" in library.save(ONE)
    assert looped.is_symlink()


# Single entries.


GOOD = '[[payload]]\nname = "good"\ntext = "x"\n'
ODD = {
    "a number": ('[[payload]]\nname = "n"\ntext = 3\n', "payload 2: everything in it must be text"),
    "a part missing": ('[[payload]]\nname = "n"\n', "payload 2: a part is missing"),
    "a mode": ('[[payload]]\nname = "n"\ntext = "x"\nmode = "file"\n', "payload 2: the mode is text or hex"),
    "an ending": ('[[payload]]\nname = "n"\ntext = "x"\nending = "lf"\n', "payload 2: the mode is text or hex"),
    "a name": ('[[address]]\nname = "a\\nb"\naddress = "x 1"\n', "address 1: a name has 1 to 60"),
    "a name twice": ('[[payload]]\nname = "good"\ntext = "y"\n', "payload 2: there is another one"),
}


@pytest.mark.parametrize(("odd", "said"), ODD.values(), ids=ODD)
def test_a_bad_entry_is_skipped_and_kept_in_a_copy(path: Path, odd: str, said: str) -> None:
    content = f"# mine\n{GOOD}{odd}"
    library = loaded(written(path, content))
    assert library.note.startswith(f"skipped in library.toml: {said}")
    assert saved(library) == [SavedPayload("good", "x")] and names(path) == {"library.toml"}
    assert library.save(ONE) == "" and library.note.endswith("the file as it was is kept as library.toml.broken-1")
    copy = path.with_name("library.toml.broken-1")
    assert copy.read_text() == content and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert library.save(TWO) == "" and library.note == ""
    assert saved(loaded(path)) == [SavedPayload("good", "x"), ONE, TWO]
    assert names(path) == {"library.toml", "library.toml.broken-1"}


def test_several_bad_entries_are_counted(path: Path) -> None:
    content = GOOD + 3 * '[[payload]]\nname = "n"\n'
    assert (
        loaded(written(path, content)).note
        == "skipped in library.toml: payload 2: a part is missing, and 2 other faults"
    )


def test_where_the_copy_cannot_be_written_the_file_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = GOOD + '[[payload]]\nname = "n"\n'
    library = loaded(written(path, content))
    monkeypatch.setattr(os, "fsync", full)
    assert library.save(ONE) == "not saved: No space left on device"
    assert path.read_text() == content and names(path) == {"library.toml"}


# What is not saved.


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = loaded(path)
    library.save(ONE)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    assert library.save(TWO) == library.remove(ONE) == "not saved: No space left on device"
    assert saved(library) == [ONE] and path.read_bytes() == before and names(path) == {"library.toml"}


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    library = loaded(tmp_path / "file" / "library.toml")
    assert "Not a directory" in library.note
    assert library.save(ONE).startswith("not saved: ") and (tmp_path / "file").is_file()


WRONG = (
    (SavedPayload("", "x"), "a name has"),
    (SavedPayload("  ", "x"), "a name has"),
    (SavedPayload("n" * 61, "x"), "a name has"),
    (SavedPayload("a\tb", "x"), "a name has"),
    (SavedPayload("n", "x", about="a\nb"), "what it is about"),
    (SavedPayload("n", "x", about="a" * 201), "what it is about"),
    (SavedPayload("n", "x", "file"), "the mode is"),
    (SavedPayload("n", "x", ending="XX"), "the mode is"),
    (SavedPayload("n", "\ud800"), "lone surrogate"),
    (SavedPayload("n", "é" * (LONGEST_TEXT_BYTES // 2) + "x"), "over 64 KiB"),
    (SavedAddress("n", ""), "an address is needed"),
    (SavedAddress("n", "x" * (LONGEST_TEXT_BYTES + 1)), "over 64 KiB"),
)


@pytest.mark.parametrize(("entry", "said"), WRONG, ids=range(len(WRONG)))
def test_what_could_not_be_read_again_is_not_saved(path: Path, entry: SavedPayload | SavedAddress, said: str) -> None:
    library = loaded(path)
    refused = library.save(entry)
    assert said in refused and "\n" not in refused and not path.exists()


def test_the_longest_name_and_text_are_saved(path: Path) -> None:
    payload = SavedPayload("n" * 60, "x" * LONGEST_TEXT_BYTES, about="a" * 200)
    assert loaded(path).save(payload) == "" and saved(loaded(path)) == [payload]


def test_a_full_library_takes_no_more_but_replaces(path: Path) -> None:
    tables = "".join(f'[[address]]\nname = "{n}"\naddress = "h {n}"\n' for n in range(MOST_ENTRIES + 2))
    library = loaded(written(path, tables))
    assert len(saved(library)) == MOST_ENTRIES and "address 501: the library holds 500" in library.note
    assert "the library holds 500 entries" in library.save(ONE)
    assert path.read_text() == tables and names(path) == {"library.toml"}
    assert library.save(SavedAddress("3", "other 1")) == ""
    assert len(tomllib.loads(path.read_text())["address"]) == MOST_ENTRIES


def test_a_library_that_would_be_too_large_to_be_read_is_not_written(path: Path) -> None:
    library = Library(path, largest_bytes=1000)
    library.load()
    results = [library.save(SavedPayload(f"{n}", "x" * 300)) for n in range(3)]
    assert results == ["", "", "not saved: the library would be over 1,000 bytes"]
    assert len(saved(loaded(path))) == 2
