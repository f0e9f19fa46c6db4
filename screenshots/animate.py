"""An animated picture of the real program: what a terminal shows while somebody uses it, as one SVG that moves.

The rule: a line of the screen is drawn once for each look that it has, and shown while it has it (CSS, no script); so
the picture is as small as what changes in it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path

from tests.end_to_end.terminal import Terminal

CELL = (8.4, 17.0)
"""Width and height of a character, in pixels."""

EVERY_S = 0.25
_INK, _GROUND = "d5dae1", "12161c"

Run = tuple[int, str, str, str, bool]
"""Where it begins, its text, its ink and its ground, and whether it is bold."""

Look = tuple[Run, ...]
"""How a line looks."""


@dataclass
class Film:
    """What each line looked like, and from when to when (in samples)."""

    columns: int
    lines: int
    samples: int = 0
    shown: dict[tuple[int, Look], list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, looks: list[Look]) -> None:
        """Take the next sample."""
        for y, look in enumerate(looks):
            spans = self.shown.setdefault((y, look), [])
            if spans and spans[-1][1] == self.samples:
                spans[-1] = (spans[-1][0], self.samples + 1)
            else:
                spans.append((self.samples, self.samples + 1))
        self.samples += 1

    def svg(self) -> str:
        """Return the picture, which begins anew at its end."""
        width, height = self.columns * CELL[0], self.lines * CELL[1]
        times = sorted({tuple(spans) for spans in self.shown.values()})
        names = {spans: f"t{number}" for number, spans in enumerate(times)}
        films = [f"@keyframes {n}{{{self._frames(one)}}}.{n}{{animation-name:{n}}}" for one, n in names.items()]
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">',
            f"<style>text{{font:14px 'DejaVu Sans Mono',monospace;white-space:pre}}"
            f"g{{animation:{self.samples * EVERY_S:g}s step-end infinite}}",
            *films,
            f'</style><rect width="100%" height="100%" fill="#{_GROUND}"/>',
        ]
        for (y, look), spans in self.shown.items():
            parts.append(f'<g class="{names[tuple(spans)]}">{"".join(_drawn(y, look))}</g>')
        return "\n".join([*parts, "</svg>\n"])

    def _frames(self, spans: tuple[tuple[int, int], ...]) -> str:
        """Write when it is shown, in percent of the whole."""
        moments = {0: "hidden"}
        for first, last in spans:
            moments |= {first: "visible", last: "hidden"}
        return "".join(f"{100 * at / self.samples:.2f}%{{visibility:{how}}}" for at, how in sorted(moments.items()))


def _drawn(y: int, look: Look) -> Iterator[str]:
    width, height = CELL
    for x, text, ink, ground, bold in look:
        cells = len(text)
        if ground != _GROUND:
            box = f'x="{x * width:.1f}" y="{y * height:g}" width="{cells * width + 0.3:.1f}" height="{height + 0.3:g}"'
            yield f'<rect {box} fill="#{ground}"/>'
        if text.strip():
            weight = ' font-weight="bold"' if bold else ""
            place = f'x="{x * width:.1f}" y="{(y + 0.76) * height:.1f}" textLength="{cells * width:.1f}"'
            yield f'<text xml:space="preserve" {place} fill="#{ink}"{weight}>{escape(text)}</text>'


def looks(terminal: Terminal) -> list[Look]:
    """Return how each line of a terminal looks now."""
    terminal.screen()
    screen = terminal._screen
    every = []
    for y in range(screen.lines):
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        runs: list[Run] = []
        x = 0
        for (ink, ground, bold), same in groupby(cells, key=_style):
            text = "".join(cell.data or " " for cell in same)
            runs.append((x, text, ink, ground, bold))
            x += len(text)
        every.append(tuple(runs))
    return every


def _style(cell: object) -> tuple[str, str, bool]:
    ink = _INK if cell.fg == "default" else cell.fg  # type: ignore[attr-defined]
    ground = _GROUND if cell.bg == "default" else cell.bg  # type: ignore[attr-defined]
    return (ground, ink, cell.bold) if cell.reverse else (ink, ground, cell.bold)  # type: ignore[attr-defined]


STORY: tuple[tuple[float, str], ...] = (
    (2.5, ""),
    (1.2, "enter"),
    (0.3, "/"),
    (0.8, "200 ok"),
    (1.8, "enter"),
    (0.4, "esc"),
    (0.4, "esc"),
    (2.6, "?"),
    (0.4, "esc"),
    (2.2, "f3"),
    (2.2, "f2"),
    (1.5, "f4"),
)
"""How long after a key the picture stays, and the key before that."""


def take(path: Path, size: tuple[int, int] = (120, 36)) -> Path:
    """Use the demonstration, and write what was seen."""
    film = Film(*size)
    with Terminal("--demo", size=size) as terminal:
        terminal.wait_for("2 clients so far", "connected")
        for stays_s, key in STORY:
            if key:
                terminal.press(key)
            for _ in range(max(1, round(stays_s / EVERY_S))):
                time.sleep(EVERY_S)
                film.add(looks(terminal))
    path.write_text(film.svg(), encoding="utf-8")
    return path
