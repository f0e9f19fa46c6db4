"""The page that puts DNS servers, asked directly, beside getaddrinfo and the hosts file, and tells what each said.

The rule: a difference has a sign and a word, and where it is normal that is said. Explanations stand once for each
server, since its queries often fail alike.
"""

from collections.abc import Iterator

from sockscope.net.endpoint import host_port
from sockscope.net.error_name import NAYS
from sockscope.record.lookup.inquiry import DnsReply, Inquiry, Query, ResourceRecord
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.dns_question import DNS_PORT, USUAL
from sockscope.show.explain.dns import explain_dns
from sockscope.show.layout import Cell, Lines, Parts, fit, grid, heading, prose, wrapped
from sockscope.show.lookup.dns_compare import Comparison, Party, Verdict, compare, ttl
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration, plural, waited

RECORDS_SHOWN = 16
ADDRESSES_SHOWN = 16
_DATA_LINES = 4  # of one record
_INDENT = 10  # where what is said of a query begins
_LONGEST_TYPE = 12
_LEAST_ADDRESS = 15
_ANY_WIDTH = 10_000
_GAP = 2  # cells behind the last column
_BELOW = 5  # where the addresses begin
_RULES = (
    "DNS is asked for the whole name as it stands: no search list, no hosts file. "
    "TTL: time to live, how long caches may keep a record."
)
_MARKS = {
    LookupState.QUEUED: ("○", "muted"),
    LookupState.ASKING: ("◐", "busy"),
    LookupState.ANSWERED: ("●", "good"),
    LookupState.FAILED: ("✗", "bad"),
    LookupState.ABANDONED: ("–", "muted"),
}
_NAY = ("○", "event")
_FLAGS = {"AA": "authoritative (AA)", "AD": "DNSSEC verified (AD)", "TC": "still cut off (TC)"}


def dns_page(subject: Subject, width: int) -> Lines:
    """Compare what everybody says of the name, and tell what each server said."""
    lookup, inquiry = subject.lookup, subject.lookup.inquiry
    if inquiry is None:
        return prose(f"d asks {_whom(lookup)} directly (nothing was sent yet)", width, "muted")
    asked = safe(inquiry.name.removesuffix(".") or ".")
    typed = "" if inquiry.typed.removesuffix(".") == asked else f" = {safe(inquiry.typed)[:80]}"
    if not inquiry.queries:
        doing = "abandoned" if inquiry.abandoned else "reading /etc/resolv.conf for the servers to ask"
        return prose(f"{asked}{typed}: {doing}", width, "muted")
    servers = list(dict.fromkeys(query.server for query in inquiry.queries))
    lines: Lines = []
    numbered = False
    if any(type in USUAL for type in inquiry.types):
        table, numbered = _side_by_side(lookup, inquiry, width)
        lines += heading(fit(f" {asked}{typed}: who has which address", width)) + table
    for number, server in enumerate(servers, 1):
        title = f" #{number} {server}" if numbered and len(servers) > 1 else f" {server}"
        lines += heading(fit(f"{safe(title)} says of {asked}", width))
        lines += _server([query for query in inquiry.queries if query.server == server], subject.now_ns, width)
    return lines + prose(_RULES, width, "note")


def _whom(lookup: Lookup) -> str:
    servers = lookup.sources.nameservers if lookup.sources else ()
    if not servers:
        return "the name servers of /etc/resolv.conf"
    more = f" and {len(servers) - 1} more" if len(servers) > 1 else ""
    return f"{safe(host_port(servers[0], DNS_PORT))}{more}"


# Side by side.


def _side_by_side(lookup: Lookup, inquiry: Inquiry, width: int) -> tuple[Lines, bool]:
    """Set a column for each place, and tell whether the servers are numbered.

    Where there is no room the differences go below their rows, then the servers have numbers, and then they give way.
    """
    compared = compare(lookup, inquiry)
    reasons = [line for text in _reasons(lookup, inquiry, compared) for line in prose(text, width, "note")]
    for numbered in (False, True):
        one = compare(lookup, inquiry, numbered=True) if numbered else compared
        for below in (0, width):
            table = _table([one.system, one.hosts, *one.servers], one, _ANY_WIDTH, below)
            if all(sum(cells(text) for text, _ in line) <= width + _GAP for line in table):
                return table + reasons, numbered
    return _table([one.system, one.hosts], one, width, width) + reasons, True


def _table(parties: list[Party], compared: Comparison, width: int, below: int) -> Lines:
    """Write the table; the differences have a column, or `below` cells below their rows."""
    verdicts = sorted(compared.verdicts, key=lambda verdict: not verdict.difference)
    shown = set(verdicts[:ADDRESSES_SHOWN])
    told = [verdict for verdict in compared.verdicts if verdict in shown]
    head = ["", "address", *(safe(party.title) for party in parties)]
    rows: list[list[Cell]] = [["", ("how many", "muted"), *(party.says for party in parties)]]
    rows += [_row(verdict, parties) for verdict in told]
    differences = ["", *(safe(verdict.difference) for verdict in told)]
    if below:
        top, *others = grid(head, rows, width)
        lines = [top]
        for line, text in zip(others, differences, strict=True):
            lines += [line, *(prose(text, below, "event", _BELOW) if text else [])]
    else:
        beside = [[*row, (text, "event")] for row, text in zip(rows, differences, strict=True)]
        lines = grid([*head, ""], beside, width)
    more = len(compared.verdicts) - len(shown)
    return [*lines, *(prose(f"and {plural(more, 'address')} more", width, "muted", _BELOW) if more else [])]


def _row(verdict: Verdict, parties: list[Party]) -> list[Cell]:
    address = fit(safe(verdict.address), max(_LEAST_ADDRESS, min(45, cells(verdict.address))))
    said = [party.cell(verdict.address) for party in parties]
    sign: Cell = ("≠", "event") if verdict.difference else ("=", "good")
    return [sign, address, *said]


def _reasons(lookup: Lookup, inquiry: Inquiry, compared: Comparison) -> Iterator[str]:
    said = [verdict.difference for verdict in compared.verdicts]
    name, question = inquiry.name.removesuffix(".").lower(), lookup.question
    if name == "localhost" or name.endswith(".localhost"):
        yield "Normal: localhost is never in DNS (RFC 6761); the hosts file or the system itself has it."
    elif "not in DNS, but in the hosts file" in said:
        yield "Normal: a line of the hosts file wins where nsswitch.conf puts files before dns."
    elif "not in DNS" in said and not question.name.endswith("."):
        searched = lookup.sources is None or bool(lookup.sources.config.search)
        where = "in a search domain, or another source" if searched else "in another source"
        yield f"getaddrinfo may have found it elsewhere: {where} of nsswitch.conf."
    if question.family != "any" and len({version for party in compared.servers for version in party.versions}) > 1:
        yield f"getaddrinfo was asked for {question.family} alone, so the other family is not compared."
    if "ADDRCONFIG" in question.flags and any(text.startswith("only in DNS") for text in said):
        yield "Normal: ADDRCONFIG leaves out a family that this machine has no address of."
    if any(text.startswith(("only in DNS ", "not in DNS ")) for text in said):
        yield "Servers may differ: caches of another age, addresses dealt out in turn, or answers made for the client."


# What each server said.


def _server(queries: list[Query], now_ns: int, width: int) -> Lines:
    lines: Lines = []
    explained: set[str] = set()
    room = max(_INDENT - 5, min(_LONGEST_TYPE, max(len(query.type) for query in queries)))
    for query in queries:
        lines += [_headline(query, now_ns, room), *_answer(query, width), *_trouble(query, width)]
        if query.error and query.error not in explained:
            explained.add(query.error)
            lines += _explanation(query.error, width)
    return lines


def _headline(query: Query, now_ns: int, room: int) -> Parts:
    nay = query.state is LookupState.ANSWERED and query.error in NAYS
    mark, role = _NAY if nay else _MARKS[query.state]
    return [(f"  {mark} ", role), (fit(safe(query.type), room) + " ", "label"), *_outcome(query, role, now_ns)]


def _outcome(query: Query, role: str, now_ns: int) -> Parts:
    state = query.state
    if state is LookupState.QUEUED:
        return [("queued: it waits for its turn", role)]
    if state is LookupState.ASKING:
        again = ", asked again" if query.retries else ""
        return [(f"asking by {query.transport}, {waited(now_ns - query.asked_at_ns)}{again}", role)]
    if state is LookupState.ABANDONED:
        return [("abandoned", role)]
    how = _how(query)
    if not query.error:
        return [(how, "muted")]
    return [(safe(f"{explain_dns(query.error).word} ({query.error})"), role), (f" · {how}" if how else "", "muted")]


def _how(query: Query) -> str:
    """Say by what way an answer came, or did not."""
    if not query.asked_at_ns:
        return ""
    said = [duration(query.took_ns), query.transport]
    if query.reply:
        said += [plural(query.reply.size_bytes, "byte"), *_told_by_flags(query.reply)]
    if query.detail:
        said.append(safe(query.detail)[:200])
    if query.retries:
        said.append("asked twice")
    return " · ".join(said)


def _told_by_flags(reply: DnsReply) -> list[str]:
    told = [words for flag, words in _FLAGS.items() if flag in reply.flags]
    return told if "RA" in reply.flags or "AA" in reply.flags else [*told, "no recursion offered"]


def _answer(query: Query, width: int) -> Lines:
    reply = query.reply
    if reply is None:
        return []
    lines: Lines = []
    if len(reply.chain) > 1:
        last = [reply.answers[0].data] if reply.answers else []
        lines += _text(" → ".join([*reply.chain, *last]), width, "text")
    shown = reply.answers[:RECORDS_SHOWN]
    kept = [ttl(record.ttl_s) for record in shown]
    for record, words in zip(shown, kept, strict=True):
        lines += _record(record, fit(words, max(map(len, kept)) + 2), width)
    return lines + _counted(reply, width)


def _record(record: ResourceRecord, kept: str, width: int) -> Lines:
    room = max(20, width - _INDENT - len(kept))
    data, most = safe(record.data), _DATA_LINES * room
    first, *others = wrapped(data[:most], room)
    gap = " " * (_INDENT + len(kept))
    lines: Lines = [[(" " * _INDENT + kept, "muted"), (first, "in")]]
    lines += [[(gap, ""), (other, "in")] for other in others[: _DATA_LINES - 1]]
    if len(data) > most or len(others) >= _DATA_LINES:
        lines.append([(gap + "…", "muted")])
    return lines


def _counted(reply: DnsReply, width: int) -> Lines:
    """Say how many records are not shown, and who says no."""
    lines: Lines = []
    more, beside = len(reply.answers) - RECORDS_SHOWN, len(reply.records) - len(reply.answers)
    if more > 0:
        lines += _text(f"and {plural(more, 'record')} more", width, "muted")
    unasked = beside - (len(reply.chain) - 1)
    if unasked > 0 and not reply.detail:
        lines += _text(f"and {plural(unasked, 'record')} that nobody asked for", width, "event")
    if reply.soa and reply.error in NAYS:
        lines += _text(f"says the zone {reply.soa.name}{_remembered(reply.soa)}", width, "muted")
    return lines


def _remembered(soa: ResourceRecord) -> str:
    """Say how long the nay is kept: the TTL of the SOA or its last field, whichever is less (RFC 2308, 5)."""
    *_, least = soa.data.split() or [""]
    return f"; caches keep that for {min(soa.ttl_s, int(least)):,} s" if least.isdigit() and len(least) < 11 else ""


def _trouble(query: Query, width: int) -> Lines:
    lines: Lines = []
    if query.truncated_bytes:
        said = f"by UDP cut off at {plural(query.truncated_bytes, 'byte')} (TC), so asked again by TCP"
        lines += _text(said, width, "event")
    for wrong, count in query.strays.items():
        lines += _text(
            f"also came {count:,} × {explain_dns(wrong).word} ({wrong}), and was passed over", width, "event"
        )
    for remark in query.reply.remarks if query.reply else ():
        lines += _text(remark, width, "event")
    return lines


def _explanation(error: str, width: int) -> Lines:
    known = explain_dns(error)
    return _text(known.meaning, width, "text") + _text(known.advice, width, "note")


def _text(text: str, width: int, role: str) -> Lines:
    room = max(20, width - _INDENT)
    lines = wrapped(safe(text[: 8 * room]), room)
    return [[(" " * _INDENT + line, role)] for line in lines]
