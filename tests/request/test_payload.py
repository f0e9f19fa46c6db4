"""What a person types to send: escapes, hex and files, and every way of getting them wrong."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.request.payload import (
    ENDINGS,
    LONGEST_TYPED,
    MODES,
    PayloadError,
    file_path,
    hex_bytes,
    read,
    text_bytes,
)

endings = st.sampled_from(sorted(ENDINGS))


def refused(typed: str, mode: str) -> str:
    """Why it is not sent: one line that can be printed."""
    with pytest.raises(PayloadError) as caught:
        read(typed, mode, "none")
    message = str(caught.value)
    assert message
    assert message.isprintable()
    assert len(message) < 120
    return message


# Text.


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        ("hello", b"hello"),
        ("", b""),
        ("GET / HTTP/1.1\\r\\n\\r\\n", b"GET / HTTP/1.1\r\n\r\n"),
        ("a\\tb\\0c", b"a\tb\0c"),
        ("\\\\", b"\\"),
        ("\\\\n", b"\\n"),
        ("\\\\\\n", b"\\\n"),
        ("\\x00\\xff\\xFf\\x7e", b"\x00\xff\xff~"),
        ("\\x414", b"A4"),
        ("\\01", b"\x001"),
        ("é日😀", "é日😀".encode()),
        ("é\\xc3\\xa9", "éé".encode()),
        ("tab\there", b"tab\there"),
        ("0x41 %41 $HOME", b"0x41 %41 $HOME"),
    ],
)
def test_text_is_read(typed: str, data: bytes) -> None:
    assert text_bytes(typed) == data


@pytest.mark.parametrize(
    ("typed", "shown", "place"),
    [
        ("\\", "\\", 1),
        ("abc\\", "\\", 4),
        ("\\\\\\", "\\", 3),
        ("\\q", "\\q", 1),
        ("héé\\d", "\\d", 4),
        ("\\x", "\\x", 1),
        ("\\x4", "\\x", 1),
        ("\\xg0", "\\x", 1),
        ("\\x 41", "\\x", 1),
        ("\\N", "\\N", 1),
        ("\\R", "\\R", 1),
        ("\\X41", "\\X", 1),
        ("\\x４１", "\\x", 1),
        ("ok\\r\\m", "\\m", 5),
        ("a\\\nb", "\\\\\\n", 2),
        ("\\\x1b", "\\\\\\x1b", 1),
    ],
)
def test_bad_escape_is_refused_with_its_place(typed: str, shown: str, place: int) -> None:
    message = refused(typed, "text")
    assert message.startswith(f"{shown} at {place}: ")
    assert message.endswith("\\r \\n \\t \\0 \\\\ \\xNN \\# \\{word}")


def test_lone_surrogate_is_refused() -> None:
    assert "surrogate" in refused("a\udcffb", "text")


@given(st.binary())
def test_any_bytes_can_be_typed_with_escapes(data: bytes) -> None:
    assert text_bytes("".join(f"\\x{byte:02x}" for byte in data)) == data


@given(st.binary())
def test_any_bytes_can_be_typed_with_an_escape_only_where_it_is_needed(data: bytes) -> None:
    names = {0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t", 0x00: "\\0", 0x5C: "\\\\"}
    typed = "".join(names.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02X}") for byte in data)
    assert text_bytes(typed) == data


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_without_a_backslash_is_sent_as_utf8(text: str) -> None:
    text = text.replace("\\", "")
    assert text_bytes(text) == text.encode()


# Hex.


@pytest.mark.parametrize(
    "typed",
    [
        "48656c6c6f",
        "48 65 6c 6c 6f",
        "48 65 6C 6C 6F",
        "48:65:6c:6c:6f",
        "48-65-6c-6c-6f",
        "48,65,6c,6c,6f",
        "0x48, 0x65, 0x6c, 0x6c, 0x6f",
        "0x48 0X65 0x6c 0x6c 0x6f",
        "0x48656c6c6f",
        "4865 6c6c 6f",
        "  48\t65\n6c  6c 6f ",
        "48, 65, 6c, 6c, 6f,",
    ],
)
def test_hex_is_read_in_every_spelling(typed: str) -> None:
    assert hex_bytes(typed) == b"Hello"


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ("4", "two"),
        ("48 6", "two"),
        ("0x486", "two"),
        ("xyz", "x"),
        ("4g", "g"),
        ("48 zz", "z"),
        ("４８", "４"),
        ("48\x1b65", "\\x1b"),
        ("48\u202e65", "\\u202e"),
        ("48.65", "."),
        ("\\x48", "\\"),
        ('"48"', '"'),
        ("0x", ""),
        ("#", "# at 1"),
        ("48 #3", "#3 at 4"),
        ("#11", "words behind # are 1 2 4 8"),
        ("48#1", "#"),
        ("0x#1", "# at 3"),
    ],
)
def test_bad_hex_is_refused(typed: str, about: str) -> None:
    assert about in refused(typed, "hex")


@pytest.mark.parametrize(
    "typed", ["0x1, 0x2", "1 2 3 4", "1:2", "4-8", "48 6 5", "123 4", "10x2", "0x4 1", "0x0x41", "100x41", "41 0x"]
)
def test_half_a_byte_is_refused_and_not_joined_with_the_next(typed: str) -> None:
    refused(typed, "hex")


def test_what_is_no_hex_is_refused_with_its_place() -> None:
    assert "5" in refused("48 6g", "hex").replace("0-9, a-f", ""), "the fifth character is wrong"


@given(st.binary(), st.sampled_from(["", " ", ":", "-", ", ", "\t"]), st.sampled_from(["", "0x", "0X"]))
def test_any_bytes_can_be_typed_as_hex(data: bytes, between: str, before: str) -> None:
    if before and not between:
        between = " "
    typed = between.join(f"{before}{byte:02x}" for byte in data)
    assert hex_bytes(typed) == hex_bytes(typed.upper()) == read(typed, "hex", "none") == data


# Files.


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_file_is_read_as_its_path(tmp_path: Path) -> None:
    (tmp_path / "größe 1.bin").write_bytes(b"x")
    assert read(str(tmp_path / "größe 1.bin"), "file", "CRLF") == tmp_path / "größe 1.bin"


def test_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x").write_bytes(b"x")
    assert file_path("~/x") == tmp_path / "x"


def test_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "link").symlink_to("x")
    assert file_path(str(tmp_path / "link")) == tmp_path / "link"


@pytest.mark.parametrize("name", ["missing", "missing/too", "file/below", "dangling", "\ud800"])
def test_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert "no such file" in refused(f"{tmp_path}/{name}", "file")


@pytest.mark.parametrize("path", [".", "/", "/dev/null", "/dev/zero", "/proc/self/fd"])
def test_what_is_no_regular_file_is_refused(path: str) -> None:
    assert "not a regular file" in refused(path, "file")


@pytest.mark.timeout(5)
def test_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "not a regular file" in refused(str(tmp_path / "fifo"), "file")


def test_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    refused(str(tmp_path / "loop"), "file")


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("", "path"),
        ("\0", "NUL"),
        ("a\0b", "NUL"),
        ("x" * 300, "too long"),
        ("x/" * 5000, "too long"),
        ("~nosuchuserhere/x", ""),
        ("~nosuchuserhere", ""),
    ],
)
def test_what_is_no_path_is_refused(path: str, about: str) -> None:
    assert about in refused(path, "file")


AS_NOBODY = """
import os, sys
from sockscope.request.payload import PayloadError, read
if os.geteuid() == 0:
    os.setgroups([]); os.setegid(65534); os.seteuid(65534)
try:
    print("read", read(sys.argv[1], "file", "none"))
except PayloadError as error:
    print("refused:", error)
"""


def as_nobody(path: Path) -> str:
    command = [sys.executable, "-c", AS_NOBODY, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    return done.stdout


def test_somebody_may_read_what_is_readable(folder: Path) -> None:
    (folder / "open").write_bytes(b"x")
    (folder / "open").chmod(0o444)
    assert as_nobody(folder / "open").startswith("read")


@pytest.mark.parametrize("locked", ["file", "folder"])
def test_file_that_may_not_be_read_is_refused(folder: Path, locked: str) -> None:
    (folder / "folder").mkdir()
    path = folder / "folder" / "file" if locked == "folder" else folder / "file"
    path.write_bytes(b"secret")
    (folder / locked).chmod(0)
    try:
        assert as_nobody(path) == "refused: the file cannot be read: Permission denied\n"
    finally:
        (folder / locked).chmod(0o700)


# All together.


@pytest.mark.parametrize(
    ("ending", "data"),
    [("none", b"hi"), ("LF", b"hi\n"), ("CRLF", b"hi\r\n"), ("CR", b"hi\r"), ("NUL", b"hi\0")],
)
def test_ending_is_put_behind(ending: str, data: bytes) -> None:
    assert read("hi", "text", ending) == data
    assert read("68 69", "hex", ending) == data


@pytest.mark.parametrize("ending", sorted(set(ENDINGS) - {"none"}))
def test_an_ending_alone_can_be_sent(ending: str) -> None:
    assert read("", "text", ending) == ENDINGS[ending]


@pytest.mark.parametrize(("typed", "mode"), [("", "text"), ("", "hex"), (" ", "hex")])
def test_nothing_is_an_empty_datagram(typed: str, mode: str) -> None:
    assert read(typed, mode, "none") == b""


@pytest.mark.parametrize("mode", MODES)
def test_typing_has_a_limit(mode: str) -> None:
    assert "file" in refused("4" * (LONGEST_TYPED + 2), mode)


def test_just_under_the_limit_is_sent() -> None:
    assert read("4" * LONGEST_TYPED, "hex", "none") == b"D" * (LONGEST_TYPED // 2)


@given(
    st.one_of(
        st.text(st.characters()),
        st.text("0123456789abcdefxX ,:-\\"),
        st.text("~./\\ab\0\n\ud800"),
    ),
    st.sampled_from(MODES),
    endings,
)
@example("~nosuchuserhere", "file", "none")
@example("\udcff", "text", "LF")
@example("0x", "hex", "none")
def test_whatever_is_typed_gives_bytes_or_a_path_or_one_line(typed: str, mode: str, ending: str) -> None:
    try:
        got = read(typed, mode, ending)
    except PayloadError as error:
        assert str(error).isprintable()
        assert str(error)
    else:
        assert isinstance(got, Path if mode == "file" else bytes)
