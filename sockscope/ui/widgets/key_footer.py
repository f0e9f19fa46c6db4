"""The footer: the keys that work where the focus is, on one line, and each can be clicked.

The rules: the keys of the place come first, Enter and Esc before all, then those that lead elsewhere in the pane, and
those that work everywhere last; where there is no room for all, whole keys of the place are left out from the end,
never those that work everywhere. A place may have an `offer` (below): a key that would do nothing now is not shown. It
is one widget that draws one line: a widget for each key would have to be made and styled anew whenever the focus moves.
From behind a sheet it offers only what works there too.
"""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from sockscope.ui.keys.key import Key, Place
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip


@runtime_checkable
class Offers(Protocol):
    """A place that knows which of its keys do something now."""

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now that is usually called `name`; nothing where it would do nothing."""


def offered(node: object, action: str, name: str) -> str:
    """Return what a key of a place is called now; nothing where it would do nothing."""
    return node.offer(action.partition("(")[0], name) if isinstance(node, Offers) else name


def does_something(nodes: Iterable[object], place: Place, key: Key) -> bool:
    """Return whether a key of a place, which is one of some nodes, does something now.

    Those that lead in and out always do, and so do those that work everywhere.
    """
    node = next((one for one in nodes if any(cls.__name__ == place.of for cls in type(one).__mro__)), None)
    return not place.within or key.first in _FIRST or bool(offered(node, key.action, key.name))


class KeyFooter(Widget):
    """Shows the keys that work where the focus is."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        background: $panel;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[_Told] = []
        self._pressed: ActiveBinding | None = None  # the mouse is down on it

    def on_mount(self) -> None:
        """Follow what works."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def on_unmount(self) -> None:
        """Follow it no longer."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def rest(self) -> None:
        """Show only what works over a sheet too, until the screen is in front again."""
        self._keys = [one for one in self._keys if one[0].binding.priority]
        self.refresh()

    def _follow(self, screen: Screen[object]) -> None:
        if self.app.app_focus and screen is self.screen is self.app.screen:
            told: dict[str, _Told] = {}  # an action may have several keys
            for key in screen.active_bindings.values():
                binding = key.binding
                if not (binding.show and key.enabled) or binding.action in told:
                    continue
                if name := offered(key.node, binding.action, binding.description):
                    told[binding.action] = key, self.app.get_key_display(binding), f" {name} "
            before, self._keys = self._keys, sorted(told.values(), key=self._place)
            if list(map(_looks, before)) != list(map(_looks, self._keys)):
                self.refresh()

    def _place(self, told: "_Told") -> int:
        """Return where a key stands."""
        node, binding = told[0].node, told[0].binding
        if node is not self.app and binding.key in _FIRST and binding.action not in _LAST:
            return _FIRST.index(binding.key)
        return len(_FIRST) + (2 if node is self.app else binding.action in _LAST)

    def _shown(self) -> "list[_Told]":
        """Return the keys there is room for."""
        every = self._keys
        room = self.size.width + 1 - sum(_width(one) for one in every if one[0].node is self.app)
        shown = []
        for one in every:
            if one[0].node is not self.app:
                room -= _width(one)
            if one[0].node is self.app or room >= 0:
                shown.append(one)
        return shown

    def render_line(self, y: int) -> Strip:
        """Draw the keys."""
        parts: list[tuple[str, str]] = []
        for _, pressed, does in self._shown():
            parts += [(pressed, "key"), (does, "title")]
        return strip(parts, styles(self.app), self.size.width)

    def _at(self, x: int) -> ActiveBinding | None:
        for one in self._shown():
            x -= _width(one)
            if x < 0:
                return one[0]
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say more of the key that is pointed at."""
        key = self._at(event.x)
        tooltip = key.tooltip or key.binding.description if key else None
        if tooltip != self.tooltip:
            self.tooltip = tooltip

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take note of the key under the pointer."""
        self._pressed = self._at(event.x) if event.button == 1 else None

    def on_click(self, event: events.Click) -> None:
        """Press the key on which the mouse went down and up."""
        if (key := self._at(event.x)) and key is self._pressed:
            self.app.simulate_key(key.binding.key)
        self._pressed = None


_Told = tuple[ActiveBinding, str, str]
"""A key, what stands for it, and what it does."""


_FIRST = ("enter", "escape")

_LAST = ("open", "address")
"""Actions that lead from one place of a pane to another, told where there is room behind what can be done."""


def _looks(told: _Told) -> tuple[str, str]:
    return told[1:]


def _width(told: _Told) -> int:
    return len(told[1]) + len(told[2])
