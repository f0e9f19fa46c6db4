"""What is remembered of the latest conversations."""

from sockscope.ui.panes.latest import Latest


def test_the_latest_are_remembered_and_the_oldest_goes() -> None:
    latest = Latest[str](2)
    for number, value in ((1, "a"), (2, "b"), (1, "c"), (3, "d")):
        latest.keep(number, value)
    assert 2 not in latest and [latest.get(number, "none") for number in (1, 2, 3)] == ["c", "none", "d"]
