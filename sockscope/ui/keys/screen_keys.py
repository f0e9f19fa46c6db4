"""The keys of what lies over the panes.

`table` tells the rules.
"""

from sockscope.ui.keys.key import Key, Place
from sockscope.ui.keys.pane_keys import MOVE, SCROLL

_CLOSE = Key("escape", "dismiss", "Close")

OF_SCREENS: tuple[Place, ...] = (
    Place(
        "SequenceScreen",
        "A sequence",
        (),
        (
            Key("escape", "leave", "Close", "Close; a sequence that is run goes on"),
            Key("ctrl+r", "run_or_stop", "Run", "Run what is written, or stop that"),
            Key("b", "stop_sending", "Stop sending", "Stop what is run"),
            Key("f1", "explain", "How it is written"),
            Key("y", "copy", "Copy", "Copy the steps with their times"),
        ),
    ),
    Place(
        "DetailsScreen",
        "Details of a conversation",
        (),
        (
            _CLOSE,
            Key("y", "copy", "Copy", "Copy all details and options"),
            Key("K", "kernel", "Kernel", "What the kernel says of its socket, live and over time"),
            Key("question_mark", "explain", "What is this?", "What the chosen option does, and what may be set"),
        ),
    ),
    Place(
        "KernelScreen",
        "What the kernel says",
        (),
        (
            _CLOSE,
            Key("y", "copy", "Copy", "Copy the page"),
            Key("question_mark", "explain", "What is this?", "What each term means"),
        ),
    ),
    Place("ListenerScreen", "Details of a listener", (), (_CLOSE, Key("y", "copy", "Copy", "Copy all details"))),
    Place("DetailsText", "The text of details", ("DetailsScreen", "ListenerScreen"), SCROLL),
    Place(
        "Sheet",
        "Options, and other sheets to fill in",
        (),
        (
            Key("escape", "dismiss(None)", "Cancel"),
            Key("ctrl+s", "done", "Done", "Take all as it stands"),
            Key("up", "move(-1)", "Entry before"),
            Key("down", "move(1)", "Entry behind"),
            Key("pageup", "page(-1)", "Entries before"),
            Key("pagedown", "page(1)", "Entries behind"),
        ),
    ),
    Place(
        "SearchAllScreen",
        "The search through all conversations",
        (),
        (
            Key("escape", "leave", "Back", "Stop the search, then close"),
            Key("slash,ctrl+f", "search", "Search", "Change what is searched for"),
        ),
    ),
    Place(
        "CallLogScreen",
        "The call log",
        (),
        (
            Key("escape", "leave", "Back", "Show all lines again, then close"),
            Key("slash,ctrl+f", "filter", "Filter", "Leave the calls of which all words are so: error, fd 7, >10ms …"),
            Key("w", "whose", "Of whom", "The calls of the connection or client, of the listener, or of everything"),
            Key("y", "copy", "Copy", "Copy the line"),
            Key("Y", "copy_all", "Copy all", "Copy all lines that were looked at so far"),
        ),
    ),
    Place(
        "CallLogView",
        "The lines of the call log",
        ("CallLogScreen",),
        (*MOVE, Key("enter", "open", "Go there", "Go to the call in the traffic; L there comes back")),
    ),
    Place(
        "Picker",
        "What is saved",
        (),
        (
            Key("escape", "dismiss(None)", "Cancel"),
            Key("enter", "pick", "Pick"),
            Key("ctrl+z", "restore", "Bring back", "Bring back the row that was removed last"),
            Key("up", "move(-1)", "Up"),
            Key("down", "move(1)", "Down"),
            Key("pageup", "page(-1)", "Page up"),
            Key("pagedown", "page(1)", "Page down"),
        ),
    ),
    Place(
        "_Filter", "The filter of what is saved", ("Picker",), (Key("delete", "delete", "Remove", "Remove the row"),)
    ),
    Place("Confirm", "Questions", (), (Key("escape", "dismiss(False)", "No"),)),
    Place(
        "HelpScreen",
        "Help",
        (),
        (
            Key("escape", "leave", "Close", "End the search, then close"),
            Key("f1,question_mark,q", "dismiss", "Close"),
            Key("slash", "search", "Search", "Leave only what holds a word"),
            Key("pageup", "page(-1)", "Page up"),
            Key("pagedown", "page(1)", "Page down"),
        ),
    ),
)
