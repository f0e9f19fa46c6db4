"""The rail: the steps of a client or a server, one line each, lit as they happen."""

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sockscope.show.layout import fit
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
_NAME_WIDTH = 13


class StepsRail(Widget):
    """Draws steps; where there is only one line, the step that is furthest."""

    DEFAULT_CSS = """
    StepsRail {
        height: auto;
    }
    """

    def __init__(self, steps: list[Step], id: str | None = None) -> None:
        super().__init__(id=id)
        self._steps = steps

    def show(self, steps: list[Step]) -> None:
        """Draw these steps from now on; only the lines that differ are drawn."""
        before, self._steps = self._steps, steps
        if len(steps) != len(before):
            self.refresh(layout=True)
            return
        if self.size.height == 1:
            changed = [0] if steps != before else []
        else:
            changed = [y for y, (old, new) in enumerate(zip(before, steps, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """One line a step."""
        return len(self._steps)

    def render_line(self, y: int) -> Strip:
        """Draw one step."""
        width = self.size.width
        number = y if self.size.height > 1 else self._furthest()
        if number >= len(self._steps):
            return strip([], styles(self.app), width)
        step = self._steps[number]
        role = step.progress.value
        parts = [
            (f"{_MARKS[step.progress]} {number + 1} ", role),
            (fit(step.name, _NAME_WIDTH), role),
            (fit(f" {step.detail}", max(0, width - _NAME_WIDTH - 4)), "detail"),
        ]
        return strip(parts, styles(self.app), width)

    def _furthest(self) -> int:
        dark = (Progress.AHEAD, Progress.SKIPPED)
        lit = [number for number, step in enumerate(self._steps) if step.progress not in dark]
        return lit[-1] if lit else 0
