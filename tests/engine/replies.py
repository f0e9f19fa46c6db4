"""What tests of responders share: giving them bytes, and cutting a stream into receives."""

from hypothesis import strategies as st

from sockscope.engine.listen.responders.responder import Responder, Response


def give(responder: Responder, data: bytes) -> Response | None:
    """Give a responder bytes that are gone after the call."""
    memory = bytearray(data)
    view = memoryview(memory)
    answer = responder.received(view)
    view.release()
    memory[:] = bytes(len(memory))
    return answer


def sent(responder: Responder, *receives: bytes) -> bytes:
    """What a responder sends on a stream for these receives."""
    data = b""
    for received in receives:
        if answer := give(responder, received):
            assert isinstance(answer.data, bytes)
            data += answer.data
    return data


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at places, which are taken modulo their length."""
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


places = st.lists(st.integers(0, 2**16), max_size=12)
