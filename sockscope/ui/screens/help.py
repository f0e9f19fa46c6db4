"""Help: the keys of each place, read from their bindings, and the words on the screen."""

import textwrap
from collections.abc import Iterable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sockscope.ui.screens.settled import SettledModal

KeyPlace = tuple[str, tuple[type, ...]]
"""A place on the screen in words, and the classes whose keys work there."""

_WORDS = (
    ("connecting", "the name is being looked up, or no answer to our SYN came yet"),
    ("TLS handshake", "connected, and TLS is being agreed on"),
    ("connected", "both directions are open; of datagrams: the socket has one peer, and hears when it refuses"),
    ("open", "datagrams without a connection: each is sent by itself, and a refusal is not heard"),
    ("peer finished", "the peer sent its end of stream (FIN): it sends no more, but still receives"),
    ("we finished", "we sent our end of stream; what the peer sends still arrives"),
    ("closed by us", "both directions are closed: we finished first, or closed while the peer had not finished"),
    ("closed by peer", "both directions are closed: the peer finished first, and our side followed by itself"),
    ("peer, then us", "both directions are closed: the peer finished first, and then we finished or closed"),
    ("reset by peer", "the peer aborted (RST): what was on the way is lost"),
    ("refused", "the machine answered that nobody listens at that port, of UNIX sockets at that path"),
    ("listening", "the kernel completes connections and queues them; accept takes them from there"),
    ("stalled", "the kernel takes no more of what we send: the peer does not read"),
    ("dropped", "older than the history that is kept; counted, but no longer there to show"),
    ("datagram", "comes whole or not at all; an empty one is one too, and nothing says that it arrived"),
    (
        "queue",
        "connections that wait to be accepted, and how many may; Linux lets in one more than the limit",
    ),
    ("not verified", "nobody checked that the certificate belongs to who it says: anybody could be there"),
    ("TLS records", "what goes over the wire; plaintext is what TLS makes of it (w changes between them)"),
    ("at EOF", "what to do with our side when a client finished: close it too, or keep it to answer later"),
)

_GUTTER = (
    ("←", "a recv that brought bytes: time, time since the line before, size"),
    ("→", "a send that the kernel took bytes from; `of` where it took fewer than it was offered"),
    ("·", "another call: its arguments, result and duration"),
    ("│ ┆", "the bytes of the call above; ┆ goes on with a line that was too long"),
)


class HelpScreen(SettledModal[None]):
    """Everything a person may press, and what the words mean."""

    BINDINGS = [Binding("escape,f1,question_mark,q", "dismiss", "Close help")]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > VerticalScroll {
            width: 96; /* _WIDTH */
            max-width: 100%;
            max-height: 100%;
            height: auto;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 2;
            background: $surface;
        }
        & Static { height: auto; }
    }
    """

    def __init__(self, places: Sequence[KeyPlace]) -> None:
        """`places` are those that have keys."""
        super().__init__()
        self._places = places

    def compose(self) -> ComposeResult:
        """The keys and the words, to be scrolled."""
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            yield Static(self._content())

    def _content(self) -> Content:
        width = min(self.app.size.width, _WIDTH) - _MARGIN
        parts: list[tuple[str, str]] = []
        for name, classes in self._places:
            keys = [key for one in classes for key in _keys(vars(one).get("BINDINGS", ()))]
            parts += _section(name, keys, width)
        parts += _section("What stands before a line of traffic", _GUTTER, width)
        parts += _section("Words", _WORDS, width)
        return Content.assemble(*parts)


_WIDTH = 96
_MARGIN = 8
_NAMES = 20


def _section(title: str, rows: Iterable[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Write a title and its rows, the text beside the name wrapped under itself."""
    lines = [(f"\n{title}\n", "bold $text-accent")]
    for left, right in rows:
        indent = " " * _NAMES
        text = textwrap.fill(right, max(width, _NAMES + 20), initial_indent=indent, subsequent_indent=indent)
        lines += [(f"  {left:<{_NAMES - 2}}", "$text-warning"), (f"{text[_NAMES:]}\n", "")]
    return lines


def _keys(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """What is pressed, and what it does."""
    names = {
        "slash": "/",
        "question_mark": "?",
        "escape": "Esc",
        "enter": "Enter",
        "pageup": "PgUp",
        "pagedown": "PgDn",
    }
    arrows = {"up": "↑", "down": "↓", "left": "←", "right": "→", "home": "Home", "end": "End"}
    keys = []
    for binding in bindings:
        if isinstance(binding, Binding):
            pressed = [(names | arrows).get(key, key) for key in binding.key.split(",")]
            pressed = [key.upper() if key[:1] == "f" and key[1:].isdigit() else key for key in pressed]
            keys.append((" ".join(pressed), binding.tooltip or binding.description))
    return keys
