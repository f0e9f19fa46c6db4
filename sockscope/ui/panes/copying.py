"""Copying of the traffic: at once as it is shown, or in a form that is asked for."""

from sockscope.show.reading.copying import Copied, CopyError, as_shown, in_form, targets
from sockscope.show.reading.forms import FORMS
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.traffic_view import TrafficView

_SCREEN = "screen"
_ABOUT = (
    "Text is made harmless; dump is hex with offsets and characters; screen is what is in sight; the others give "
    "exactly these bytes."
)


def copy(view: TrafficView) -> None:
    """Copy what is selected, or the call that is here, in the form of the view; say why not."""
    if view.reading.reader is None:
        return
    try:
        _post(view, as_shown(view.reading.reader, view.mode, view.wall))
    except CopyError as error:
        view.reading.say(str(error))


def ask(view: TrafficView) -> None:
    """Ask what is to be copied and in which form, and copy it; the form is what was chosen last."""
    if view.reading.reader is None:
        return
    found = targets(view.reading.reader)
    screen = view.visible_text()

    def begin(values: dict[str, str]) -> str:
        view.copied_as = values["form"]
        try:
            if values["form"] == _SCREEN:
                _post(view, Copied(screen, ""))
            elif values["what"] in found:
                _post(view, in_form(found[values["what"]], values["form"]))
            else:
                return "there is nothing to copy yet"
        except CopyError as error:
            return str(error)
        return ""

    names = tuple(found) or ("nothing yet",)
    what = Entry("what", "what", "What is selected, the call that is here, or all that is kept of a direction.", names)
    form = Entry("form", "as", _ABOUT, (*FORMS, _SCREEN), value=view.copied_as)
    view.app.push_screen(Sheet("Copy", [what, form], begin, done="Copy"))


def _post(view: TrafficView, copied: Copied) -> None:
    view.post_message(CopyRequested(copied.text, copied.what))
