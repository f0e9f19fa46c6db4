"""The keys of the panes, and of what stands in them.

`table` tells the rules.
"""

from sockscope.show.lookup.pages import NAMES as PAGES
from sockscope.ui.keys.key import Key, Place

MOVE = (
    Key("up,k", "move(-1)", "Up"),
    Key("down,j", "move(1)", "Down"),
    Key("pageup", "page(-1)", "Page up"),
    Key("pagedown", "page(1)", "Page down"),
    Key("home,g", "edge(False)", "First row"),
    Key("end,G,f", "edge(True)", "Last row, follow"),
)
SCROLL = (
    Key("up,k", "scroll_up", "Up"),
    Key("down,j", "scroll_down", "Down"),
    Key("g", "scroll_home", "First line"),
    Key("G", "scroll_end", "Last line"),
)

_PANES = ("ResolvePane", "ConnectPane", "ListenPane")

OF_PANES: tuple[Place, ...] = (
    Place(
        "SockscopeApp",
        "Everywhere",
        (),
        (
            Key("f1", "help", "Help", "Keys and words, from the place where one is", footer=True),
            Key("question_mark", "explain", "What is this?", "What the steps, states and columns in sight are"),
            Key("f2", "pane('resolve')", "Resolve", "To the pane of names", footer=True),
            Key("f3", "pane('connect')", "Connect", "To the pane of clients that we open", footer=True),
            Key("f4", "pane('listen')", "Listen", "To the pane of servers that we open", footer=True),
            Key("z", "zoom", "Zoom", "The pane alone, then its traffic or page alone, then all again", footer=True),
            Key("escape", "unzoom", "All panes", "All again after z, where Esc does nothing else"),
            Key(
                "f8",
                "mouse",
                "Mouse",
                "To the terminal, for its own selection (as Shift does), or back",
            ),
            Key("ctrl+p", "command_palette", "Palette", "Commands by name"),
            Key(
                "tab",
                "app.focus_next",
                "Next place",
                "From the table to the traffic, from the box to as and end",
            ),
            Key("shift+tab", "app.focus_previous", "Previous place"),
            Key("ctrl+q", "quit", "Quit", footer=True, priority=True),
        ),
    ),
    Place(
        "Pane",
        "Every pane",
        ("SockscopeApp",),
        (
            Key("a", "address", "Address", "To the field where one says what to do", footer=True),
            Key("escape", "back", "Back", "Out of a field, to the table", footer=True),
        ),
    ),
    Place(
        "Field",
        "Fields",
        (
            "ResolvePane",
            "ConnectPane",
            "ListenPane",
            "Lookups",
            "Conversations",
            "Traffic",
            "SearchAllScreen",
            "CallLogScreen",
            "SequenceScreen",
        ),
        (
            Key("enter", "submit", "Do it", "What the field is for", footer=True),
            Key("up", "recall(-1)", "Earlier entry"),
            Key("down", "recall(1)", "Later entry"),
        ),
    ),
    Place(
        "SavedField",
        "Fields for what can be saved",
        ("ConnectPane", "ListenPane", "Conversations", "SequenceScreen"),
        (
            Key("ctrl+t", "pick", "Saved", "Pick something saved, or a template", footer=True),
            Key("ctrl+s", "save", "Save", "Save what stands here, under a name"),
        ),
    ),
    Place(
        "SendField",
        "The box to send from",
        ("Conversations",),
        (
            Key(
                "ctrl+j,alt+enter,shift+enter",
                "break_line",
                "Line break",
                "A line break (CRLF, CR, else LF)",
                footer=True,
            ),
            Key("ctrl+d", "finish", "Finish sending", "Send our end of stream; the peer may go on", footer=True),
            Key(
                "ctrl+r",
                "repeat",
                "Repeat",
                "Send it again and again, or stop that; \\# counts",
                footer=True,
            ),
        ),
    ),
    Place(
        "Choice",
        "Choices",
        (*_PANES, "Conversations", "Traffic", "SearchAllScreen", "CallLogScreen"),
        (
            Key("space,right,l", "step(1)", "Next value", footer=True),
            Key(
                "enter",
                "enter",
                "Next value",
                "The next value; beside what is searched for, search; in a sheet, take all",
                footer=True,
            ),
            Key("left", "step(-1)", "Previous value"),
        ),
    ),
    Place(
        "LiveTable",
        "Tables",
        ("Lookups", "Conversations", "ListenPane", "SearchAllScreen"),
        (
            *MOVE,
            Key("enter", "open", "Open", "What the row stands for: of a conversation the traffic", footer=True),
            Key("s", "sort", "Sort", "Sort by the next column"),
            Key("S", "reverse", "Turn the order", "Sort the other way round"),
        ),
    ),
    Place(
        "Traffic",
        "Reading the traffic",
        ("Conversations",),
        (
            Key(
                "shift+right",
                "extend('byte', True)",
                "Select",
                "Select a byte more; the first key sets the cursor",
            ),
            Key("shift+left", "extend('byte', False)", "Select a byte less"),
            Key("shift+down", "extend('line', True)", "Select a line more"),
            Key("shift+up", "extend('line', False)", "Select a line less"),
            Key("shift+pagedown", "extend('page', True)", "Select a page more"),
            Key("shift+pageup", "extend('page', False)", "Select a page less"),
            Key("shift+end", "extend('edge', True)", "Select to the line's end"),
            Key("shift+home", "extend('edge', False)", "Select to the line's beginning"),
            Key("s", "select", "Select", "Select the call that is here, then all of its direction, then nothing"),
        ),
    ),
    Place(
        "TrafficView",
        "Traffic",
        ("Traffic",),
        (
            Key("up", "line(-1)", "Up", "A line up: the cursor, where one is in sight, else the lines"),
            Key("down", "line(1)", "Down", "A line down: the cursor, where one is in sight, else the lines"),
            Key("left", "byte(False)", "Byte back", "The cursor a byte back; the first key sets it"),
            Key("right", "byte(True)", "Byte on", "The cursor a byte on; the first key sets it"),
            Key("k", "scroll(-1)", "Scroll up"),
            Key("j", "scroll(1)", "Scroll down"),
            Key("pageup", "scroll_page(-1)", "Page up"),
            Key("pagedown", "scroll_page(1)", "Page down"),
            Key("home,g", "edge(False)", "Oldest"),
            Key("G,end", "newest", "Follow", "To the newest, and follow", footer=True),
            Key("f", "follow", "Follow", "Follow the newest, or stay here"),
        ),
    ),
    Place(
        "Conversations",
        "Conversations",
        ("ConversationPane",),
        (
            Key("n", "find(True)", "Next match", "Go to the next match", footer=True),
            Key("N", "find(False)", "Previous match", "Go to the previous match", footer=True),
            Key("h", "look", "Look", "Each call as it reads best, all as text or hex, or the calls alone", footer=True),
            Key("space", "pause", "Pause", "Pause the view; the socket goes on", display="␣"),
            Key("i,enter", "write", "Write", "Go to the box to send from", footer=True),
            Key("c", "close", "Close", "Close the chosen conversation, or cancel its connecting", footer=True),
            Key("d", "details", "Details", "Everything known of the chosen one, and its socket options", footer=True),
            Key("K", "kernel", "Kernel", "What the kernel says of the chosen one's socket, live and over time"),
            Key("w", "track", "Wire", "Plaintext, TLS records, or the other leg of a relay"),
            Key("p", "read", "Stop reading", "Stop reading, so that the peer stalls; or read again"),
            Key("b", "stop_sending", "Stop sending", "Stop the file, what is sent again and again, or the sequence"),
            Key("Q", "sequence", "Sequence", "Send, wait for answers and time them, step by step"),
            Key("r", "reset", "Reset", "Abort the chosen conversation with a reset (RST)"),
            Key("ctrl+d", "finish", "Finish sending", "Send our end of stream; the peer may go on"),
            Key("ctrl+r", "repeat", "Repeat", "Send what stands in the box again and again, or stop that"),
            Key("slash", "search", "Search", "Filter the table (F1 says how), or search the traffic"),
            Key("m", "mark", "Mark", "Mark the call that is here, or mark it no more"),
            Key("apostrophe", "next_mark", "Next mark", "Go to the next call that is marked"),
            Key("right_square_bracket", "turn(True)", "Next turn", "Go to where the other side begins to speak"),
            Key("left_square_bracket", "turn(False)", "Previous turn", "Go back to where a side began to speak"),
            Key("colon", "jump", "Go to", "Go to an offset (of datagrams, in the one here) or a time"),
            Key("Y", "copy_as", "Copy as …", "Copy bytes as text, hex, base64, Python, C, or the screen as it is"),
            Key(
                "less_than_sign", "direction", "One direction", "What was received alone, what was sent alone, or both"
            ),
            Key("vertical_line", "other_end", "Side by side", "The other end, or the other leg of a relay, beside it"),
            Key("x", "export", "Export", "Export bytes and calls into a new folder here"),
            Key("y", "copy", "Copy", "Copy the row; of the traffic what is selected, or the call here"),
            Key("escape", "back", "Back", "Out of a field or the search; to the table", footer=True),
        ),
    ),
    Place(
        "ConversationPane",
        "Connect and Listen",
        ("Pane",),
        (
            Key("v", "steps", "Steps", "A line for each step, or all in one"),
            Key(
                "u", "way_on", "Way on", "Do what is advised: a free port, the other family, unverified …", footer=True
            ),
            Key("ctrl+f", "search_all", "Search all", "Search all conversations of the pane, live and ended"),
            Key("L", "call_log", "Call log", "Every call on a line, from the one that is here; also of everything"),
            Key("P", "copy_program", "Copy as a program", "Copy in Python, C, nc, ncat, socat, openssl or curl"),
        ),
    ),
    Place(
        "ConnectPane",
        "Connect",
        ("ConversationPane",),
        (
            Key("o,ctrl+o", "settle", "Options", "How to connect: source, socket options, TLS, and more", footer=True),
            Key("R", "reconnect", "Reconnect", "Connect again, later and later until it works"),
        ),
    ),
    Place(
        "ListenPane",
        "Listen",
        ("ConversationPane",),
        (
            Key("o,ctrl+o", "settle", "Options", "How to listen: answers, TLS, relay, backlog, and more", footer=True),
            Key("e", "echo", "Echo", "Send everything back, or do not"),
            Key("A", "accept", "Accept", "Accept clients, or let them wait in the queue"),
            Key("M", "one_at_a_time", "One at a time", "Take one client at a time, or all at once"),
            Key("D", "listener", "Listener", "All about the listener, and its certificate"),
            Key("t", "stop", "Stop", "Stop listening and close the clients", footer=True),
        ),
    ),
    Place(
        "ResolvePane",
        "Resolve",
        ("Pane",),
        (
            Key(
                "o,ctrl+o",
                "settle",
                "Options",
                "Every hint of getaddrinfo, DNS servers and types",
                footer=True,
            ),
        ),
    ),
    Place(
        "Lookups",
        "Lookups",
        ("ResolvePane",),
        (
            Key("h", "turn(1)", "Page", "The next page about the lookup: call, order, names, sources …", footer=True),
            *(Key(str(n), f"page('{name}')", f"Page {name}", f"The page {name}") for n, name in enumerate(PAGES, 1)),
            Key("d", "inquire", "Ask DNS", "Ask DNS servers directly, and compare", footer=True),
            Key("r", "reverse", "Reverse", "Ask for the names of the addresses (getnameinfo)"),
            Key("w", "watch", "Watch", "Ask the same again and again, or stop that", footer=True),
            Key("C", "connect", "Race", "Connect to the name as programs do, and watch the attempts", footer=True),
            Key("c", "cancel", "Abandon", "Stop waiting for the chosen lookup, and for DNS"),
            Key("slash", "search", "Search", "Search the lookups before"),
            Key("y", "copy", "Copy", "Copy the chosen row, or the page"),
            Key("Y", "copy_table", "Copy all rows", "Copy all rows of the answer"),
            Key("J", "copy_json", "Copy JSON", "Copy all that is known of the lookup as JSON"),
            Key("P", "copy_program", "Copy as a program", "Copy the call in Python, C, getent or dig"),
            Key("escape", "back", "Back", "Out of the search; to the answer", footer=True),
        ),
    ),
    Place(
        "PageView",
        "Pages: of a lookup, of the kernel, the help",
        ("Lookups", "HelpScreen", "SequenceScreen", "KernelScreen"),
        SCROLL,
    ),
)
