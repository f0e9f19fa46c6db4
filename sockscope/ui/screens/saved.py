"""The library on the screen: pick something saved for a field, save what stands in one."""

from collections.abc import Callable, Sequence
from functools import partial

from textual.app import App

from sockscope.store.library import Library
from sockscope.store.shelf import Saved, SavedAddress, SavedPayload, SavedSequence
from sockscope.ui.screens.picker import Pick, Picker
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.widgets.saved_field import SavedField


def pick(app: App[None], library: Library, field: SavedField) -> None:
    """Let a person pick something saved, and put it into the field."""
    library.load()
    _tell(app, library)
    shelves: dict[type[Saved], Callable[[], Sequence[Saved]]] = {
        SavedAddress: library.addresses,
        SavedPayload: library.payloads,
        SavedSequence: library.sequences,
    }
    entries = shelves[field.shelf.kind]()
    picks = [Pick(entry.name, _told(entry), entry) for entry in entries]

    def picked(entry: object) -> None:
        if isinstance(entry, Saved):
            field.shelf.take(entry)

    remove, restore = partial(_change, library.remove), partial(_change, library.restore)
    app.push_screen(Picker("Saved and templates", picks, remove=remove, restore=restore), picked)


def _tell(app: App[None], library: Library) -> None:
    """Say what should be known of the file as it was last read."""
    if library.note:
        app.notify(library.note, severity="warning", markup=False, timeout=8)


def _told(entry: Saved) -> str:
    content = entry.address if isinstance(entry, SavedAddress) else entry.text
    return f"{content} · {entry.about}" if entry.about else content


def _change(verb: Callable[[Saved], str], entry: object) -> str:
    return verb(entry) if isinstance(entry, Saved) else ""


def save(app: App[None], library: Library, field: SavedField) -> None:
    """Ask for a name, and save what stands in the field."""

    def check(values: dict[str, str]) -> str:
        if not values["name"].strip():
            return "a name is needed"
        try:
            return library.save(field.shelf.entry(values["name"].strip()))
        except ValueError as error:
            return str(error)

    def saved(values: dict[str, str] | None) -> None:
        if values:
            app.notify(f"saved as {values['name'].strip()}", markup=False, timeout=3)
            _tell(app, library)

    name = Entry("name", "name", "Under which it is found again; one of the same name is replaced.")
    app.push_screen(Sheet("Save", [name], check, done="Save"), saved)
