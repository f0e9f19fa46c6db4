"""A field whose content can be saved, and filled with what was saved: addresses and payloads."""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from textual.message import Message

from sockscope.net.address import AddressError, parse
from sockscope.store.shelf import Saved, SavedAddress
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field


class Shelf(NamedTuple):
    """What of the library belongs to a field.

    `kind` is what is kept there, `entry` gives what stands in the field under a name (and may raise ValueError), `take`
    puts something saved there.
    """

    kind: type[Saved]
    entry: Callable[[str], Saved]
    take: Callable[[Saved], None]


class SavedField(Field):
    """Asks for the library by a message; each such field has its `shelf`."""

    shelf: Shelf

    BINDINGS = bindings("SavedField")

    class PickRequested(Message):
        """Something saved is wanted in this field."""

        def __init__(self, field: "SavedField") -> None:
            super().__init__()
            self.field = field

    class SaveRequested(PickRequested):
        """What stands in this field is to be saved."""

    def action_pick(self) -> None:
        """Ask for the library."""
        self.post_message(self.PickRequested(self))

    def action_save(self) -> None:
        """Ask for a name to save it under."""
        if self.value:
            self.post_message(self.SaveRequested(self))


class AddressField(SavedField):
    """The field for an address, beside the choice of what it is where it does not say so itself."""

    def __init__(self, placeholder: str, kind: Choice, *, does: str, id: str) -> None:
        super().__init__(placeholder, does=does, id=id)
        self._kind = kind
        self.shelf = Shelf(SavedAddress, self._entry, self._take)

    def _entry(self, name: str) -> Saved:
        """The address as it stands here, with its kind. Raise AddressError."""
        return SavedAddress(name, str(parse(self.value, host_required=False, kind=self._kind.value)))

    def _take(self, entry: Saved) -> None:
        """Put a saved address here."""
        if isinstance(entry, SavedAddress):
            with contextlib.suppress(AddressError):  # a person may have written anything into the file
                self._kind.value = parse(entry.address, host_required=False).kind
            self.value = entry.address
            self.cursor_position = len(self.value)
