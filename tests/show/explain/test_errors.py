"""Errors in plain words: each has its name, a meaning and mostly an advice."""

import errno

import pytest

from sockscope.net.error_name import OWN_TIMEOUT, RESOLVER_TIMEOUT
from sockscope.show.explain.errors import explain, explain_bind, explain_connect

MET_BY_EVERYBODY = [
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    OWN_TIMEOUT,
    RESOLVER_TIMEOUT,
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "EACCES",
    "EPERM",
    "EMFILE",
    "ENFILE",
    "EINVAL",
    "EAFNOSUPPORT",
    "EAI_NONAME",
    "EAI_AGAIN",
    "EAI_NODATA",
    "EAI_FAMILY",
    "EAI_ADDRFAMILY",
    "EAI_SERVICE",
]


@pytest.mark.parametrize("name", MET_BY_EVERYBODY)
def test_an_error_that_people_meet_has_a_meaning_and_an_advice(name: str) -> None:
    explanation = explain(name)
    assert explanation.name == name
    assert explanation.meaning.endswith(".")
    assert explanation.advice.endswith(".")
    assert 0 < len(explanation.word) <= 20, "one or two words for a table"
    assert str(explanation).startswith(f"{name}: ")


def test_every_other_errno_has_at_least_the_sentence_of_the_system() -> None:
    for name in errno.errorcode.values():
        explanation = explain(name)
        assert explanation.name == name
        assert explanation.meaning.endswith(".")
        assert "without an explanation" not in explanation.meaning


@pytest.mark.parametrize("name", ["", "errno 4711", "EAI 4711", "ZeroDivisionError", "[/b]", "\x1b[2J", "errorcode"])
def test_an_unknown_name_is_said_to_be_unknown(name: str) -> None:
    explanation = explain(name)
    assert explanation.name == name
    assert "without an explanation" in explanation.meaning


def test_a_timeout_of_ours_is_told_from_one_of_the_kernel() -> None:
    assert "our own" in explain(OWN_TIMEOUT).meaning
    assert "kernel" in explain("ETIMEDOUT").meaning


def test_another_reason_or_another_port_gets_the_usual_explanation() -> None:
    assert explain_bind("EACCES", 30000) == explain("EACCES")
    assert explain_bind("EACCES", 0) == explain("EACCES")
    assert explain_bind("EADDRINUSE", 80) == explain("EADDRINUSE")


def test_an_address_that_is_not_to_be_had_means_other_things_at_bind_and_at_connect() -> None:
    assert "does not belong" in explain_bind("EADDRNOTAVAIL", 80).meaning
    assert "No local port" in explain_connect("EADDRNOTAVAIL").meaning
    assert "exists already" in explain_connect("EADDRNOTAVAIL", bound=True).meaning
    assert explain_connect("ECONNREFUSED", bound=True) == explain("ECONNREFUSED")


def test_no_port_left_is_no_full_queue() -> None:
    assert "local port" in explain_connect("EAGAIN").meaning
    assert explain_connect("EAGAIN", local=True) == explain("EAGAIN", local=True) != explain("EAGAIN")


def test_no_port_left_to_choose_is_no_port_that_another_one_holds() -> None:
    assert explain_bind("EADDRINUSE", 0).word == "no free port"
    assert explain_bind("EADDRINUSE", 0, local=True).word == "path in use"


def test_an_abstract_name_is_never_left_behind() -> None:
    for explanation in (
        explain("ECONNREFUSED", local=True, abstract=True),
        explain_connect("ECONNREFUSED", local=True, abstract=True),
        explain_bind("EADDRINUSE", 0, local=True, abstract=True),
    ):
        assert "left behind" not in str(explanation)
        assert "name" in explanation.meaning
    assert "left behind" in explain("ECONNREFUSED", local=True).meaning


NAMES_IN_NETDB_H = [
    "BADFLAGS",
    "NONAME",
    "AGAIN",
    "FAIL",
    "NODATA",
    "FAMILY",
    "SOCKTYPE",
    "SERVICE",
    "ADDRFAMILY",
    "MEMORY",
    "SYSTEM",
    "OVERFLOW",
    "IDN_ENCODE",
]


@pytest.mark.parametrize("name", NAMES_IN_NETDB_H)
def test_every_code_of_getaddrinfo_has_a_meaning_and_an_advice(name: str) -> None:
    explanation = explain(f"EAI_{name}")
    assert "without an explanation" not in explanation.meaning
    assert explanation.meaning.endswith(".") and explanation.advice.endswith(".")
    assert 0 < len(explanation.word) <= 20


def test_what_cannot_be_told_apart_is_not() -> None:
    meaning = explain("EAI_AGAIN").meaning
    assert all(word in meaning for word in ("silence", "SERVFAIL", "REFUSED", "does not tell"))
