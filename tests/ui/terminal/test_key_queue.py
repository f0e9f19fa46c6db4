"""Keys one after the other: each is let in once, also behind one that took too long."""

from textual import events

from sockscope.ui.terminal.key_queue import Turnstile


def key(name: str) -> events.Key:
    return events.Key(name, name)


def test_keys_wait_for_the_one_before() -> None:
    turnstile = Turnstile()
    one, two, three = key("a"), key("b"), key("c")
    assert turnstile.enter(one)
    assert not turnstile.enter(two) and not turnstile.enter(three)
    assert turnstile.leave(1) is two
    assert turnstile.enter(two)
    assert turnstile.leave(2) is three


def test_one_that_was_held_for_stuck_and_is_told_of_late_lets_nobody_in() -> None:
    turnstile = Turnstile()
    one, two, three = key("a"), key("b"), key("c")
    assert turnstile.enter(one)
    assert not turnstile.enter(two) and not turnstile.enter(three)
    assert turnstile.leave(turnstile.number) is two, "it took too long"
    assert turnstile.enter(two)
    assert turnstile.leave(1) is None, "two has its turn"
    assert turnstile.leave(2) is three


def test_a_key_is_left_once() -> None:
    turnstile = Turnstile()
    assert turnstile.enter(key("a"))
    assert turnstile.leave(1) is None
    assert turnstile.leave(1) is None
    assert turnstile.enter(key("b"))
