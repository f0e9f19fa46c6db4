"""One line beside a field: what is wrong with it, or what an error means and what to try."""

from textual.content import Content
from textual.widgets import Static

from sockscope.show.safe import safe


class MessageLine(Static):
    """Takes no room while there is nothing to say."""

    DEFAULT_CSS = """
    MessageLine {
        height: auto;
        max-height: 2;
        display: none;
        padding: 0 1;
        color: $text-error;
        background: $error-muted;
        &.-warning { color: $text-warning; background: $warning-muted; }
    }
    """

    said = ""

    def say(self, text: str, *, warning: bool = False) -> None:
        """Say something, or with an empty text nothing; drawn only where it differs."""
        if text != self.said:
            self.said = text
            self.display = bool(text)
            self.set_class(warning, "-warning")
            self.update(Content(safe(text)))
