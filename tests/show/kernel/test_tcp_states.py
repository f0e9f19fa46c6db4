"""The picture of the states: each is there once, the present one is lit, and the way there is the record's."""

import pytest

from sockscope.record.conversation import Conversation
from sockscope.record.leftover import Leftover
from sockscope.show.kernel.tcp_states import STATES, passed, picture
from sockscope.show.layout import plain
from tests.facts import RECORDER
from tests.show.kernel.views import looked
from tests.show.made import connected, dialled, made, trying


def went(conversation: Conversation) -> list[str]:
    return [state for state, _ in passed(conversation)]


def lit(conversation: Conversation, role: str = "match here") -> list[str]:
    return [text for line in picture(conversation) for text, its_role in line if its_role == role]


def test_it_fits_and_has_every_state_once() -> None:
    lines = picture(connected())
    assert len(lines) <= 12
    assert max(map(len, plain(lines).splitlines())) <= 2 + 60
    words = [text for line in lines for text, _ in line if text in STATES]
    assert sorted(words) == sorted(STATES)


def test_a_client_comes_by_syn_sent_and_a_server_by_syn_recv() -> None:
    trying_one = dialled([trying()])
    assert went(trying_one) == ["CLOSED", "SYN-SENT"]
    assert went(connected()) == ["CLOSED", "SYN-SENT", "ESTAB"]
    accepted = connected()
    accepted.target = ""
    assert went(accepted) == ["LISTEN", "SYN-RECV", "ESTAB"]
    assert went(made()) == ["CLOSED"]


def test_the_kernels_word_is_the_present_one_while_it_is_open() -> None:
    conversation = connected()
    looked(conversation, state="CLOSE-WAIT")
    assert (lit(conversation), lit(conversation, "good")) == (["CLOSE-WAIT"], ["CLOSED", "SYN-SENT", "ESTAB"])
    RECORDER.peer_finished(conversation)
    assert went(conversation)[-2:] == ["ESTAB", "CLOSE-WAIT"]
    RECORDER.closed(conversation)
    assert went(conversation)[-2:] == ["CLOSE-WAIT", "LAST-ACK"], "behind the close nobody tells"


@pytest.mark.parametrize(
    ("ways", "states"),
    [
        (("peer_finished", "we_finished"), ["CLOSE-WAIT", "LAST-ACK"]),
        (("we_finished", "peer_finished"), ["FIN-WAIT-1", "TIME-WAIT"]),
        (("we_finished",), ["FIN-WAIT-1"]),
        ((), ["FIN-WAIT-1"]),
    ],
)
def test_who_finishes_first_goes_the_long_way(ways: tuple[str, ...], states: list[str]) -> None:
    conversation = connected()
    for way in ways:
        getattr(RECORDER, way)(conversation)
    RECORDER.closed(conversation)
    assert went(conversation) == ["CLOSED", "SYN-SENT", "ESTAB", *states]


def test_a_reset_leads_to_the_end_at_once() -> None:
    by_peer, by_us = connected(), connected()
    RECORDER.reset_by_peer(by_peer)
    RECORDER.left(by_us, Leftover(5))
    RECORDER.closed(by_us)
    assert went(by_peer) == went(by_us) == ["CLOSED", "SYN-SENT", "ESTAB", "CLOSE"]
