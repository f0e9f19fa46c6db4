from hypothesis import given
from hypothesis import strategies as st

from sockscope.ui.terminal.keyboard import Decoder

BEGIN, END = "\x1b[200~", "\x1b[201~"


def decoded(pieces: list[bytes]) -> str:
    decoder = Decoder()
    return "".join(decoder.decode(piece) for piece in pieces) + decoder.decode(b"", final=True)


def test_keys_come_through_as_they_are() -> None:
    assert decoded([b"a\x1b[A\x1bOM\r"]) == "a\x1b[A\x1bOM\r"


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    assert decoded([b"\xe9a"]) == "\ufffda"


def test_an_escape_within_a_paste_is_a_picture_and_after_it_a_key_again() -> None:
    assert decoded([f"{BEGIN}one\x1b]0;x\rtwo\x1bOM{END}\x1b[A".encode()]) == f"{BEGIN}one␛]0;x\rtwo␛OM{END}\x1b[A"


@given(st.text("a\x1b[201~é\r", max_size=30), st.integers(1, 5))
def test_a_paste_is_the_same_however_it_is_cut(pasted: str, size: int) -> None:
    data = f"x{BEGIN}{pasted}{END}y".encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert decoded(pieces) == decoded([data])
