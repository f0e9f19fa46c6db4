"""Keys one after the other: each is let in once, also behind one that took too long."""

from textual import events

from sockscope.ui.terminal.key_queue import KeyQueue


def key(name: str) -> events.Key:
    return events.Key(name, name)


def test_keys_wait_for_the_one_before() -> None:
    queue = KeyQueue()
    one, two, three = key("a"), key("b"), key("c")
    assert queue.enter(one)
    assert not queue.enter(two) and not queue.enter(three)
    assert queue.leave(1) is two
    assert queue.enter(two)
    assert queue.leave(2) is three


def test_one_that_was_held_for_stuck_and_is_told_of_late_lets_nobody_in() -> None:
    queue = KeyQueue()
    one, two, three = key("a"), key("b"), key("c")
    assert queue.enter(one)
    assert not queue.enter(two) and not queue.enter(three)
    assert queue.leave(queue.number) is two, "it took too long"
    assert queue.enter(two)
    assert queue.leave(1) is None, "two has its turn"
    assert queue.leave(2) is three


def test_a_key_is_left_once() -> None:
    queue = KeyQueue()
    assert queue.enter(key("a"))
    assert queue.leave(1) is None
    assert queue.leave(1) is None
    assert queue.enter(key("b"))
