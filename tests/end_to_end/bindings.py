"""Every key of every place, read from the bindings themselves."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding
from textual.dom import DOMNode

import sockscope.ui
from tests.end_to_end.terminal import KEYS, Terminal

_SENT = {"slash": "/", "space": " ", "question_mark": "?", "escape": KEYS["esc"]}
_SENT |= {"pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~"}
_SENT |= {f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in "rst"}
_QUIT = "ctrl+q"


@dataclass(frozen=True)
class Place:
    """Where the focus is, by which keys it comes there, the classes whose keys work there, and what opened a sheet."""

    name: str
    way: tuple[str, ...]
    classes: tuple[str, ...]
    opened_by: str = ""


PLACES = (
    Place("the page", ("f2", "esc", "2"), ("PageView",)),
    Place("the lookups", ("f2", "esc"), ("ResolvePane", "Lookups")),
    Place("an address", ("f3",), ("Field", "SavedField")),
    Place("a choice", ("tab",), ("Choice",)),
    Place("the connections", ("f3", "esc"), ("ConnectPane",)),
    Place("the box to send from", ("f4", "esc", "i"), ("SendField",)),
    Place("the traffic", ("esc", "enter"), ("TrafficView",)),
    Place("details", (), ("DetailsScreen", "DetailsText"), "d"),
    Place("the listener", (), ("ListenerScreen",), "D"),
    Place("options", (), ("Sheet",), "o"),
    Place("a question", (), ("Confirm",), "t"),
    Place("help", (), ("HelpScreen",), "f1"),
    Place("what is saved", ("f4",), ("Picker", "_Filter"), "ctrl+t"),
    Place("the clients", ("f4", "esc"), ("LiveTable", "Conversations", "ListenPane", "SockscopeApp")),
)
_OPENING = ["command_palette", "details", "help", "listener", "pick", "repeat", "save", "settle", "stop"]
_MOVING = ["back", "connect", "dismiss", "done", "focus_next", "focus_previous", "open", "pane", "search", "write"]
"""Actions that open a sheet, and such as leave the place or close the sheet."""


def classes_with_keys() -> dict[str, list[Binding]]:
    """The bindings of each class of the screen that has any."""
    for module in pkgutil.iter_modules(sockscope.ui.__path__):
        importlib.import_module(f"sockscope.ui.{module.name}")
    ours = [cls for cls in _below(DOMNode) if cls.__module__.startswith("sockscope.ui.") and "BINDINGS" in vars(cls)]
    return {cls.__name__: [one for one in cls.BINDINGS if isinstance(one, Binding)] for cls in ours}


def _below(cls: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def press_every_key_of(terminal: Terminal, place: Place) -> None:
    """Press each key of a place, those that lead elsewhere last; quitting is left out."""
    there = (*place.way, place.opened_by) if place.opened_by else place.way
    staying, opening, moving = list(there), [], []
    for key, action in _actions(place).items():
        if action in _MOVING or (place.opened_by and action in _OPENING):
            moving += [*((place.opened_by,) if place.opened_by else place.way), key]
        elif action in _OPENING:
            opening += [key, "esc"]
        else:
            staying.append(key)
    closing = ["esc"] if place.opened_by else []
    terminal.press(*(_sent(key) for key in [*staying, *opening, *closing, *moving]))


def _actions(place: Place) -> dict[str, str]:
    """What each key of a place does; of several that do the same, the first one."""
    bindings = classes_with_keys()
    every = [(one.key.partition(",")[0], one.action) for name in place.classes for one in bindings[name]]
    return {key: action.partition("(")[0].removeprefix("app.") for key, action in every if key != _QUIT}


def _sent(key: str) -> str:
    assert len(key) == 1 or key in KEYS or key in _SENT, f"what {key} sends must be known"
    return _SENT.get(key, key)


def assert_it_answers(terminal: Terminal) -> None:
    """All keys so far were dealt with, the program has said nothing of its inside, and help opens when asked for."""
    word = f"word{len(terminal.raw())}"
    terminal.press("esc", "esc", "f2", "end", "ctrl+u", word)
    terminal.wait_for(word, deadline_s=120)
    terminal.press("ctrl+u", "f1")
    terminal.wait_for("Everywhere")
    terminal.press("esc")
    terminal.wait_gone("Everywhere")
    assert b"Traceback" not in terminal.raw()
