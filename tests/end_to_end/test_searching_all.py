"""Searching all conversations as a person does, with what peers really sent."""

from contextlib import closing

from tests.end_to_end.peers import connected_to
from tests.end_to_end.terminal import ONE_PANE, Terminal
from tests.end_to_end.test_hostile import SEQUENCES, assert_only_our_own

CTRL_F = "\x06"


def test_what_one_of_many_sent_is_found_and_gone_to_and_stays_harmless() -> None:
    hostile = "".join(SEQUENCES.values()).encode()
    with Terminal("-l", "0", size=ONE_PANE) as terminal, closing(connected_to(terminal)) as still_there:
        with closing(connected_to(terminal)) as gone:
            gone.sendall(b"\x1b[2J" + b"quok" + b"ka" + hostile)
        terminal.wait_for("closed by peer")
        still_there.sendall(b"nothing\n")
        terminal.wait_for("8 B")
        terminal.press(CTRL_F)
        terminal.wait_for("Search all conversations of Listen")
        terminal.press("QUOKKA", "enter")
        terminal.wait_for("not found: 2 conversations")
        terminal.press("/", "\x15", "quokka", "enter")
        terminal.wait_for("1 match in 1 of 2 conversations", "␛[2Jquokka")
        terminal.press("enter")
        terminal.wait_for("quokka: 1 of 1")
        assert_only_our_own(terminal)
        terminal.press(CTRL_F)
        terminal.wait_for("1 match in 1 of 2 conversations")
