"""The rail: the steps of a client or a server, lit as they happen, a line each or all in one.

The rule: where the screen is high there is room for the steps and for the bytes, and each step says what its call gave.
Where it is low, the bytes get the room once they can flow and nothing is wrong. What fails unfolds the steps.
"""

from collections.abc import Iterator, Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sockscope.show.glossary import STEPS, told
from sockscope.show.layout import fit
from sockscope.show.sanitizer import cells
from sockscope.show.steps import Progress, Step
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip

_MARKS = {
    Progress.AHEAD: "○",
    Progress.UNDER_WAY: "◐",
    Progress.DONE: "●",
    Progress.FAILED: "✗",
    Progress.SKIPPED: "–",
    Progress.DOUBTFUL: "◉",
}
_SHORT = {"TLS handshake": "TLS", "send/receive": "send", "accept again": "again"}
"""How steps are called where there is little room."""

_SAID = 24
"""So many cells of what is said of a step are worth more than names."""

_NAME_WIDTH = 13
_DARK = (Progress.AHEAD, Progress.SKIPPED)
_WRONG = (Progress.FAILED, Progress.DOUBTFUL)
_HIGH = 34
"""Lines of a screen that has room for both."""

_MOVING_BYTES = -2
"""Where the step stands, of a client and of a server, with which bytes can flow."""


class StepsRail(Widget):
    """Draws steps; a person may fold or unfold them against what is usual."""

    DEFAULT_CSS = """
    StepsRail {
        height: auto;
    }
    """

    def __init__(self, steps: list[Step], id: str | None = None) -> None:
        super().__init__(id=id)
        self._steps = steps
        self._chosen: bool | None = None  # whether a person has them folded

    def show(self, steps: list[Step]) -> None:
        """Draw these steps from now on; only the lines that differ are drawn."""
        before, were_folded = self._steps, self.folded
        self._steps = steps
        if _wrong(steps) and not _wrong(before):
            self._chosen = None
        if len(steps) != len(before) or were_folded is not self.folded:
            self.refresh(layout=True)
            return
        if self.size.height == 1:
            changed = [0] if steps != before else []
        else:
            changed = [y for y, (old, new) in enumerate(zip(before, steps, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    @property
    def folded(self) -> bool:
        """Whether all steps stand in one line."""
        if self._chosen is not None:
            return self._chosen
        flows = not _wrong(self._steps) and self._steps[_MOVING_BYTES].progress not in _DARK
        return flows and self.screen.size.height < _HIGH

    def explained(self) -> list[tuple[str, str]]:
        """Return the steps, each with what it is and what it came to here."""
        details = {step.name: f" Here: {step.detail}." if step.detail else "" for step in self._steps}
        return [(name, meaning + details[name]) for name, meaning in told(details, STEPS)]

    def toggle(self) -> None:
        """Fold the steps, or unfold them."""
        self._chosen = not self.folded
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """One line a step, or one for all."""
        return 1 if self.folded else len(self._steps)

    def render_line(self, y: int) -> Strip:
        """Draw one step, or all."""
        width, look = self.size.width, styles(self.app)
        if self.size.height == 1:
            return strip(_in_one_line(self._steps, width), look, width)
        if y >= len(self._steps):
            return strip([], look, width)
        step = self._steps[y]
        role = step.progress.value
        parts = [
            (f"{_MARKS[step.progress]} {y + 1} ", role),
            (fit(step.name, _NAME_WIDTH), role),
            (fit(f" {step.detail}", max(0, width - _NAME_WIDTH - 4)), "detail"),
        ]
        return strip(parts, look, width)


def _wrong(steps: Sequence[Step]) -> bool:
    return any(step.progress in _WRONG for step in steps)


def _in_one_line(steps: Sequence[Step], width: int) -> list[tuple[str, str]]:
    """Write the marks and names of all steps; behind the one that is furthest stands what is to be said of it.

    Where there is little room, that is shortened down to _SAID cells; then names are written shorter, and then left
    out: of the steps ahead but the next, then of those that are over, the first ones first. How long what is said is
    makes no difference, or names would come and go with it.
    """
    lit = [at for at, step in enumerate(steps) if step.progress not in _DARK]
    furthest = lit[-1] if lit else 0
    detail = steps[furthest].detail
    for short, named in _namings(steps, furthest):
        names = [_SHORT.get(step.name, step.name) if short else step.name for step in steps]
        told = [name if at in named else "" for at, name in enumerate(names)]
        words = [f"{_MARKS[step.progress]} {name}" for step, name in zip(steps, told, strict=True)]
        parts = [(f"{word.rstrip()} ", step.progress.value) for word, step in zip(words, steps, strict=True)]
        room = width - sum(cells(word) for word, _ in parts) - 1
        if room >= (_SAID if detail else 0):
            break
    if detail:
        parts.insert(furthest + 1, (f"{fit(detail, max(0, min(room, cells(detail))))} ", "detail"))
    return parts


def _namings(steps: Sequence[Step], furthest: int) -> Iterator[tuple[bool, set[int]]]:
    """Give which steps to name, and whether shortly, from most to least."""
    every = set(range(len(steps)))
    yield False, every
    yield True, every
    stay = {furthest, furthest + 1, *(at for at, step in enumerate(steps) if step.progress is Progress.UNDER_WAY)}
    for first in range(furthest + 1):
        yield True, stay | set(range(first, furthest))
