"""The lines beside a field: what is wrong with it, or what an error means and what to try."""

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static

from sockscope.show.layout import wrapped
from sockscope.show.sanitizer import safe


class MessageLine(Static):
    """Takes no room while there is nothing to say, and at the most six lines, fewer where the screen is low.

    Where that is too little for all, the last line ends with a mark.
    """

    DEFAULT_CSS = """
    MessageLine {
        height: auto;
        max-height: 6;
        display: none;
        padding: 0 1;
        color: $text-error;
        background: $error-muted;
        &.-warning { color: $text-warning; background: $warning-muted; }
        &.-note { color: $text-muted; background: $background; }
    }
    """

    said = ""
    _said_as = "error"

    def say(self, text: str, *, look: str = "error") -> None:
        """Say something as an error, a warning or a note, or (empty) nothing; drawn only where it differs."""
        look = look if text else self._said_as
        if (text, look) != (self.said, self._said_as):
            self.said, self._said_as = text, look
            self.display = bool(text)
            self.set_class(look == "warning", "-warning")
            self.set_class(look == "note", "-note")
            self.update(Content(safe(text)))

    def render_line(self, y: int) -> Strip:
        """Draw a line; of the last one the end says where there is more to say."""
        drawn, (width, height) = super().render_line(y), self.size
        if y != height - 1 or len(wrapped(safe(self.said), max(1, width))) <= height:
            return drawn
        return Strip([*drawn.crop(0, width - 1), Segment("…", self.visual_style.rich_style)])
