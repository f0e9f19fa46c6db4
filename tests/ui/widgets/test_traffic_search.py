"""Searching the traffic on the screen: all matches are marked, and which of how many is shown."""

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets import traffic_reading
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.search_box import SearchBox
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


async def at_the_traffic(engine: Engine, app: SockscopeApp, pilot: Pilot[None], *pieces: bytes) -> Conversation:
    conversation = canned.dialled()
    for number, data in enumerate(pieces):
        canned.receive(conversation, data, 100 + number)
    engine.dialled[conversation.number] = conversation
    await pilot.press("f3", "escape")
    await until(pilot, lambda: view(app).reading.conversation is conversation)
    app.screen.set_focus(view(app))
    return conversation


def view(app: SockscopeApp) -> TrafficView:
    return app.query_one(ConnectPane).query_one(TrafficView)


def marked(app: SockscopeApp, role: str) -> list[str]:
    """The texts on the screen that look like that."""
    style = styles(app)(role)
    strips = app.screen._compositor.render_strips()
    return [piece.text for line in strips for piece in line if piece.style and piece.style.bgcolor == style.bgcolor]


async def search(pilot: Pilot[None], app: SockscopeApp, typed: str, mode: str = "text") -> None:
    await pilot.press("slash")
    box = app.query_one(ConnectPane).query_one(SearchBox)
    await until(pilot, lambda: box.has_focus_within)
    box.query_one(Choice).value = mode
    await pilot.pause()
    box._field.value = typed
    await pilot.press("enter")


@in_app
async def test_all_matches_are_marked_and_counted_and_it_goes_round(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"one NEEDLE, two nee", b"dle and\nneedle.\n")
        await search(pilot, app, "needle")
        await until(pilot, lambda: "needle: 1 of 3" in words(app))
        await until(pilot, lambda: marked(app, "match here") == ["NEEDLE"])
        assert marked(app, "match") == ["nee", "dle", "needle"]
        for said, here in (("2 of 3", ["nee", "dle"]), ("3 of 3", ["needle"]), ("1 of 3", ["NEEDLE"])):
            await pilot.press("n")
            await until(pilot, lambda said=said, here=here: said in words(app) and marked(app, "match here") == here)
        await pilot.press("N")
        await until(pilot, lambda: "3 of 3" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "of 3" not in words(app) and not marked(app, "match"))
        assert view(app).has_focus


@in_app
async def test_the_footer_offers_what_leads_from_match_to_match_while_there_are_any(still_engine: Engine) -> None:
    async with opened(still_engine, (80, 24)) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"one needle\n")

        def footer() -> str:
            return words(app).splitlines()[-1]

        await until(pilot, lambda: "h Look" in footer())
        assert "match" not in footer() and "Esc" not in footer()
        await search(pilot, app, "quokka")
        await until(pilot, lambda: "quokka: not found" in words(app) and "Esc End search" in footer())
        assert "match" not in footer()
        await search(pilot, app, "needle")
        await until(pilot, lambda: "n Next match N Previous match" in footer())
        await pilot.press("escape")
        await until(pilot, lambda: "match" not in footer() and "Esc" not in footer())


@in_app
async def test_the_title_and_the_footer_say_where_the_newest_is_not_followed(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"needle\n" * 5 + b"line\n" * 200)
        await search(pilot, app, "needle")
        await until(pilot, lambda: "needle: 1 of 5" in words(app))
        assert "needle: 1 of 5 · not following" in words(app)
        await pilot.press("escape")
        await search(pilot, app, "line")
        await pilot.press("N")
        await until(pilot, lambda: "line: 200 of 200 · not following" in words(app))
        await until(pilot, lambda: "G Follow" in words(app).splitlines()[-1])
        await pilot.press("G")
        await until(pilot, lambda: "not following" not in words(app) and "G Follow" not in words(app))


@in_app
async def test_bytes_are_marked_in_hex_and_in_their_characters(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, bytes(range(0xF0, 0x100)) + b"abcd")
        await search(pilot, app, "62 ?? 64", "hex")
        await until(pilot, lambda: marked(app, "match here") == ["62 63 64", "bcd"])


@in_app
async def test_what_comes_is_searched_too_and_an_expression_that_is_none_is_said(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        conversation = await at_the_traffic(still_engine, app, pilot, b"x1\n")
        await search(pilot, app, "(", "regex")
        await until(pilot, lambda: "that is no expression" in words(app))
        await pilot.press("escape")
        await search(pilot, app, r"y\d+", "regex")
        await until(pilot, lambda: r"y\d+: not found" in words(app))
        canned.receive(conversation, b"y22\n", 200)
        await until(pilot, lambda: r"y\d+: 1" in words(app) and marked(app, "match") == ["y22"])


@in_app
async def test_nothing_is_ever_not_found_that_is_on_the_screen(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, *[b"line %d\n" % number for number in range(200)])
        await until(pilot, lambda: "line 199" in words(app))
        await search(pilot, app, "line 199")
        await until(pilot, lambda: "1 of 1" in words(app) and marked(app, "match here") == ["line 199"])
        await search(pilot, app, "line 3")
        await until(pilot, lambda: "1 of 11" in words(app) and "line 3␊" in words(app))


@in_app
async def test_the_tabs_stand_whole_whatever_is_searched_for(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"quokka\n")

        def title() -> str:
            return next(line for line in words(app).splitlines() if "[auto]" in line)

        for typed in ("你好" * 15, "x" * 300):
            await search(pilot, app, typed)
            await until(pilot, lambda typed=typed: typed[:4] in title() and "searching" not in title())
            assert " text  hex  calls " in title() and "#3 127.0.0.1:8080" in title()
        await search(pilot, app, "quokka")
        await until(pilot, lambda: "quokka: 1 of 1" in words(app))


@in_app
async def test_a_control_is_found_as_it_is_drawn(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"\x1b[31mred and \xe2\x90\x9b[31m drawn\n")
        await search(pilot, app, "␛[31")
        await until(pilot, lambda: "␛[31: 1 of 2" in words(app))


@in_app
async def test_what_is_typed_as_it_is_seen_in_hex_is_found(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"\x00\xde\xad\x00", b"48 65, and not as bytes")
        await search(pilot, app, "DE ad")
        await until(pilot, lambda: "DE ad: 1 of 1 as hex, not text" in words(app))
        await search(pilot, app, "48 65")
        await until(pilot, lambda: "48 65: 1 of 1" in words(app))
        await search(pilot, app, "ab cd")
        await until(pilot, lambda: "ab cd: not found, nor as hex" in words(app))


@in_app
async def test_enter_searches_beside_the_field_too_and_space_turns_the_choice(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"needle")
        await pilot.press("slash")
        box = app.query_one(ConnectPane).query_one(SearchBox)
        await until(pilot, lambda: box.has_focus_within)
        box._field.value = "6e ??"
        await pilot.press("tab", "space", "enter")
        assert box.query_one(Choice).value == "hex"
        await until(pilot, lambda: "6e ??: 1 of " in words(app))


@in_app
async def test_a_note_goes_with_the_next_key_and_one_esc_ends_the_search(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"one needle\n")
        await search(pilot, app, "needle")
        await until(pilot, lambda: "needle: 1 of 1" in words(app))
        await pilot.press("m")
        await until(pilot, lambda: "marked: ←" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "1 of 1" not in words(app) and "marked:" not in words(app))
        assert view(app).has_focus


@in_app
async def test_a_note_goes_after_a_while_without_a_key_too(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"one needle\n")
        await pilot.press("m")
        await until(pilot, lambda: "marked: ←" in words(app))
        monkeypatch.setattr(traffic_reading, "now_ns", lambda: now_ns() + 5_000_000_000)
        await until(pilot, lambda: "marked: ←" not in words(app))
