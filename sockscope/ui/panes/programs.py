"""Copying what a record did as a program or as commands, in a language that is asked for.

The rules: only languages that can do it are offered, first the one that was chosen last, whatever was copied in it;
where there is more than one record to choose from, one that cannot do it for that record says why.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener
from sockscope.record.lookup.lookup import Lookup
from sockscope.show.units import plural
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.terminal.clipboard import CopyRequested

_ABOUT = "A program or command that makes these calls again and sends these bytes; what it leaves out is said in it."
_OF_LOOKUPS = "What asks the same again. nc, ncat, socat, openssl and curl cannot look a name up; getent and dig can."

_chosen: WeakKeyDictionary[App[Any], list[str]] = WeakKeyDictionary()
"""The languages that were chosen in an application, each once, the latest last."""


def ask(widget: Widget, subjects: Mapping[str, Conversation | Listener | Lookup]) -> None:
    """Ask in which language one of some records is to be copied, and copy it; the first is the one that is meant."""
    from sockscope.show.copy_as.languages import copies, script_of
    from sockscope.show.copy_as.script import CannotSay

    made, refused = {}, {}
    for name, subject in subjects.items():
        try:
            made[name] = copies(script_of(subject))
        except CannotSay as why:
            refused[name] = str(why)
    languages = tuple(dict.fromkeys(language for one in made.values() for language in one.texts))
    if not languages:
        widget.app.notify(f"not copied: {'; '.join(refused.values())}", markup=False, timeout=4)
        return

    chosen = _chosen.setdefault(widget.app, [])

    def begin(values: dict[str, str]) -> str:
        name, language = values["what"], values["language"]
        chosen[:] = [*(one for one in chosen if one != language), language]
        if name in refused:
            return refused[name]
        if language in made[name].refused or language not in made[name].texts:
            return made[name].refused.get(language, f"{name} cannot be copied as {language}")
        text = made[name].texts[language]
        widget.post_message(CopyRequested(text, f"{name} as {language}, {plural(text.count(chr(10)), 'line')}"))
        return ""

    about = _OF_LOOKUPS if any(isinstance(subject, Lookup) for subject in subjects.values()) else _ABOUT
    what = Entry("what", "what", "Of which record.", tuple(subjects))
    last = next((one for one in reversed(chosen) if one in languages), "")
    language = Entry("language", "as", about, languages, value=last)
    widget.app.push_screen(Sheet("Copy as a program", [language, what], begin, done="Copy"))
