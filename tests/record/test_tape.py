"""The tape against a plain list, against its limits, and read by one thread while another writes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sockscope.record.tape as tape_module
import sockscope.record.tape_segment as segment_module
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import EntryKind, Mover, TapeEntry
from sockscope.record.tape_memory import CHUNK_BYTES, TapeMemory
from tests.engine.loopback import MIB, before_every_line, interrupted

PERIOD = 65521  # a prime, so that the pattern never falls into step with a chunk
_SEED = bytes((i * i * 31 + i * 7 + (i >> 8)) & 0xFF for i in range(PERIOD))
_PATTERN = memoryview(_SEED * (2 + 2 * CHUNK_BYTES // PERIOD))


def pattern(offset: int, size_bytes: int) -> memoryview:
    """The bytes that belong at an offset, so that a byte in a wrong place is seen."""
    return _PATTERN[offset % PERIOD :][:size_bytes]


def receive(tape: Tape, size_bytes: int, at_ns: int = 0, took_ns: int = 0) -> tuple[int, memoryview]:
    """What the stream does; give how much room there was and the view of what came."""
    room = tape.room()
    size_bytes = min(size_bytes, len(room))
    room[:size_bytes] = pattern(tape.total_bytes, size_bytes)
    return len(room), tape.received(room, size_bytes, at_ns, took_ns)


def send(tape: Tape, size_bytes: int, asked: int, at_ns: int = 0, took_ns: int = 0) -> None:
    tape.sent(pattern(tape.total_bytes, size_bytes), asked, at_ns, took_ns)


def history_of(mib: int) -> TapeMemory:
    return TapeMemory(limit_bytes=mib * MIB, limit_each_bytes=mib * MIB)


@dataclass
class Model:
    """The same as a tape, as a list that forgets nothing."""

    tape: Tape
    entries: list[TapeEntry] = field(default_factory=list)
    total_bytes: int = 0
    in_direction: dict[EntryKind, int] = field(default_factory=lambda: {EntryKind.RECEIVED: 0, EntryKind.SENT: 0})

    def expect(self, kind: EntryKind, at_ns: int, took_ns: int, asked: int, size_bytes: int) -> None:
        mover = Mover.SEND if kind is EntryKind.SENT else Mover.RECV
        number, offset, before = len(self.entries), self.total_bytes, self.in_direction[kind]
        self.entries.append(
            TapeEntry(number, kind, at_ns, took_ns, asked, offset, size_bytes, mover, stream_offset=before)
        )
        self.total_bytes += size_bytes
        self.in_direction[kind] += size_bytes

    def expect_fact(self, number: int, at_ns: int, took_ns: int) -> None:
        self.entries.append(
            TapeEntry(len(self.entries), EntryKind.FACT, at_ns, took_ns, 0, self.total_bytes, 0, fact=number)
        )

    def check(self) -> None:
        """Everything not dropped reads back; everything dropped is counted and says so."""
        tape = self.tape
        assert (tape.total_entries, tape.total_bytes) == (len(self.entries), self.total_bytes)
        kept = list(tape.entries(0))
        assert kept == self.entries[tape.first_entry :]
        assert tape.first_entry + len(kept) == tape.total_entries
        assert tape.first_offset + sum(entry.size_bytes for entry in kept) == tape.total_bytes
        for entry in kept:
            self.check_kept(entry)
        for entry in self.entries[: tape.first_entry]:
            if entry.size_bytes:
                assert tape.read(entry.offset, entry.size_bytes) is None
                assert tape.entry_at(entry.offset) is None
                assert tape.entry_in(entry.kind, entry.stream_offset) is None
        assert tape.entry_at(self.total_bytes) is None
        for kind, size_bytes in self.in_direction.items():
            assert tape.entry_in(kind, size_bytes) is None
            kept_bytes = sum(entry.size_bytes for entry in kept if entry.kind is kind)
            assert tape.bytes_of(kind) == (size_bytes - kept_bytes, size_bytes)
        outlines = [(one.number, one.kind, one.at_ns, one.size_bytes) for one in kept]
        for first in (0, len(self.entries) // 2, len(self.entries)):
            assert list(tape.outline(first)) == [one for one in outlines if one[0] >= first]

    def check_kept(self, entry: TapeEntry) -> None:
        tape, size_bytes = self.tape, entry.size_bytes
        assert tape.entry(entry.number) == entry
        assert tape.read(entry.offset, size_bytes) == bytes(pattern(entry.offset, size_bytes))
        if size_bytes:
            for within in (0, size_bytes // 2, size_bytes - 1):
                assert tape.entry_at(entry.offset + within) == entry
                assert tape.entry_in(entry.kind, entry.stream_offset + within) == entry
                assert tape.read(entry.offset + within, 1) == bytes(pattern(entry.offset + within, 1))


sizes = st.one_of(
    st.integers(0, 100),
    st.integers(0, 20 * 1024),
    st.integers(0, 300 * 1024),
    st.sampled_from([16 * 1024 - 1, 16 * 1024, CHUNK_BYTES - 64 * 1024, CHUNK_BYTES - 1, CHUNK_BYTES]),
)
operations = st.tuples(st.sampled_from(["receive", "send", "fact", "release"]), st.integers(0, 2), sizes)


def do(model: Model, operation: str, size_bytes: int, at_ns: int) -> None:
    tape, took_ns = model.tape, at_ns * 3
    if operation == "receive":
        asked, view = receive(tape, size_bytes, at_ns, took_ns)
        assert bytes(view) == bytes(pattern(model.total_bytes, len(view)))
        model.expect(EntryKind.RECEIVED, at_ns, took_ns, asked, len(view))
    elif operation == "send":
        send(tape, size_bytes, size_bytes + 5, at_ns, took_ns)
        model.expect(EntryKind.SENT, at_ns, took_ns, size_bytes + 5, size_bytes)
    elif operation == "fact":
        tape.fact(size_bytes, at_ns, took_ns)
        model.expect_fact(size_bytes, at_ns, took_ns)
    elif size_bytes < 100:  # a release is rare
        tape.release()
        assert (tape.held_bytes, tape.first_entry, tape.first_offset) == (0, len(model.entries), model.total_bytes)


@settings(deadline=None, max_examples=40)
@given(st.lists(operations, min_size=20, max_size=60))
def test_tapes_keep_what_a_list_keeps_and_stay_within_their_limits(steps: list[tuple[str, int, int]]) -> None:
    history = TapeMemory(limit_bytes=4 * CHUNK_BYTES, limit_each_bytes=2 * CHUNK_BYTES)
    models = [Model(Tape(history)) for _ in range(3)]
    for at_ns, (operation, which, size_bytes) in enumerate(steps):
        do(models[which], operation, size_bytes, at_ns)
        held = [model.tape.held_bytes for model in models]
        assert sum(held) == history.held_bytes <= history.limit_bytes
        assert max(held) <= history.limit_each_bytes
    for model in models:
        model.check()
    for model in models:
        model.tape.release()
    assert history.held_bytes == 0
    assert not history.holders


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["receive", "send"]), sizes), min_size=5, max_size=30))
def test_with_room_enough_nothing_is_dropped(steps: list[tuple[str, int]]) -> None:
    model = Model(Tape(history_of(32)))
    for at_ns, (operation, size_bytes) in enumerate(steps):
        do(model, operation, size_bytes, at_ns)
    assert (model.tape.first_entry, model.tape.first_offset) == (0, 0)
    model.check()


@pytest.mark.parametrize("operation", ["receive", "send", "fact"])
def test_thirty_thousand_records_of_one_byte_stay_within_the_limit(operation: str) -> None:
    history = TapeMemory(limit_bytes=MIB, limit_each_bytes=MIB // 2)
    model = Model(Tape(history))
    for at_ns in range(30_000):
        do(model, operation, 1, at_ns)
        assert history.held_bytes <= history.limit_each_bytes
    assert model.tape.first_entry > 0
    assert list(model.tape.entries(0)) == model.entries[model.tape.first_entry :]
    assert len(list(model.tape.entries(29_990))) == 10


def test_a_quiet_tape_costs_a_few_hundred_bytes() -> None:
    history = history_of(8)
    tape = Tape(history)
    assert history.held_bytes == 0, "nothing before its first byte"
    for number in range(5):
        tape.fact(number, 0, 0)
    receive(tape, 100)
    assert history.held_bytes == tape.held_bytes < 512


def test_a_flood_forgets_its_own_past_and_never_that_of_a_quiet_tape() -> None:
    history = history_of(1)
    quiet, flood = Model(Tape(history)), Model(Tape(history))
    do(quiet, "receive", 1000, 0)
    for at_ns in range(100):
        do(flood, "receive", CHUNK_BYTES, at_ns)
        do(flood, "send", 5000, at_ns)
    assert flood.tape.first_entry > 0
    assert quiet.tape.first_entry == 0
    for at_ns in range(100):  # also when it is the quiet one that asks for room
        do(quiet, "receive", 10, at_ns)
        do(flood, "send", 50_000, at_ns)
    assert quiet.tape.first_entry == 0
    quiet.check()
    flood.check()


def test_many_quiet_tapes_keep_everything_beside_a_flood() -> None:
    history = history_of(2)
    quiet = [Model(Tape(history)) for _ in range(100)]
    flood = Model(Tape(history))
    for at_ns in range(50):
        do(flood, "receive", CHUNK_BYTES, at_ns)
        for model in quiet:
            do(model, "receive", 50, at_ns)
    assert flood.tape.first_entry > 0
    assert {model.tape.first_entry for model in quiet} == {0}
    assert history.held_bytes <= history.limit_bytes


def test_a_limit_for_each_holds_although_there_is_room_in_all() -> None:
    history = TapeMemory(limit_bytes=64 * MIB, limit_each_bytes=1 * MIB)
    tape = Tape(history)
    for _ in range(20):
        receive(tape, CHUNK_BYTES)
        assert tape.held_bytes <= MIB
    assert tape.first_offset == 20 * CHUNK_BYTES - 3 * CHUNK_BYTES, "three chunks and their index fit into 1 MiB"


def test_after_a_release_the_counters_stay_and_writing_goes_on() -> None:
    history = history_of(8)
    model = Model(Tape(history))
    do(model, "receive", 100_000, 1)
    do(model, "send", 10, 2)
    model.tape.release()
    assert history.held_bytes == 0
    assert (model.tape.total_bytes, model.tape.first_offset, model.tape.first_entry) == (100_010, 100_010, 2)
    model.check()
    do(model, "receive", 10, 3)
    do(model, "receive", 100_000, 4)
    model.check()


def test_the_memory_of_what_was_dropped_receives_again() -> None:
    history = history_of(1)
    tape = Tape(history)
    landings = set()
    for _ in range(100):
        landings.add(id(history.landing.view.obj))
        receive(tape, CHUNK_BYTES)
    assert len(landings) <= 5, "1 MiB of history, and one chunk that is ready"


def test_an_empty_tape_has_nothing_to_read() -> None:
    tape = Tape(history_of(1))
    assert list(tape.entries(0)) == []
    assert tape.entry(0) is None
    assert tape.entry_at(0) is None
    assert tape.read(0, 1) is None


@pytest.mark.parametrize("size_bytes", [100, 20_000])
def test_what_was_not_written_yet_is_not_read(size_bytes: int) -> None:
    tape = Tape(history_of(1))
    receive(tape, size_bytes)
    assert tape.read(0, size_bytes) is not None
    assert tape.read(0, size_bytes + 1) is None
    assert tape.read(size_bytes, 1) is None


def test_reading_records_begins_where_one_asks() -> None:
    tape = Tape(history_of(8))
    for _ in range(10):
        receive(tape, 100_000)
    assert [entry.number for entry in tape.entries(7)] == [7, 8, 9]
    assert list(tape.entries(10)) == []
    assert tape.entry(10) is None


def test_reading_goes_on_behind_what_is_dropped_meanwhile() -> None:
    model = Model(Tape(history_of(1)))
    for _ in range(3):
        do(model, "receive", CHUNK_BYTES, 1)
    reading = model.tape.entries(0)
    first = next(reading)
    for _ in range(20):
        do(model, "receive", CHUNK_BYTES, 2)
    rest = list(reading)
    assert first == model.entries[0]
    assert rest == model.entries[model.tape.first_entry :]


def test_reading_records_begins_at_the_first_one_kept() -> None:
    tape = Tape(history_of(1))
    for _ in range(100):
        receive(tape, 100_000)
    assert tape.first_entry > 0
    assert next(tape.entries(0)).number == tape.first_entry


def test_a_dropped_record_is_none() -> None:
    tape = Tape(history_of(1))
    for _ in range(100):
        receive(tape, 100_000)
    assert tape.first_entry > 0
    assert tape.entry(0) is None
    assert tape.entry(tape.first_entry - 1) is None


def test_a_duration_longer_than_four_seconds_is_kept_as_the_longest() -> None:
    tape = Tape(history_of(1))
    receive(tape, 1, 5, 10_000_000_000)
    assert tape.entry(0) == TapeEntry(0, EntryKind.RECEIVED, 5, 2**32 - 1, CHUNK_BYTES, 0, 1)


def test_small_receives_are_copied_and_large_ones_are_not() -> None:
    history = history_of(8)
    tape = Tape(history)
    landing = history.landing
    receive(tape, 16 * 1024 - 1)
    assert history.landing is landing, "small: copied out, and the landing used again"
    receive(tape, 16 * 1024)
    assert history.landing is not landing, "large: adopted"
    assert tape.room().obj is landing.view.obj, "and what is left of it receives the next"


LOOKS: dict[str, Callable[[Tape, TapeEntry], object]] = {
    "read": lambda tape, wanted: tape.read(wanted.offset, wanted.size_bytes),
    "entry": lambda tape, wanted: tape.entry(wanted.number),
    "entry_at": lambda tape, wanted: tape.entry_at(wanted.offset),
    "entry_in": lambda tape, wanted: tape.entry_in(wanted.kind, wanted.stream_offset),
    "entries": lambda tape, wanted: next((entry for entry in tape.entries(0) if entry == wanted), None),
}


def look_while_all_is_recycled(look: str, at_line: int) -> bool:
    """Look for an entry, and recycle everything before the n-th line that runs; False where it has fewer lines."""
    model = Model(Tape(history_of(1)))
    for size_bytes in [100_000, 5, CHUNK_BYTES, 300]:
        do(model, "receive", size_bytes, 1)
    wanted = model.entries[2]

    def recycle() -> None:
        for _ in range(12):
            do(model, "receive", CHUNK_BYTES, 2)

    found, happened = interrupted(
        (tape_module, segment_module), at_line, lambda: LOOKS[look](model.tape, wanted), recycle
    )
    right = bytes(pattern(wanted.offset, wanted.size_bytes)) if look == "read" else wanted
    assert found is None or found == right, f"recycled before line {at_line}"
    return happened


@pytest.mark.parametrize("look", LOOKS)
def test_the_writer_may_recycle_everything_between_any_two_lines_of_a_reader(look: str) -> None:
    at_line = 0
    while look_while_all_is_recycled(look, at_line):
        at_line += 1
    assert at_line > 5, "it never came between"


class Reader:
    """Reads what it can of a tape and checks every piece."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.right = self.gone = 0
        self.wrong: list[TapeEntry] = []

    def run(self, done: threading.Event) -> None:
        while not done.is_set() and not self.wrong:
            for entry in self.tape.entries(self.tape.first_entry):  # the oldest: the next to be recycled
                self.check(entry)
                if entry.number % 8 == 0:
                    break
            if latest := self.tape.entry(max(self.tape.total_entries - 1, 0)):
                self.check(latest)
            if found := self.tape.entry_at((self.tape.first_offset + self.tape.total_bytes) // 2):
                self.check(found)

    def check(self, entry: TapeEntry) -> None:
        piece = self.tape.read(entry.offset, entry.size_bytes)
        if piece is None:
            self.gone += 1
        elif piece == pattern(entry.offset, entry.size_bytes):
            self.right += 1
        else:
            self.wrong.append(entry)


@pytest.mark.parametrize("sizes_bytes", [[CHUNK_BYTES], [20_000, 7, 150_000, 3000], [1, 500]])
def test_a_piece_that_is_read_while_the_tape_is_written_is_right_or_none(
    sizes_bytes: list[int], impatient_threads: None
) -> None:
    tape = Tape(history_of(1))
    reader, done = Reader(tape), threading.Event()
    thread = threading.Thread(target=reader.run, args=(done,))
    thread.start()
    began = time.monotonic()
    while (time.monotonic() - began < 0.4 or reader.right <= 20) and not reader.wrong:
        for size_bytes in sizes_bytes:
            receive(tape, size_bytes)
            send(tape, size_bytes // 2, size_bytes)
        if time.monotonic() - began > 20:
            break
    done.set()
    thread.join()
    assert reader.wrong == []
    assert reader.right > 20
    assert tape.first_entry > 0, "nothing was recycled: the test proved nothing"


@pytest.mark.parametrize("kind", [EntryKind.RECEIVED, EntryKind.SENT])
def test_the_bytes_of_one_direction_only_grow_while_they_are_counted(kind: EntryKind) -> None:
    tape = Tape(history_of(1))
    seen = [(0, 0)]

    def look() -> None:
        dropped, total = tape.bytes_of(kind)
        assert dropped <= total
        assert dropped >= seen[-1][0] and total >= seen[-1][1]
        seen.append((dropped, total))

    def write() -> None:
        for _ in range(20):
            receive(tape, CHUNK_BYTES)
            send(tape, 70_000, 70_000)
            tape.fact(1, 0, 0)

    before_every_line(tape_module, write, look)
    look()
    assert 0 < seen[-1][0] < seen[-1][1], "nothing was dropped: the test proved nothing"


@pytest.mark.parametrize("kind", [EntryKind.RECEIVED, EntryKind.SENT])
def test_no_more_is_dropped_than_there_was_whatever_comes_between_two_lines_of_a_reader(kind: EntryKind) -> None:
    at_line, happened = 0, True
    while happened:
        tape = Tape(history_of(1))

        def write(tape: Tape = tape) -> None:
            for _ in range(12):
                receive(tape, CHUNK_BYTES)
                send(tape, 200_000, 200_000)

        receive(tape, 100)
        send(tape, 100, 100)
        found, happened = interrupted((tape_module,), at_line, lambda tape=tape: tape.bytes_of(kind), write)
        assert isinstance(found, tuple)
        assert 0 <= found[0] <= found[1], f"written before line {at_line}"
        at_line += 1
    assert at_line > 3, "it never came between"


def test_the_bytes_of_one_direction_are_right_while_another_thread_writes(impatient_threads: None) -> None:
    tape, done = Tape(history_of(1)), threading.Event()

    def write() -> None:
        while not done.is_set():
            receive(tape, 1)

    thread = threading.Thread(target=write)
    thread.start()
    sent = {tape.bytes_of(EntryKind.SENT) for _ in range(100_000)}
    done.set()
    thread.join()
    assert sent == {(0, 0)}, "nothing was sent"
    assert tape.total_entries > 100, "nothing was written: the test proved nothing"


@given(st.lists(st.tuples(st.sampled_from(["in", "out", "fact"]), st.integers(0, 90_000)), max_size=40))
def test_offsets_of_one_direction_count_its_bytes_alone(steps: list[tuple[str, int]]) -> None:
    tape = Tape(TapeMemory(limit_bytes=10**9, limit_each_bytes=10**9, chunk_bytes=64 * 1024))
    received = sent = 0
    expected = []
    for way, size_bytes in steps:
        if way == "fact":
            tape.fact(1, 0, 0)
        elif way == "in":
            size_bytes = min(size_bytes, len(room := tape.room()))
            tape.received(room, size_bytes, 0, 0)
            expected.append((EntryKind.RECEIVED, received))
            received += size_bytes
        else:
            tape.sent(memoryview(bytes(size_bytes)), size_bytes, 0, 0)
            expected.append((EntryKind.SENT, sent))
            sent += size_bytes
    found = [(one.kind, one.stream_offset) for one in tape.entries(0) if one.kind is not EntryKind.FACT]
    assert found == expected
    assert (tape.total_received, tape.total_sent) == (received, sent)
