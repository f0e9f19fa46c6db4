"""One line on a listener: where it listens, in what state, who is there, what moves, and the rates of late as bars."""

from textual.strip import Strip
from textual.widget import Widget

from sockscope.record.listener import Listener
from sockscope.show.bars import bars
from sockscope.show.layout import fit
from sockscope.show.sanitizer import cells
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.listeners import listening

_LEAST_BARS = 8
_NOBODY = "not listening"


class ListeningLine(Widget):
    """Draws the line; the bars take what room the words leave."""

    DEFAULT_CSS = """
    ListeningLine { height: 1; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = _NOBODY
        self._rates: list[float] = []

    def show(self, listener: Listener | None) -> None:
        """Draw what is new of a listener, or that there is none."""
        words = listening(listener) if listener else _NOBODY
        rates = list(listener.flow.rates) if listener else []
        if (words, rates) != (self._words, self._rates):
            self._words, self._rates = words, rates
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the words, and where there is room behind them the bars."""
        width = self.size.width
        room = width - cells(self._words) - 2
        shown = bars(self._rates)[-room:] if room >= _LEAST_BARS and any(self._rates) else ""
        words = fit(self._words, max(0, width - len(shown)))
        return strip([(words, "muted"), (shown, "in")], styles(self.app), width)
