"""Which conversation is the other end of one."""

from sockscope.record.conversation import Conversation
from sockscope.show.traffic.other_end import other_end
from tests.facts import RECORDER, at
from tests.show.made import START_NS, made, relayed


def between(local: str, peer: str, began_ns: int, ended_ns: int = 0) -> Conversation:
    conversation = made()
    RECORDER.connected(conversation, 7, at(local), at(peer), began_ns)
    conversation.started_at_ns, conversation.ended_at_ns = began_ns, ended_ns
    return conversation


def test_of_ends_that_had_the_same_ports_it_is_the_one_that_was_there_then() -> None:
    ours, theirs = "127.0.0.1:40000", "127.0.0.1:9000"
    first, second = (
        between(ours, theirs, START_NS + n * 100, START_NS + n * 100 + 50 if n == 0 else 0) for n in range(2)
    )
    of_first, of_second = between(theirs, ours, START_NS + 1, START_NS + 51), between(theirs, ours, START_NS + 101)
    every = [first, of_first, second, of_second]
    assert other_end(first, first, every) is of_first
    assert other_end(second, second, every) is of_second
    assert other_end(of_second, of_second, every) is second
    assert other_end(first, first, [second]) is None


def test_of_a_relay_it_is_the_other_leg() -> None:
    conversation = relayed()
    assert other_end(conversation, conversation, []) is conversation.upstream
    assert conversation.upstream and other_end(conversation, conversation.upstream, []) is conversation
