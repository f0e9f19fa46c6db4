"""The files of an export: exact, honest about what was dropped, and nothing overwritten."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Facts
from sockscope.record.tape_entry import EntryKind
from sockscope.report.export import DUMPED, export
from sockscope.show.sanitizer import safe
from sockscope.show.wall_clock import UNSET, fixed
from tests.facts import RECORDER, at, note
from tests.show.made import (
    MS,
    SEGMENT,
    START_NS,
    Canned,
    bytes_of,
    canned,
    connected,
    datagrams,
    drop,
    happen,
    history,
    made,
    receive,
    relayed,
    secured,
    send,
    watched,
)

STAMP = "20250101-120000"
Files = tuple[bytes, bytes, list[str]]


def exported(conversation: Conversation, parent: Path, stamp: str = STAMP) -> Files:
    """What was received, what was sent, and the lines of the list of calls."""
    folder = export(conversation, parent, UNSET, stamp)
    assert sorted(path.name for path in folder.iterdir()) == ["calls.txt", "received.bin", "sent.bin", "traffic.txt"]
    calls = (folder / "calls.txt").read_bytes().decode()
    assert calls.endswith("\n")
    return (folder / "received.bin").read_bytes(), (folder / "sent.bin").read_bytes(), calls[:-1].split("\n")


def test_the_traffic_is_the_calls_with_their_bytes(tmp_path: Path) -> None:
    conversation = connected()
    happen(conversation, "in", b"one\n")
    happen(conversation, "out", bytes(DUMPED + 5))
    happen(conversation, "in", b"two")
    folder = export(conversation, tmp_path, UNSET, STAMP)
    calls = (folder / "calls.txt").read_text(encoding="utf-8").splitlines()
    lines = (folder / "traffic.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line in calls] == calls
    data = [line for line in lines if line not in calls]
    assert data[0].startswith("00000000 6f 6e 65 0a ") and data[0].endswith("one.")
    assert data[-1].startswith("00000004 74 77 6f")
    assert data[-2] == "… 5 bytes more, in sent.bin"
    assert len(data) == DUMPED // 16 + 3


def test_what_was_received_and_sent_is_exact(tmp_path: Path) -> None:
    conversation = connected()
    happen(conversation, "in", b"\x00\xff\r\n")
    happen(conversation, "out", b"one")
    happen(conversation, "in", b"two\n")
    happen(conversation, "out", b"\x1b")
    received, sent, _ = exported(conversation, tmp_path)
    assert (received, sent) == (b"\x00\xff\r\ntwo\n", b"one\x1b")


def test_only_what_the_kernel_took_was_sent(tmp_path: Path) -> None:
    conversation = connected()
    send(conversation, b"taken", asked=5000)
    _, sent, lines = exported(conversation, tmp_path)
    assert sent == b"taken"
    assert "send(7, 5000) = 5" in lines[-1]


names = iter(range(1_000_000))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A new empty folder each time."""
    parent = tmp_path_factory.mktemp("exports")

    def new() -> Path:
        folder = parent / str(next(names))
        folder.mkdir()
        return folder

    return new


@settings(max_examples=25)
@given(happened=st.lists(canned, max_size=12))
def test_whatever_happened_is_in_the_files(shelf: Callable[[], Path], happened: list[Canned]) -> None:
    conversation = made(happened)
    received, sent, lines = exported(conversation, shelf())
    assert received == b"".join(data for what, data in happened if what == "in")
    assert sent == b"".join(data for what, data in happened if what == "out")
    assert [line[0] for line in lines[1:]] == [{"in": "←", "out": "→"}.get(what, "·") for what, _ in happened]
    assert [line for line in lines if safe(line) != line] == []


def test_every_call_is_listed_with_its_time(tmp_path: Path) -> None:
    conversation = connected()
    receive(conversation, b"x" * 1204, START_NS + 1500 * MS)
    note(conversation, Call("recv", 7, (262144,), 0, "", START_NS + 1600 * MS, 4000, "peer finished sending"))
    note(conversation, Call("close", 7, (), None, "EIO", START_NS + 1700 * MS, 4000))
    _, _, lines = exported(conversation, tmp_path)
    assert lines[0].startswith("192.0.2.1:54321 <-> 192.0.2.7:80: connected")
    assert [line.partition("00:16:")[2] for line in lines[-3:]] == [
        "41.500000    +1.5 s  recv(7, 262144) = 1204 5 µs",
        "41.600000   +100 ms  peer finished sending recv(7, 262144) = 0 4 µs",
        "41.700000   +100 ms  close(7) = EIO 4 µs",
    ]
    names = ("getaddrinfo(", "socket(", "recv(7, 262144) = 1204", "peer finished", "close(7)")
    assert [name in line for name, line in zip(names, lines[1:], strict=True)] == [True] * 5


def test_the_times_are_those_of_the_wall(tmp_path: Path) -> None:
    conversation = made([("in", b"x")])
    folder = export(conversation, tmp_path, fixed(3600 * 1000 * MS), STAMP)
    assert "01:16:40.000000" in (folder / "calls.txt").read_text()


def test_an_empty_conversation_gives_empty_files(tmp_path: Path) -> None:
    conversation = made()
    RECORDER.failed(conversation, "ECONNREFUSED")
    assert exported(conversation, tmp_path)[:2] == (b"", b"")


def test_a_conversation_that_never_was_connected_is_called_by_its_target(tmp_path: Path) -> None:
    conversation = made(target="example.com:80")
    RECORDER.failed(conversation, "ECONNREFUSED")
    _, _, lines = exported(conversation, tmp_path)
    assert "example.com:80: failed" in lines[0]


@pytest.mark.parametrize("target", ["a\nb", "\x1b[2J", "a\r\n← 12:00:00 recv(7) = 5", "\u202e", "\udcff"])
def test_a_name_cannot_forge_lines(tmp_path: Path, target: str) -> None:
    conversation = made([("in", b"x")], target=target)
    conversation.endpoints.local = at("127.0.0.1:1")
    _, _, lines = exported(conversation, tmp_path)
    assert len(lines) == 2
    assert safe(lines[0]) == lines[0]


# Every track.


def files(conversation: Conversation, parent: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in export(conversation, parent, UNSET, STAMP).iterdir()}


def test_tls_gives_the_plaintext_and_the_records(tmp_path: Path) -> None:
    conversation = secured()
    happen(conversation, "in", b"hello")
    assert conversation.layers.wire
    conversation.layers.wire.tape.sent(memoryview(b"\x17\x03\x03"), 3, START_NS, 1000)
    given = files(conversation, tmp_path)
    assert {name: data for name, data in given.items() if name.endswith(".bin")} == {
        "received.bin": b"hello",
        "sent.bin": b"",
        "tls-records-received.bin": b"",
        "tls-records-sent.bin": b"\x17\x03\x03",
    }
    first, *calls = given["tls-records-calls.txt"].decode().splitlines()
    assert first == "192.0.2.1:54321 <-> 192.0.2.7:80: connected, TLS records"
    assert [any(name in line for line in calls) for name in ("do_handshake(", "send(7, 3)", "SSL_")] == [1, 1, 0]
    assert "SSL_read(7," in given["calls.txt"].decode()


def test_a_relay_gives_both_legs(tmp_path: Path) -> None:
    given = files(relayed(), tmp_path)
    assert sorted(given) == sorted(
        f"{prefix}{name}"
        for prefix in ("", "target-bytes-")
        for name in ("received.bin", "sent.bin", "calls.txt", "traffic.txt")
    )
    assert given["target-bytes-received.bin"] == b"from the target"
    assert given["target-bytes-sent.bin"] == b"to it"


def test_each_leg_of_a_relay_is_listed_under_its_own_ends_and_ending(tmp_path: Path) -> None:
    conversation = relayed()
    assert conversation.upstream
    RECORDER.reset_by_peer(conversation)
    RECORDER.closed(conversation.upstream)
    given = files(conversation, tmp_path)
    near, target = (given[name].decode().split("\n")[0] for name in ("calls.txt", "target-bytes-calls.txt"))
    assert near == f"{conversation.endpoints.local} <-> {conversation.endpoints.peer}: reset by peer"
    assert target == " <-> /run/app.sock: closed by us, target: bytes"


def test_who_finished_first_and_who_closed_are_both_listed(tmp_path: Path) -> None:
    conversation = connected()
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)
    _, _, lines = exported(conversation, tmp_path)
    assert lines[0].endswith(": the peer finished first, then we closed")


def test_both_legs_of_a_relay_may_have_tls(tmp_path: Path) -> None:
    conversation = secured()
    conversation.upstream = secured()
    prefixes = {name.removesuffix("sent.bin") for name in files(conversation, tmp_path) if name.endswith("sent.bin")}
    assert prefixes == {"", "tls-records-", "target-plaintext-", "target-tls-records-"}


def test_datagrams_are_listed_with_the_calls_that_moved_them(tmp_path: Path) -> None:
    conversation = datagrams(State.OPEN)
    happen(conversation, "in", b"")
    happen(conversation, "out", b"hi")
    received, sent, lines = exported(conversation, tmp_path)
    assert (received, sent) == (b"", b"hi")
    assert ["recvfrom(7, 262144) = 0" in lines[1], "sendto(7, 2) = 2" in lines[2]] == [True, True]


# What was dropped.


def test_what_was_dropped_before_is_said(tmp_path: Path) -> None:
    conversation = made(keeping=history(0))
    for i in range(5):
        happen(conversation, "in", bytes([i]) * SEGMENT)
        happen(conversation, "out", bytes([i]) * 7)
    tape = conversation.tape
    received, sent, lines = exported(conversation, tmp_path)
    assert received == bytes(byte for _, byte in bytes_of(conversation, EntryKind.RECEIVED))
    assert sent == bytes(byte for _, byte in bytes_of(conversation, EntryKind.SENT))
    assert 0 < len(received) < 5 * SEGMENT
    assert lines[1] == f"{tape.first_offset:,} bytes and {tape.first_entry} calls earlier, dropped"
    assert len(lines) - 2 == tape.total_entries - tape.first_entry


def test_where_nothing_was_dropped_nothing_is_said(tmp_path: Path) -> None:
    _, _, lines = exported(made([("in", b"x")]), tmp_path)
    assert "dropped" not in "\n".join(lines)


def test_a_call_that_was_dropped_has_its_line(tmp_path: Path) -> None:
    conversation = made([("setsockopt", b"")] * (Facts.FIRST + Facts.LATEST + 3))
    _, _, lines = exported(conversation, tmp_path)
    assert sum("a call, dropped" in line for line in lines) == 3
    assert len(lines) == 1 + Facts.FIRST + Facts.LATEST + 3


def test_everything_was_dropped(tmp_path: Path) -> None:
    conversation = made([("in", b"12345"), ("out", b"678")])
    conversation.tape.release()
    received, sent, lines = exported(conversation, tmp_path)
    assert (received, sent) == (b"", b"")
    assert lines[1:] == ["8 bytes and 2 calls earlier, dropped"]


def flooded_while_exporting(sizes: list[int], segments: int) -> Conversation:
    """Receives of 1, 2, 3 …; after the first is read the engine drops so many segments."""
    conversation = made([("in", bytes([0x31 + i]) * size_bytes) for i, size_bytes in enumerate(sizes)])
    tape = watched(conversation)

    def meddle(offset: int) -> None:
        tape.meddle = lambda _: None
        drop(conversation, segments)

    tape.meddle = meddle
    return conversation


def test_what_was_read_before_it_was_dropped_is_not_said_to_be(tmp_path: Path) -> None:
    received, _, lines = exported(flooded_while_exporting([SEGMENT] * 3, 1), tmp_path)
    assert received == b"".join(bytes([byte]) * SEGMENT for byte in b"123")
    assert "dropped" not in "\n".join(lines)


@pytest.mark.parametrize("segments", [2, 3, 4, 5])
def test_a_flood_meanwhile_leaves_what_is_kept_and_says_what_is_not(tmp_path: Path, segments: int) -> None:
    received, _, lines = exported(flooded_while_exporting([SEGMENT] * 5, segments), tmp_path)
    assert received == b"".join(bytes([byte]) * SEGMENT for byte in b"1" + b"12345"[segments:])
    assert any("dropped while writing" in line for line in lines)
    assert sum("recv(" in line for line in lines) == 6 - segments


@pytest.mark.parametrize("sizes", [[100, 200], [100, 200, SEGMENT]], ids=["at the end", "in the middle"])
def test_records_that_are_dropped_while_their_segment_is_read_are_said(tmp_path: Path, sizes: list[int]) -> None:
    received, _, lines = exported(flooded_while_exporting(sizes, 1), tmp_path)
    assert received == b"1" * 100 + b"3" * sum(sizes[2:])
    assert lines[2] == "200 bytes and 1 call dropped while writing"


@pytest.mark.parametrize("what", ["in", "out", "close"])
def test_what_comes_while_writing_is_left_out(tmp_path: Path, what: str) -> None:
    conversation = made([("in", b"before"), ("in", b"too")])
    tape = watched(conversation)

    def meddle(offset: int) -> None:
        happen(conversation, what, b"later")
        receive(conversation, b"x" * SEGMENT)
        assert tape.reads < 20, "it would run after a flood for ever"

    tape.meddle = meddle
    received, sent, lines = exported(conversation, tmp_path)
    assert (received, sent) == (b"beforetoo", b"")
    assert len(lines) == 3


# The folder.


def test_the_folder_is_named_after_time_and_number_and_is_ours_alone(tmp_path: Path) -> None:
    folder = export(made([("in", b"secret")]), tmp_path, UNSET, STAMP)
    assert folder == tmp_path / f"sockscope-export-{STAMP}-1"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_second_export_overwrites_nothing(tmp_path: Path) -> None:
    conversation = made([("in", b"first")])
    folder = export(conversation, tmp_path, UNSET, STAMP)
    happen(conversation, "in", b"second")
    with pytest.raises(FileExistsError):
        export(conversation, tmp_path, UNSET, STAMP)
    assert (folder / "received.bin").read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_whatever_has_the_name_already_stays(tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    name = tmp_path / f"sockscope-export-{STAMP}-1"
    if kind == "file":
        name.write_text("mine")
    elif kind == "folder":
        name.mkdir()
    else:
        name.symlink_to("elsewhere" if kind == "link" else "nowhere")
    with pytest.raises(FileExistsError):
        export(made([("in", b"x")]), tmp_path, UNSET, STAMP)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "nowhere").exists()
    assert kind != "file" or name.read_text() == "mine"


def test_conversations_have_folders_of_their_own(tmp_path: Path) -> None:
    one, other = made([("in", b"one")]), made([("in", b"other")])
    other.number = 2
    assert exported(one, tmp_path)[0] == b"one"
    assert exported(other, tmp_path)[0] == b"other"


@pytest.mark.parametrize("parent", ["missing", "file"])
def test_a_parent_that_is_none_is_an_oserror(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"No such file|Not a directory"):
        export(made(), tmp_path / parent, UNSET, STAMP)


# A disk that takes no more.


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Writing more to a file fails, as on a full disk (setrlimit(2), RLIMIT_FSIZE; Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("happened", "limit"),
    [
        ([("in", b"x" * 100_000)], 50_000),
        ([("out", b"x" * 100_000)], 50_000),
        ([("in", b"x" * 100_000), ("out", b"y" * 100_000)], 0),
        ([("in", b"x")], 0),
        ([("close", b"")] * 200, 4096),
        ([], 0),
    ],
    ids=["received", "sent", "both", "at closing", "calls", "nothing fits"],
)
def test_a_full_disk_is_an_oserror_and_nothing_else(tmp_path: Path, happened: list[Canned], limit: int) -> None:
    conversation = made(happened)
    with files_of_at_most(limit), pytest.raises(OSError, match="File too large"):
        export(conversation, tmp_path, UNSET, STAMP)
    for path in (tmp_path / f"sockscope-export-{STAMP}-1").iterdir():
        assert path.stat().st_size <= limit
    assert exported(conversation, tmp_path, "again")[0] == b"".join(data for what, data in happened if what == "in")
