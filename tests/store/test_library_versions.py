"""The library's file through the versions: that of before is read, and what a later one wrote stays in it."""

import tomllib
from pathlib import Path

import pytest

from sockscope.store.library import Library
from sockscope.store.shelf import ADDRESS_TEMPLATES, TEMPLATES, SavedAddress, SavedPayload

BEFORE = Path(__file__).with_name("library_of_0_4_0.toml")
"""A file that version 0.4.0 wrote, with an entry of every kind."""

LATER = """\
format = 7
since = 2031-02-03T04:05:06Z

[presets.device]
columns = ["time", "bytes"]
nested = { deep = [1, 2.5, true] }

[[recording]]
name = "first"
bytes = 1024

[[payload]]
name = "poll"
text = "01 03"
mode = "hex"
interval_s = 0.5
tags = ["modbus", { colour = "red" }]

[[address]]
name = "device"
address = "192.0.2.1 502"
unknown = "a field of this very name"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.toml"


def loaded(path: Path, content: str) -> Library:
    path.write_text(content)
    library = Library(path)
    library.load()
    return library


def own(library: Library) -> tuple[list[SavedPayload], list[SavedAddress]]:
    return library.payloads()[: -len(TEMPLATES)], library.addresses()[: -len(ADDRESS_TEMPLATES)]


def test_a_file_of_before_is_read_and_written_as_it_was(path: Path) -> None:
    library = loaded(path, BEFORE.read_text())
    payloads, addresses = own(library)
    assert library.note == ""
    assert payloads[:3] == [
        SavedPayload(
            "HTTP GET mine", r"GET /status HTTP/1.1\r\nHost: device\r\n\r\n", about="what the device says of itself"
        ),
        SavedPayload("login", "user pass", "text", "CRLF"),
        SavedPayload("line", "ls", ending="LF"),
    ]
    assert {(payload.mode, payload.ending) for payload in payloads} == {
        *(("text", ending) for ending in ("none", "LF", "CRLF", "CR", "NUL")),
        ("hex", "none"),
    }
    assert [address.address for address in addresses] == [
        *("192.0.2.1 502", "[2001:db8::1]:80", "tls://example.com:443", "udp://127.0.0.1:53"),
        *("unix:/run/docker.sock", "unixgram:/dev/log", "unix:@name"),
    ]
    assert library.save(payloads[0]) == ""
    assert path.read_bytes() == BEFORE.read_bytes()


def test_what_a_later_version_wrote_stays(path: Path) -> None:
    library = loaded(path, LATER)
    assert library.note == ""
    assert own(library) == ([SavedPayload("poll", "01 03", "hex")], [SavedAddress("device", "192.0.2.1 502")])
    assert library.save(SavedAddress("mine", "localhost 1")) == ""
    before, after = tomllib.loads(LATER), tomllib.loads(path.read_text())
    assert after["payload"][0].items() >= before["payload"][0].items()
    assert after["address"][0].items() >= before["address"][0].items()
    assert after["address"][1]["name"] == "mine"
    for key in ("format", "since", "presets", "recording"):
        assert after[key] == before[key]
    assert [entry.name for entry in path.parent.iterdir()] == ["library.toml"], "nothing is set aside"


def test_what_is_saved_under_the_same_name_keeps_what_is_not_known_of_it(path: Path) -> None:
    library = loaded(path, LATER)
    assert library.save(SavedPayload("poll", "01 04", "hex")) == ""
    (poll,) = tomllib.loads(path.read_text())["payload"]
    assert (poll["text"], poll["interval_s"], poll["tags"]) == ("01 04", 0.5, ["modbus", {"colour": "red"}])


def test_what_is_removed_goes_with_all_of_it(path: Path) -> None:
    library = loaded(path, LATER)
    assert library.remove(SavedPayload("poll", "")) == ""
    after = tomllib.loads(path.read_text())
    assert "payload" not in after and after["format"] == 7


def test_what_is_not_known_does_not_save_a_bad_entry(path: Path) -> None:
    library = loaded(path, LATER + "about = 3\n")
    assert library.note == "skipped in library.toml: address 1: everything in it must be text"
    assert library.save(SavedAddress("mine", "localhost 1")) == ""
    assert path.with_name("library.toml.broken-1").read_text() == LATER + "about = 3\n"
