"""Bytes in each form: read back by who is meant to read them, and harmless as text."""

import ast
import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.reading.forms import FORMS, form_of, written


@given(st.binary(min_size=1, max_size=100))
def test_every_exact_form_gives_the_bytes_back(data: bytes) -> None:
    assert bytes.fromhex(written(data, "hex")) == data
    assert base64.b64decode(written(data, "base64")) == data
    assert ast.literal_eval(written(data, "Python").removeprefix("data = ")) == data
    numbers = re.findall(r"0x([0-9a-f]{2})\b", written(data, "C"))
    assert bytes.fromhex("".join(numbers)) == data
    assert f"[{len(data)}]" in written(data, "C")
    rows = written(data, "dump", offset=0x1F0).split("\n")
    assert bytes.fromhex("".join(row[9:58] for row in rows)) == data
    assert rows[0].startswith("000001f0 ")


@given(st.binary(max_size=60), st.sampled_from(FORMS))
def test_whatever_is_written_nothing_of_it_acts_on_a_terminal(data: bytes, form: str) -> None:
    assert all(character.isprintable() or character in "\n\t" for character in written(data, form))


def test_text_keeps_lines_and_tabs() -> None:
    assert written(b"a\tb\r\nc\x1b[2J\xff\n", "text") == "a\tb\nc␛[2J\\xff\n"


@pytest.mark.parametrize(
    ("mode", "data", "form"),
    [("auto", b"text", "text"), ("auto", b"\0\1", "dump"), ("text", b"\0\1", "text"), ("hex", b"text", "dump")],
)
def test_the_form_is_that_of_the_view(mode: str, data: bytes, form: str) -> None:
    assert form_of(mode, data) == form
