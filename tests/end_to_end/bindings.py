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
_SENT |= {f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in "orst"}
_QUIT = "ctrl+q"


@dataclass(frozen=True)
class Place:
    """Where the focus is, by which keys it comes there from anywhere, and the classes whose keys work there."""

    name: str
    way: tuple[str, ...]
    classes: tuple[str, ...]


PLACES = (
    Place("the page", ("f2", "esc", "2"), ("PageView",)),
    Place("the lookups", ("f2", "esc"), ("ResolvePane", "Lookups")),
    Place("an address", ("f3",), ("Field", "SavedField")),
    Place("a choice", ("f3", "tab"), ("Choice",)),
    Place("the connections", ("f3", "esc"), ("ConnectPane",)),
    Place("the box to send from", ("f4", "esc", "i"), ("SendField",)),
    Place("the traffic", ("f4", "esc", "enter"), ("TrafficView",)),
    Place("details", ("f4", "esc", "d"), ("DetailsScreen", "DetailsText")),
    Place("the listener", ("f4", "esc", "D"), ("ListenerScreen",)),
    Place("options", ("f4", "esc", "o"), ("Sheet",)),
    Place("what is saved", ("f4", "ctrl+t"), ("Picker", "_Filter")),
    Place("help", ("f1",), ("HelpScreen",)),
    Place("a question", ("f4", "esc", "t"), ("Confirm",)),
    Place("the clients", ("f4", "esc"), ("LiveTable", "Conversations", "ListenPane", "SockscopeApp")),
)
_LEAVING = """
back command_palette connect details dismiss done focus_next focus_previous help listener open pane pick
repeat save search settle stop write
"""
"""Actions after which the focus is elsewhere."""


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
    bindings = classes_with_keys()
    leaves = {
        key: one.action.partition("(")[0].removeprefix("app.") in _LEAVING.split()
        for name in place.classes
        for one in bindings[name]
        for key in one.key.split(",")
        if key != _QUIT
    }
    way = ("esc", "esc", *place.way)
    steps = [*way, *(key for key, left in leaves.items() if not left)]
    steps += [step for key, left in leaves.items() if left for step in (*way, key)]
    terminal.press(*(_sent(step) for step in steps), "esc")


def _sent(key: str) -> str:
    assert len(key) == 1 or key in KEYS or key in _SENT, f"what {key} sends must be known"
    return _SENT.get(key, key)


def assert_it_answers(terminal: Terminal) -> None:
    """All keys so far were dealt with, the program has said nothing of its inside, and help opens when asked for."""
    word = f"word{len(terminal.raw())}"
    terminal.press("esc", "esc", "f2", "end", "ctrl+u", word)
    terminal.wait_for(word, deadline_s=60)
    terminal.press("ctrl+u", "f1")
    terminal.wait_for("Everywhere")
    terminal.press("esc")
    terminal.wait_gone("Everywhere")
    assert b"Traceback" not in terminal.raw()
