"""The page that says who is asked for a name, in which order, and why.

The rules: it is what the files say, not what happened, and that is said once. What is certain is told apart from what
only may be: the hosts file was read, so its answer is known; every other source may know the name or not.
"""

from sockscope.net.notation import NameKind
from sockscope.net.resolv_conf import MAX_SERVERS
from sockscope.record.lookup.file import File
from sockscope.record.lookup.name_switch import NameService
from sockscope.record.lookup.sources import HostsLine, Sources
from sockscope.request.question import Question
from sockscope.show.layout import Cell, Lines, grid, heading, labelled, prose
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe
from sockscope.show.units import plural, size

_NOTHING_YET = "Here is said who is asked for the name, in which order and why, as soon as the files are read …"
_HOW = (
    "This is what the system is configured to do, not what happened: getaddrinfo does not tell who answered. "
    "The DNS page asks the servers themselves."
)
_ACTIONS = "In brackets: which outcome of a source ends the search (return), or does not (continue)."
_FOUND, _MISSING, _MAYBE = "found", "missing", "maybe"
_SHOWN = 12  # lines of the hosts file

_SERVERS = {
    "127.0.0.53": "usually systemd-resolved, which asks others",
    "127.0.0.54": "usually systemd-resolved, without its own names",
    "127.0.0.11": "usually Docker's own, for containers",
}


def sources_page(subject: Subject, width: int) -> Lines:
    """Say what the system's resolver goes by for the name of a lookup."""
    sources, question = subject.lookup.sources, subject.lookup.question
    if sources is None:
        return prose(_nothing_yet(subject.lookup.not_found.get("sources")), width, "muted")
    if nobody := _nobody(sources, question):
        return prose(nobody, width)
    asked = _asks_dns(sources, question)
    return [
        *_who(sources, subject, width),
        *prose(_HOW, width, "note"),
        *_hosts(sources, question, width),
        *_tried(sources, asked, width),
        *_servers(sources, asked, width),
        *_settings(sources, width),
        *_files(sources, width),
    ]


def _nothing_yet(error: str | None) -> str:
    return f"Who is asked for the name could not be found out: {error}" if error else _NOTHING_YET


def _nobody(sources: Sources, question: Question) -> str:
    """Say why nobody is asked, where that is so."""
    if sources.kind is NameKind.NOTHING:
        return "No name was given, so nobody is asked: the answer is loopback, or with PASSIVE any address."
    if sources.kind is not NameKind.NAME:
        return f"{safe(question.name)} is {sources.kind.value}: nobody is asked for what is known already."
    if "NUMERICHOST" in question.flags:
        return "With NUMERICHOST nobody is asked: what is no address in numbers fails at once."
    return ""


# Who is asked.


def _who(sources: Sources, subject: Subject, width: int) -> Lines:
    usable = [line for line in sources.hosts if _fits(line, subject.lookup.question)]
    rows: list[list[Cell]] = []
    ended = ""
    for number, source in enumerate(sources.switch.sources, 1):
        found, words = _says(source, sources, usable)
        role = {_FOUND: "good", _MISSING: "muted", _MAYBE: "text"}[found]
        if ended:
            words, role = "– not asked", "muted"
        elif _ends(source, found):
            ended = source.name
            words += " · ends here"
        what = safe(f"{source.actions} {source.meaning}".strip())
        rows.append([str(number), safe(source.name), (words, role), (what, "muted")])
    if not rows:
        return prose("nsswitch.conf names no source: nobody can be asked, and getaddrinfo fails.", width, "bad")
    rest = _differs(subject, usable) if ended == "files" and usable else ""
    return [
        *prose(_outcome(sources, usable, ended), width),
        *grid(["#", "source", "for this name", "what it is"], rows, width, right=(0,)),
        *(prose(rest, width, "bad") if rest else []),
        *(prose(_ACTIONS, width, "note") if any(source.actions for source in sources.switch.sources) else []),
    ]


def _asks_dns(sources: Sources, question: Question) -> bool:
    """Whether the search comes to DNS, unless a source before it knows what it only may know."""
    usable = [line for line in sources.hosts if _fits(line, question)]
    for source in sources.switch.sources:
        if source.name == "dns":
            return True
        if _ends(source, _says(source, sources, usable)[0]):
            return False
    return False


def _outcome(sources: Sources, usable: list[HostsLine], ended: str) -> str:
    if ended == "files" and usable:
        return "The hosts file has the name, and nobody else is asked."
    if ended == "files":
        return "The hosts file does not have the name, and ends the search all the same (NOTFOUND=return)."
    why = "the hosts line of nsswitch.conf" if sources.switch.written else "libc's own order, nsswitch.conf has none"
    return f"From top to bottom until one knows it: {why}."


def _says(source: NameService, sources: Sources, usable: list[HostsLine]) -> tuple[str, str]:
    """Tell what a source has for the name, as far as that is known, in words."""
    if source.name == "files" and usable:
        numbers = ", ".join(str(line.number) for line in usable[:3]) + (" …" if len(usable) > 3 else "")
        return _FOUND, f"✓ line {numbers}: {safe(usable[0].address)}"
    if source.name == "files" and sources.hosts:
        return _MISSING, "✗ only of the other family"
    if source.name == "files":
        return _MISSING, f"✗ not in its {plural(sources.hosts_lines, 'line')}"
    if source.name == "dns":
        return _MAYBE, f"? may know it: {plural(len(sources.tried), 'name')} at {safe(sources.nameservers[0])}"
    if source.name.endswith("_minimal") and not sources.asked.lower().removesuffix(".").endswith(".local"):
        return _MISSING, "✗ not in .local"
    return _MAYBE, "? may know it"


def _ends(source: NameService, found: str) -> bool:
    """Whether the search certainly ends with a source; a minimal one says UNAVAIL of what is not its own."""
    if found == _MISSING:
        return "NOTFOUND" in source.ends_on and not source.name.endswith("_minimal")
    return found == _FOUND and "SUCCESS" in source.ends_on


def _fits(line: HostsLine, question: Question) -> bool:
    """Whether a line of the hosts file has an address of the family asked for."""
    if question.family == "IPv6":
        return ":" in line.address or "V4MAPPED" in question.flags
    return question.family == "any" or "." in line.address or line.address == "::1"


def _differs(subject: Subject, usable: list[HostsLine]) -> str:
    """Say so where the answer has nothing of what the hosts file says."""
    answer = {row.host for row in subject.lookup.rows}
    if not answer or any(":" in line.address or line.address in answer for line in usable):
        return ""
    return "≠ The answer has other addresses: somebody else answered, or the file has changed since."


# What they go by.


def _hosts(sources: Sources, question: Question, width: int) -> Lines:
    if not sources.hosts:
        return []
    shown = sources.hosts[:_SHOWN]
    rows: list[list[Cell]] = [
        [
            str(line.number),
            (safe(line.address), "text" if _fits(line, question) else "muted"),
            safe(" ".join(line.names)),
            ("" if _fits(line, question) else "not of the family asked for", "muted"),
        ]
        for line in shown
    ]
    more = sources.hosts_matching - len(shown)
    return [
        *heading(" In the hosts file"),
        *grid(["line", "address", "names", ""], rows, width, right=(0,), last=2),
        *(prose(f"… and {plural(more, 'line')} more", width, "muted") if more else []),
    ]


def _tried(sources: Sources, asked: bool, width: int) -> Lines:
    if all(source.name != "dns" for source in sources.switch.sources):
        return []
    rows: list[list[Cell]] = [
        [str(number), safe(name), (_why(name, sources), "muted")] for number, name in enumerate(sources.tried, 1)
    ]
    return [
        *heading(f" Names that {'are' if asked else 'would be'} tried in DNS, until one has an answer"),
        *grid(["#", "name", "why"], rows, width, right=(0,)),
    ]


def _why(name: str, sources: Sources) -> str:
    asked, config = sources.asked, sources.config
    if name != asked.removesuffix("."):
        return f"search domain {safe(name.removeprefix(asked + '.'))}"
    if asked.endswith("."):
        return "the dot at the end: no search domain is added"
    early = asked.count(".") >= config.ndots
    dots = f"{plural(asked.count('.'), 'dot')}, ndots is {config.ndots}"
    if not config.search:
        return "as it is: there are no search domains"
    return f"as it is, {'first' if early else 'at last'}: {dots}"


def _servers(sources: Sources, asked: bool, width: int) -> Lines:
    config = sources.config
    rows: list[list[Cell]] = []
    for place, server in enumerate(config.nameservers):
        used = place < MAX_SERVERS
        words = [_turn(place, sources), _SERVERS.get(server, "")]
        note = ", ".join(word for word in words if word)
        rows.append([str(place + 1), (safe(server), "text" if used else "muted"), (note, "muted")])
    takes = "takes" if asked else "would take"
    silence = f"If none of them says anything, a name {takes} {plural(config.silence_s, 'second')}."
    return [
        *heading(" Servers of resolv.conf"),
        *grid(["#", "server", "asked" if asked else "would be asked"], rows, width, right=(0,)),
        *prose(silence, width, "note"),
    ]


def _turn(place: int, sources: Sources) -> str:
    config = sources.config
    if place >= MAX_SERVERS:
        return f"✗ never: only the first {MAX_SERVERS} are"
    if not config.servers_given:
        return "none is given: libc takes this one"
    if any(option.text.startswith("rotate") for option in config.options) and len(config.asked) > 1:
        return "in turn with the others"
    return "first" if place == 0 else f"when the one before fails, or after {plural(config.timeout_s, 'second')}"


def _settings(sources: Sources, width: int) -> Lines:
    config = sources.config
    search = f"{' '.join(config.search)} (from {config.search_from})" if config.search else "none"
    usual = {"ndots": config.ndots, "timeout": config.timeout_s, "attempts": config.attempts}
    given = {option.text.partition(":")[0] for option in config.options}
    left = ", ".join(f"{name} {value}" for name, value in usual.items() if name not in given)
    lines = [
        *heading(" Settings"),
        *labelled("search domains", safe(search), width),
        *(labelled("as usual", left, width) if left else []),
    ]
    for option in config.options:
        lines += labelled(safe(option.text)[:16], safe(option.meaning) or "unknown to glibc: it does nothing", width)
    if config.sortlist:
        lines += labelled("sortlist", f"{safe(config.sortlist)}: IPv4 addresses there come first", width)
    for variable, value in sources.environment:
        lines += labelled(variable, (f"{safe(value)} (environment)", "event"), width)
    for program in sources.between:
        lines += labelled(program, ("runs here, and may answer from its cache", "event"), width)
    return lines


def _files(sources: Sources, width: int) -> Lines:
    rows: list[list[Cell]] = [[safe(file.path), _read(file)] for file in sources.files]
    return [*heading(" Files"), *grid(["file", "read"], rows, width)]


def _read(file: File) -> Cell:
    if file.error == "ENOENT":
        return "– there is none", "muted"
    if file.error:
        return f"✗ {safe(file.error)}: it could not be read", "bad"
    if file.cut:
        return f"the first {size(file.size_bytes)} only: it is larger", "event"
    return size(file.size_bytes), "text"
