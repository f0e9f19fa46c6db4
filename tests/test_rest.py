"""A rest behind what fails again and again."""

from sockscope.rest import LEAST_S, MOST_S, QUIET_S, Rest


def test_it_rests_longer_the_oftener_it_fails_and_begins_anew_once_it_was_quiet() -> None:
    now, rests = 100.0, []

    def pause(rest_s: float) -> None:
        nonlocal now
        rests.append(rest_s)
        now += rest_s

    rest = Rest(lambda: now, pause)
    for _ in range(6):
        rest.take()
    assert rests == [LEAST_S, 2 * LEAST_S, MOST_S, MOST_S, MOST_S, MOST_S]
    now += QUIET_S + 0.1
    rest.take()
    assert rests[-1] == LEAST_S
