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
_SENT |= {"alt+enter": "\x1b[13;3u", "shift+enter": "\x1b[13;2u"}
_SENT |= {"pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~"}
_SENT |= {"shift+pageup": "\x1b[5;2~", "shift+pagedown": "\x1b[6;2~", "apostrophe": "'", "colon": ":"}
_SENT |= {"less_than_sign": "<", "vertical_line": "|", "left_square_bracket": "[", "right_square_bracket": "]"}
_SENT |= {f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in "fjorst"}
_QUIT = "ctrl+q"
LONG_S = 60.0
"""How long a burst of keys may take on a busy machine."""


@dataclass(frozen=True)
class Place:
    """Where the focus is, by which keys it comes there, what is seen there, and the classes whose keys work there."""

    name: str
    way: tuple[str, ...]
    seen: tuple[str, ...]
    classes: tuple[str, ...]
    sheet: bool = False


_RESOLVE, _CONNECT, _LISTEN = "─ Resolve F2 ─", "─ Connect F3 ─", "─ Listen F4 ─"
PLACES = (
    Place("the page", ("f2", "esc", "2"), (_RESOLVE, "\nh Page", "asked"), ("PageView",)),
    Place("the lookups", ("f2", "esc", "1"), (_RESOLVE, "\nh Page"), ("ResolvePane", "Lookups")),
    Place("an address", ("f3", "esc", "a"), (_CONNECT, "\nEnter Connect"), ("Field", "SavedField")),
    Place("a choice", ("f3", "esc", "a", "tab"), (_CONNECT, "\nspace Next value"), ("Choice",)),
    Place("the connections", ("f3", "esc"), (_CONNECT, "\nh Look"), ("ConnectPane", "ConversationPane", "Pane")),
    Place("the box to send from", ("f4", "esc", "i"), (_LISTEN, "\nEnter Send"), ("SendField",)),
    Place("the traffic", ("f4", "esc", "enter"), (_LISTEN, "\nh Look"), ("TrafficView", "Traffic")),
    Place("details", ("f4", "esc", "d"), ("Tab to the options",), ("DetailsScreen", "DetailsText"), sheet=True),
    Place("the kernel", ("f4", "esc", "K"), ("the kernel's view", "? explains"), ("KernelScreen",), sheet=True),
    Place("the listener", ("f4", "esc", "D"), ("asked for", "y copies · Esc"), ("ListenerScreen",), sheet=True),
    Place("options", ("f4", "esc", "o"), ("─ How to listen ─",), ("Sheet",), sheet=True),
    Place("a question", ("f4", "esc", "t"), ("Stop listening?",), ("Confirm",), sheet=True),
    Place("the search of all", ("f4", "esc", "ctrl+f"), ("find in all conv",), ("SearchAllScreen",), sheet=True),
    Place("the call log", ("f4", "esc", "L"), ("w of whom",), ("CallLogScreen", "CallLogView"), sheet=True),
    Place("a sequence", ("f4", "esc", "Q"), ("F1 tells more",), ("SequenceScreen",), sheet=True),
    Place("help", ("f4", "esc", "f1"), ("/ searches",), ("HelpScreen",), sheet=True),
    Place("what is saved", ("f4", "esc", "a", "ctrl+t"), ("Saved and templates",), ("Picker", "_Filter"), sheet=True),
    Place(
        "the clients",
        ("f4", "esc"),
        (_LISTEN, "\nh Look"),
        ("LiveTable", "Conversations", "ListenPane", "SockscopeApp"),
    ),
)
_OPENING = [
    "call_log",
    "command_palette",
    "copy_as",
    "copy_program",
    "details",
    "explain",
    "help",
    "kernel",
    "listener",
    "pick",
    "repeat",
    "save",
    "search_all",
    "sequence",
    "settle",
    "stop",
]
_MOVING = [
    "address",
    "back",
    "connect",
    "dismiss",
    "leave",
    "done",
    "filter",
    "focus_next",
    "focus_previous",
    "jump",
    "open",
    "pane",
    "search",
    "write",
]
"""Actions that open a sheet, and such as leave the place or close the sheet."""


def classes_with_keys() -> dict[str, list[Binding]]:
    """The bindings of each class of the screen that has any."""
    for module in pkgutil.walk_packages(sockscope.ui.__path__, "sockscope.ui."):
        importlib.import_module(module.name)
    ours = [cls for cls in _below(DOMNode) if cls.__module__.startswith("sockscope.ui.") and "BINDINGS" in vars(cls)]
    return {cls.__name__: [one for one in cls.BINDINGS if isinstance(one, Binding)] for cls in ours}


def _below(cls: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def press_every_key_of(terminal: Terminal, place: Place) -> None:
    """Press each key of a place, once it is reached, those that lead elsewhere last; quitting is left out."""
    staying, opening, moving = [], [], []
    for key, action in _actions(place).items():
        if action in _MOVING or (place.sheet and action in _OPENING):
            moving.append(key)
        elif action in _OPENING:
            opening += [key, "esc"]
        else:
            staying.append(key)
    _reach(terminal, place)
    _press(terminal, *staying, *opening)
    for number, key in enumerate(moving):
        if not place.sheet:
            _press(terminal, *place.way, key)
            continue
        if number:
            _reach(terminal, place)
        _press(terminal, key, *(["esc", "esc"] if _actions(place)[key] != "dismiss" else []))
        terminal.wait_gone(place.seen[0])


def _reach(terminal: Terminal, place: Place) -> None:
    _press(terminal, *place.way)
    terminal.wait_for(*place.seen, deadline_s=LONG_S)


def _press(terminal: Terminal, *keys: str) -> None:
    terminal.press(*(_sent(key) for key in keys))


def _actions(place: Place) -> dict[str, str]:
    """What each key of a place does."""
    bindings = [one for name in place.classes for one in classes_with_keys()[name]]
    every = [(key, one.action) for one in bindings for key in one.key.split(",")]
    return {key: action.partition("(")[0].removeprefix("app.") for key, action in every if key != _QUIT}


def _sent(key: str) -> str:
    assert len(key) == 1 or key in KEYS or key in _SENT, f"what {key} sends must be known"
    return _SENT.get(key, key)


def assert_it_answers(terminal: Terminal) -> None:
    """All keys so far were dealt with, the program has said nothing of its inside, and help opens when asked for."""
    word = f"word{len(terminal.raw())}"
    terminal.press("esc", "esc", "f2", "esc", "a", "end", "ctrl+u", word)
    terminal.wait_for(word, deadline_s=120)
    terminal.press("ctrl+u", "f1")
    terminal.wait_for("/ searches")
    terminal.press("esc")
    terminal.wait_gone("/ searches")
    assert b"Traceback" not in terminal.raw()
