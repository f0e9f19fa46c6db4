"""A page of text to be scrolled: lines of (text, role) parts, of which only the visible ones are drawn."""

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sockscope.show.layout import Lines, plain
from sockscope.show.sanitizer import cells
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip


class PageView(ScrollView, can_focus=True):
    """Draws lines; they scroll with the keys of the tables."""

    BINDINGS = bindings("PageView")
    DEFAULT_CSS = """
    PageView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        &:focus { background-tint: $primary 8%; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Lines = []

    @property
    def room(self) -> int:
        """How many cells a line has."""
        return self.scrollable_content_region.width

    def show(self, lines: Lines) -> None:
        """Draw these lines where they differ from what stands there."""
        if lines != self._lines:
            self._lines = lines
            self.virtual_size = Size(self.room, len(lines))
            self.refresh()

    def text(self) -> str:
        """All lines as text."""
        return plain(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw a visible line."""
        place = self.scroll_offset.y + y
        parts = self._lines[place] if place < len(self._lines) else []
        look = styles(self.app)
        if len(parts) == 1 and parts[0][1] == "title":  # a heading goes all the way
            text = parts[0][0]
            parts = [(text + " " * (self.size.width - cells(text)), "title")]
        return strip(parts, look, self.size.width)
