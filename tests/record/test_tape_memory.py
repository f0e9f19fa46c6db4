"""The memory that all tapes share: recycled, and given way by whoever holds most."""

from sockscope.record.tape_memory import CHUNK_BYTES, TapeMemory


class Pile:
    """A holder of so many chunks' worth of bytes."""

    def __init__(self, history: TapeMemory, chunks: int) -> None:
        self.history = history
        self.held_bytes = 0
        self.dropped = 0
        history.holders[self] = None
        self.grow(chunks)

    def grow(self, chunks: int) -> None:
        self.held_bytes += chunks * CHUNK_BYTES
        self.history.held_bytes += chunks * CHUNK_BYTES

    def drop_oldest(self) -> None:
        assert self.held_bytes > 0, "asked to drop, and holds nothing"
        self.dropped += 1
        self.held_bytes -= CHUNK_BYTES
        self.history.held_bytes -= CHUNK_BYTES


def history_of(chunks: int) -> TapeMemory:
    return TapeMemory(limit_bytes=chunks * CHUNK_BYTES, limit_each_bytes=chunks * CHUNK_BYTES)


def test_limits_too_small_to_work_with_are_raised() -> None:
    history = TapeMemory(limit_bytes=0, limit_each_bytes=0)
    assert history.limit_bytes == 4 * CHUNK_BYTES
    assert history.limit_each_bytes == 2 * CHUNK_BYTES


def test_an_adopted_landing_is_replaced_at_once() -> None:
    history = history_of(8)
    landing = history.landing
    assert history.adopt_landing() is landing
    assert history.landing is not landing
    assert len(history.landing.view) == CHUNK_BYTES


def test_a_chunk_given_back_is_used_again() -> None:
    history = history_of(8)
    chunk = history.adopt_landing()
    history.give_back(chunk)
    history.adopt_landing()
    assert history.landing is chunk


def test_only_a_few_spare_chunks_are_kept() -> None:
    history = history_of(8)
    given_back = [history.adopt_landing() for _ in range(200)]
    for chunk in given_back:
        history.give_back(chunk)
    used_again = set()
    for _ in range(200):
        history.adopt_landing()
        used_again.add(id(history.landing))
    assert len(used_again & {id(chunk) for chunk in given_back}) == 64


def test_a_chunk_that_two_hold_is_used_again_when_both_gave_it_back() -> None:
    history = history_of(8)
    chunk = history.adopt_landing()
    assert history.share(chunk.view[3:7]) is chunk
    history.give_back(chunk)
    assert history.adopt_unused() is not chunk
    history.give_back(chunk)
    assert history.adopt_unused() is chunk


def test_what_is_no_history_cannot_be_shared() -> None:
    history = history_of(8)
    assert history.share(memoryview(b"a file's bytes")) is None
    assert history.share(history.landing.view) is None


def test_whoever_floods_gives_way_itself() -> None:
    history = history_of(8)
    quiet, flood = Pile(history, 2), Pile(history, 6)
    flood.grow(3)
    history.make_room(flood)
    assert (quiet.dropped, flood.dropped) == (0, 3)


def test_a_quiet_one_that_grows_a_little_takes_its_place_from_the_largest() -> None:
    history = history_of(8)
    quiet, middling, flood = Pile(history, 0), Pile(history, 2), Pile(history, 6)
    quiet.grow(1)
    history.make_room(quiet)
    assert (quiet.dropped, middling.dropped, flood.dropped) == (0, 0, 1)
    assert history.held_bytes == history.limit_bytes


def test_under_the_limit_nobody_gives_way() -> None:
    history = history_of(8)
    piles = [Pile(history, 4), Pile(history, 4)]
    history.make_room(piles[0])
    assert [pile.dropped for pile in piles] == [0, 0]
