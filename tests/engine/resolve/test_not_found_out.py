"""What could not be found out about an answer is said with its lookup, and can be asked for again."""

import sys
from collections.abc import Callable

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.names import Names
from sockscope.record.lookup.lookup import Lookup
from sockscope.request.question import Question
from sockscope.show.lookup.order_page import order_page
from sockscope.show.lookup.pages import Page
from sockscope.show.lookup.sources_page import sources_page
from sockscope.show.lookup.subject import Subject
from tests.conftest import wait_until


@pytest.mark.parametrize(
    ("what", "module", "find_out", "page"),
    [
        ("order", "sockscope.engine.resolve.weigh", Names.weigh, order_page),
        ("sources", "sockscope.engine.resolve.read_sources", Names.read_sources, sources_page),
    ],
)
def test_an_import_that_fails_is_the_failure_of_that_lookup(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    module: str,
    find_out: Callable[[Names, Lookup], None],
    page: Page,
) -> None:
    lookup = engine.names.resolve(Question("127.0.0.1"))
    wait_until(lambda: lookup.rows)
    monkeypatch.setitem(sys.modules, module, None)
    find_out(engine.names, lookup)
    wait_until(lambda: lookup.not_found)
    assert lookup.not_found == {what: "ModuleNotFoundError"} and not engine.fault
    shown = "".join(text for line in page(Subject(lookup, 0), 200) for text, _ in line)
    assert "could not be found out: ModuleNotFoundError" in shown

    monkeypatch.undo()
    find_out(engine.names, lookup)
    wait_until(lambda: getattr(lookup, what))
    assert not lookup.not_found
