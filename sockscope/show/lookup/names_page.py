"""The page of names and numbers: the forms of the name, the service both ways, the names of the addresses.

The rule: a name that an address has is what the owner of the address wrote, and proves nothing by itself.
"""

from sockscope.net.notation import NO_ADDRESS, NameKind, Spelling, asked_name, forms, kind_of
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.reverse import Reverse
from sockscope.record.lookup.service import PROTOCOLS, port_range
from sockscope.show.explain.errors import explain
from sockscope.show.layout import Cell, Lines, fit, grid, heading, labelled, prose, wrapped
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration, plural

_ROOM = 16  # cells of a label
_ASK = "r asks getnameinfo for the name of each address."
_OWNER = "A name proves nothing by itself: whoever owns the address wrote it."


def names_page(subject: Subject, width: int) -> Lines:
    """Say how the name is read, what the service is called, and which names the addresses have."""
    lookup = subject.lookup
    asked = lookup.question
    config = lookup.sources.config if lookup.sources else None
    found = forms(asked.name, idn="IDN" in asked.flags, config=config)
    told = heading(" The name") if found else []
    for form in found:
        told += _form(form, width)
    names = _reverse(lookup, width)
    lines = [*told, *names] if found and found[0].label == NO_ADDRESS else [*names, *told]
    return [*lines, *_service(lookup, width), *_scopes(lookup, width)]


# The names of the addresses.


def _reverse(lookup: Lookup, width: int) -> Lines:
    reverse = lookup.reverse
    if reverse is None:
        return prose(
            _ASK if lookup.rows else "Names of the addresses can be asked for once there are rows.", width, "muted"
        )
    rows = [_named(address, reverse, lookup) for address in reverse.asked]
    left_out = f"… and {plural(reverse.left_out, 'address')} more, which were not asked for"
    return [
        *heading(" Names of the addresses"),
        *grid(["address", "name", "took", ""], rows, width, right=(2,), last=1),
        *(prose(left_out, width, "muted") if reverse.left_out else []),
        *prose(_OWNER if rows else "The answer has no address that could have a name.", width, "note"),
    ]


def _named(address: str, reverse: Reverse, lookup: Lookup) -> list[Cell]:
    answer = reverse.names.get(address)
    if answer is None:
        return [address, ("– abandoned", "muted") if reverse.abandoned else ("… asking", "busy"), "", ""]
    call, name = answer
    took = duration(call.took_ns)
    if call.error == "EAI_NONAME":
        return [address, ("✗ it has no name", "muted"), took, ""]
    if call.error:
        return [address, (f"✗ {call.error}: {explain(call.error).word}", "bad"), took, ""]
    return [address, (safe(name), "good"), took, _leads_back(name, lookup)]


def _leads_back(name: str, lookup: Lookup) -> Cell:
    """Return whether a name is one that this very lookup got the address for."""
    asked = lookup.question
    if kind_of(asked.name) is not NameKind.NAME:
        return "– no name was asked", "muted"
    typed = (asked.name, asked_name(asked.name, idn="IDN" in asked.flags))
    known = {_plain(one) for one in (*typed, *(row.canonical for row in lookup.rows))} - {""}
    return ("✓ leads back here", "good") if _plain(name) in known else ("≠ not the name asked", "muted")


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


# The name, the service, the scopes.


def _form(form: Spelling, width: int) -> Lines:
    """Write a form and how it comes to be, on one line where both fit."""
    text, why = safe(form.text), safe(form.why)
    role = "event" if form.odd else "text"
    room = max(20, width - _ROOM - 4)
    gap = " " * (_ROOM + 4)
    label = (f"  {fit(safe(form.label), _ROOM)}  ", "label")
    if cells(text) + 2 + cells(why) <= room:
        return [[label, (text, role), (f"  {why}", "note")]]
    first, *others = [*wrapped(text, room)]
    lines: Lines = [[label, (first, role)], *([(gap, ""), (line, role)] for line in others)]
    return [*lines, *([(gap, ""), (line, "note")] for line in (wrapped(why, room) if why else []))]


def _service(lookup: Lookup, width: int) -> Lines:
    asked, sources = lookup.question.service, lookup.sources
    if not asked:
        return []
    lines = heading(" The service")
    if sources is None:
        return [*lines, *prose("The services file is not read yet.", width, "muted")]
    for protocol in PROTOCOLS:
        found = next((service for service in sources.services if service.protocol == protocol), None)
        if found:
            also = f", also {safe(', '.join(found.aliases))}" if found.aliases else ""
            lines += labelled(f"{found.port}/{protocol}", f"{safe(found.name)}{also}", width, _ROOM)
        else:
            lines += labelled(protocol, (f"– no service is known as {safe(asked)}", "muted"), width, _ROOM)
    port = next((row.port for row in lookup.rows), None) or next((one.port for one in sources.services), None)
    return [*lines, *(labelled(f"port {port}", (port_range(port), "note"), width, _ROOM) if port else [])]


def _scopes(lookup: Lookup, width: int) -> Lines:
    """Say which interface each scope id stands for (RFC 4007, 11)."""
    scopes = dict.fromkeys(row.host.partition("%")[2] for row in lookup.rows if "%" in row.host)
    interfaces = dict(lookup.sources.interfaces) if lookup.sources else {}
    numbers = {name: number for number, name in interfaces.items()}
    lines = heading(" Scopes") if scopes else []
    for scope in scopes:
        number = int(scope) if scope.isdecimal() else numbers.get(scope, 0)
        name = interfaces.get(number, "")
        known = f"interface {number}: {safe(name)}" if name else "an interface whose name is not known here"
        lines += labelled(f"%{safe(scope)}", f"{known}; the address counts on that link only", width, _ROOM)
    return lines
