"""Labels and values, under headings, to be scrolled: what the sheets with details are made of."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sockscope.show.detail import Detail
from sockscope.show.layout import wrapped
from sockscope.show.sanitizer import cells
from sockscope.ui.keys.bindings import bindings

_LABEL = 16  # cells
_STYLES = {"head": "bold $text-accent", "label": "$foreground 65%", "good": "$text-success", "bad": "$text-error"}


class DetailsText(VerticalScroll):
    """Draws details; they scroll with the keys of the tables."""

    BINDINGS = bindings("DetailsText")
    DEFAULT_CSS = """
    DetailsText {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        padding: 0 0 0 1;
        background: $background;
        &:focus { background-tint: $primary 8%; }
        & > Static { height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Detail] = ()
        self._text = Static()

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def show(self, found: Sequence[Detail]) -> None:
        """Draw these, where they differ from what stands there."""
        if found != self._shown:
            self._shown = found
            self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._shown:
            room = max(self.scrollable_content_region.width - _LABEL, 20)
            (first, style), *others = [part for detail in self._shown for part in _parts(detail, room)]
            self._text.update(Content.assemble((first.lstrip("\n"), style), *others).rstrip("\n"))

    def lines(self) -> list[str]:
        """What is shown as lines of text."""
        return [f"\n{one.label}" if one.role == "head" else f"{one.label}: {one.value}" for one in self._shown]


def _parts(detail: Detail, room: int) -> list[tuple[str, str]]:
    """Write a detail: a heading, or a label and beside it the value in lines of at most `room` cells."""
    if detail.role == "head":
        return [(f"\n{detail.label}\n", _STYLES["head"])]
    first, *others = wrapped(detail.value, room)
    indent = " " * _LABEL
    value = "".join([first, *(f"\n{indent}{line}" for line in others)])
    gap = " " * max(1, _LABEL - 2 - cells(detail.label))
    return [(f"  {detail.label}{gap}", _STYLES["label"]), (f"{value}\n", _STYLES.get(detail.role, ""))]
