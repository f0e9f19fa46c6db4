"""A field of one line that remembers what was entered; what is said in it while it is empty fits its width."""

from textual.widgets import Input

from sockscope.show.sanitizer import cells
from sockscope.ui.keys.bindings import bindings

REMEMBERED = 100
LONGEST = 1024 * 1024 + 1


class Field(Input):
    """An input with a history on ↑ and ↓; what is typed but not yet entered is kept at its end."""

    BINDINGS = bindings("Field")

    def __init__(
        self, placeholder: str, *, brief: str = "", does: str = "", value: str = "", id: str | None = None
    ) -> None:
        """`brief` is the placeholder where the other one has no room; `does` is what the footer calls Enter in it."""
        super().__init__(value=value, placeholder=placeholder, compact=True, id=id, max_length=LONGEST)
        self._hint, self._brief = placeholder, brief
        self._does = does
        self._entered: list[str] = []
        self._stood = ""  # what stood in it when it was entered
        self._place = 0
        self._draft = ""

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key of the field."""
        return self._does if action == "submit" else name

    def hint(self, placeholder: str, brief: str = "") -> None:
        """Say something else while it is empty, briefly where it has no room."""
        self._hint, self._brief = placeholder, brief
        self.on_resize()

    def on_resize(self) -> None:
        """Say in it what fits."""
        brief = self._brief and cells(self._hint) > self.size.width
        self.placeholder = self._brief if brief else self._hint

    def on_focus(self) -> None:
        """Keep what stands in it."""
        self._stood = self.value

    def restore(self) -> None:
        """Put back what stood in it when it was entered."""
        self.value = self._stood

    def remember(self, text: str) -> None:
        """Put a text at the end of the history."""
        if text and (not self._entered or self._entered[-1] != text):
            self._entered.append(text)
            del self._entered[:-REMEMBERED]
        self._place = len(self._entered)
        self._draft, self._stood = "", self.value

    def action_recall(self, step: int) -> None:
        """Show an earlier or a later entry."""
        if self._place == len(self._entered):
            self._draft = self.value
        self._place = max(0, min(len(self._entered), self._place + step))
        self.value = self._entered[self._place] if self._place < len(self._entered) else self._draft
        self.cursor_position = len(self.value)
