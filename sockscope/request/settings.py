"""The table of all settings, and what can be said of it: whose they are, what is usual, what was settled otherwise.

To add one: a row in the file of its subject, and a field of its request that is read from it.
"""

from collections.abc import Iterable

from sockscope.net.address import AddressError
from sockscope.request import listen_settings, program_settings, resolve_settings, socket_settings, tls_settings
from sockscope.request.setting import For, Group, Setting, Texts

SETTINGS: tuple[Setting[object], ...] = (
    *resolve_settings.SETTINGS,
    *listen_settings.ANSWERING,
    *socket_settings.SETTINGS,
    listen_settings.RELAY,
    *tls_settings.SETTINGS,
    *program_settings.SETTINGS,
)
"""Every setting, in the order in which sheets and options show them."""


def settings_for(request: For) -> list[Setting[object]]:
    """Return the settings of one kind of request; no two of them have the same name."""
    return [setting for setting in SETTINGS if request in setting.requests]


def usual(request: For) -> dict[str, str]:
    """Return the text of every default."""
    return {setting.name: setting.text for setting in settings_for(request)}


def unusual(request: For, texts: Texts, *, besides: Iterable[str] = ()) -> str:
    """Write what was settled otherwise than usual, as `name value`; `besides` are names that are seen elsewhere."""
    differing = [
        setting
        for setting in settings_for(request)
        if setting.name not in besides and texts.get(setting.name, setting.text) != setting.text
    ]
    return " · ".join(f"{setting.note or setting.word} {texts[setting.name]}" for setting in differing)


def read_all(request: For, texts: Texts) -> None:
    """Refuse what cannot be read. Raise ValueError."""
    for setting in settings_for(request):
        setting.read(texts)


def check_fits(request: For, asked: object, kind: str) -> None:
    """Refuse what was asked for with a kind of address for which it means nothing. Raise AddressError.

    `asked` has a field for each setting that says so.
    """
    for setting in settings_for(request):
        if setting.elsewhere and kind not in setting.kinds:
            value = getattr(asked, setting.name)
            if bool(value) != bool(setting.default):
                raise AddressError(setting.elsewhere)


def check_needs_tls(request: For, texts: Texts) -> None:
    """Refuse what only TLS could fulfil, where there is none. Raise ValueError."""
    for setting in settings_for(request):
        if setting.group is Group.TLS and setting.name != tls_settings.TLS.name and setting.name in texts:
            raise ValueError(f"{setting.word}: that is for TLS: --tls, or a tls:// address")
