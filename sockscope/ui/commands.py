"""What the palette offers: what has a key and does something now, and Textual's own commands; none of them twice."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.dom import DOMNode

from sockscope.ui.keys.bindings import places_of
from sockscope.ui.keys.key import written
from sockscope.ui.panes.pane import Pane
from sockscope.ui.widgets.key_footer import offered

_LEFT_OUT = ("Keys", "Palette", "Maximize", "Minimize", "Screenshot")
"""Commands that would only say what the help says or lead back to where they stand, and those of Textual that do what a
key of ours does otherwise: `z` gives room, and what stands on the screen is copied or exported.
"""


def commands(app: App[Any], pane: Pane, others: Iterable[SystemCommand]) -> list[SystemCommand]:
    """Return what can be done in a pane and everywhere; of two with one name, the one that is nearer."""
    nodes = (*(part for parts in pane.PARTS for part in pane.query(parts)), pane, app)
    every = [*(command for node in nodes for command in _of(app, node)), *others]
    return list({one.title: one for one in reversed(every) if one.title not in _LEFT_OUT}.values())


def _of(app: App[Any], node: DOMNode) -> Iterator[SystemCommand]:
    """Give what the keys of one place do."""
    for place in places_of([node]):
        for key in place.keys:
            if key.tells and (name := offered(node, key.action, key.name)):
                run = partial(app.run_action, key.action, default_namespace=node)
                yield SystemCommand(name, f"{key.said} · key {written(key.first)}", partial(app.call_later, run))
