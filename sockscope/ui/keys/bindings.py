"""The table of the keys as Textual and the views take it."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from sockscope.ui.keys.key import Key, Place, written
from sockscope.ui.keys.table import TABLE

_NAMED = {place.of: place for place in TABLE}


def bindings(of: str) -> list[BindingType]:
    """Return the keys of a class for Textual."""
    return [_binding(key) for key in _NAMED[of].keys]


def _binding(key: Key) -> Binding:
    a_name = len(key.first) > 1 and not key.first.startswith("ctrl+")  # letters and ^x are Textual's to write
    display = key.display or (written(key.first) if a_name else None)
    return Binding(
        key.keys, key.action, key.name, show=key.footer, key_display=display, tooltip=key.said, priority=key.priority
    )


def places_of(nodes: Iterable[object]) -> list[Place]:
    """Return the places that some widgets are, each once: of the innermost first, where they stand so."""
    found = {name: _NAMED[name] for node in nodes for cls in type(node).__mro__ if (name := cls.__name__) in _NAMED}
    return list(found.values())
