"""What comes out of a literal is what went in, whatever it was, and nothing breaks out of it."""

import ast
import os
import re
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.show.copy_as.literals import c_bytes, command, comment, pieces, printf, python_bytes, word

HOSTILE = (
    *(b"'; touch broken; '", b"\\", b"\\'", b'"', b"\"\n'''\n", b"$(x)`y`", b"%s%n", b"-n", b"--", b"*/", b"//\\\n"),
    *(b"??/", b"\0", b"\xff\xfe", b"\r\n", b"1\0002", "‮\u200b".encode(), b"#!coding:utf-7", b"!!"),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(lambda text: "\0" not in text)
ASCII = re.compile(r"[\n -~]*")


def bash(script: str) -> bytes:
    return subprocess.run(["bash", "-c", script], check=True, capture_output=True).stdout


@given(st.binary(max_size=400))
def test_bytes_in_python_are_the_same(data: bytes) -> None:
    written = python_bytes(data, "    ")
    assert ast.literal_eval(written) == data
    assert ASCII.fullmatch(written)
    assert b"".join(pieces(data)) == data


def test_hostile_bytes_in_python_and_together_are_the_same() -> None:
    for data in (*HOSTILE, b"".join(HOSTILE)):
        assert ast.literal_eval(python_bytes(data)) == data


@given(st.lists(st.binary(max_size=150), max_size=8))
@example([*HOSTILE])
@example([b"".join(HOSTILE) * 3])
def test_a_shell_prints_the_same(pieces: list[bytes]) -> None:
    script = "; ".join(printf(data) for data in pieces)
    assert ASCII.fullmatch(script)
    assert bash(script or ":") == b"".join(pieces)


def test_dash_prints_the_same_as_what_answers_clients_is_run_by_it() -> None:
    script = "; ".join(printf(data) for data in HOSTILE)
    assert subprocess.run(["sh", "-c", script], check=True, capture_output=True).stdout == b"".join(HOSTILE)


@given(st.lists(TEXTS, max_size=8))
@example([data.decode("utf-8", "surrogateescape").replace("\0", "") for data in HOSTILE])
def test_a_shell_takes_words_as_they_are(words: list[str]) -> None:
    script = command("printf", "%s\\0", *words)
    assert ASCII.fullmatch(script)
    assert bash(script) == (b"".join(os.fsencode(one) + b"\0" for one in words) if words else b"\0")
    assert all(bash(f"printf %s {word(one)}") == os.fsencode(one) for one in words[:1])


def test_a_compiler_reads_the_same(tmp_path: object) -> None:
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    every = [*HOSTILE, bytes(range(256)), *(bytes([byte]) + b"1f" for byte in range(256))]
    rows = "\n".join(f"    {{{c_bytes(data, '    ')}, {len(data)}}}," for data in every)
    source = f"""#include <stdio.h>
static const struct {{ const char *data; size_t size; }} rows[] = {{
{rows}
}};
int main(void)
{{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fwrite(rows[i].data, 1, rows[i].size, stdout);
    return 0;
}}
"""
    assert ASCII.fullmatch(source)
    program = f"{tmp_path}/program"
    flags = ["-Wall", "-Wextra", "-Werror", "-trigraphs", "-x", "c", "-"]
    subprocess.run(["gcc", "-o", program, *flags], input=source.encode(), check=True)
    assert subprocess.run([program], check=True, capture_output=True).stdout == b"".join(every)


@given(st.text())
@example("*/ int x; /*")
@example("a\\")
@example("a\nimport os")
@example("??/")
def test_a_comment_stays_one(text: str) -> None:
    lines = comment([text], "//")
    assert all(re.fullmatch(r"// [^\\?*`\n]*", line) and ASCII.fullmatch(line) for line in lines)
