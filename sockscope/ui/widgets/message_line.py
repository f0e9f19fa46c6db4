"""The lines beside a field: what is wrong with it, or what an error means and what to try."""

from textual.content import Content
from textual.widgets import Static

from sockscope.show.sanitizer import safe


class MessageLine(Static):
    """Takes no room while there is nothing to say, and at the most six lines, three where the screen is low."""

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
