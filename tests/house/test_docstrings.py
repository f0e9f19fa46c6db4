"""Whatever another module may call says what it does, but for what a base class or the screen's own rules say of it."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import sockscope

CALLED_BY_NAME = ("action_", "on_", "_")
"""Methods that the screen calls by their names: the key, the event, the private ones."""


def undocumented() -> Iterator[str]:
    """The public methods that neither say what they do nor override one that does."""
    for module in pkgutil.walk_packages(sockscope.__path__, "sockscope."):
        if module.name.endswith("__main__"):
            continue
        for cls in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(cls) and cls.__module__ == module.name:
                yield from (f"{module.name}.{cls.__name__}.{name}" for name in _silent(cls))


def _silent(cls: type) -> Iterator[str]:
    for name, member in vars(cls).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if not inspect.isfunction(function) or name.startswith(CALLED_BY_NAME) or "<locals>" in function.__qualname__:
            continue
        if not function.__doc__ and not any(hasattr(base, name) for base in cls.__mro__[1:]):
            yield name


def test_every_public_method_says_what_it_does() -> None:
    assert list(undocumented()) == []
