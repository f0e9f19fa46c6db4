"""The page of a watch: how long the same lookup takes each time, and what changed in its answer.

The rule: the latest is on the right of the sparkline and on the top of the changes; a failure is a ×, whatever it took.
"""

from collections.abc import Sequence

from sockscope.record.lookup.state import LookupState
from sockscope.record.lookup.watch import Change, LookupResult, Time, Watch, spread
from sockscope.show.bars import BARS, bar
from sockscope.show.explain.errors import explain
from sockscope.show.layout import Lines, heading, labelled, prose, wrapped
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe
from sockscope.show.units import age, duration, plural, waited

_NOTHING = "w asks again every second and watches the time and the answer."
_FAILED = "×"
_AGO = 7  # cells


def watch_page(subject: Subject, width: int) -> Lines:
    """Say how often it was asked, how long that took, and what changed."""
    watch = subject.watch
    if watch is None:
        return prose(_NOTHING, width, "muted")
    times = list(watch.times)
    return [
        *_state(watch, subject.now_ns, width),
        *_spreads(times, width),
        *_drawn(times, width),
        *_changes(watch, subject.now_ns, width),
    ]


def _state(watch: Watch, now_ns: int, width: int) -> Lines:
    counted = f"{watch.count:,} asked, {watch.failures:,} failed"
    latest = watch.lookup
    if watch.stopped:
        return prose(f"– stopped · {counted} · w asks again", width, "muted")
    if latest and latest.state.live:
        word = "queued" if latest.state is LookupState.QUEUED else "asking"
        doing = f"{word}, {waited(now_ns - latest.asked_at_ns)} so far"
    else:
        doing = f"again in {waited(watch.next_at_ns - now_ns)}"
    return prose(f"● every {watch.interval_s:g} s · {counted} · {doing} · w stops", width, "text")


def _spreads(times: Sequence[Time], width: int) -> Lines:
    """Write the least, the middle and the greatest time, of answers and of failures."""
    lines: Lines = []
    for label, role, some in (
        ("took", "text", [time for time in times if not time.error]),
        ("failures took", "bad", [time for time in times if time.error]),
    ):
        if found := spread(some):
            words = {"min": found.least_ns, "median": found.median_ns, "max": found.greatest_ns}
            text = " · ".join(f"{word} {duration(ns)}" for word, ns in words.items())
            lines += labelled(label, (text, role), width)
    return lines


def _drawn(times: Sequence[Time], width: int) -> Lines:
    """Draw as many of the latest durations as there is room for."""
    shown = times[-max(1, width - 4) :]
    most_ns = max((time.took_ns for time in shown if not time.error), default=0)
    if not shown:
        return []
    parts = [(_FAILED, "bad") if time.error else (bar(time.took_ns, most_ns), "in") for time in shown]
    scale = f"{BARS[0]} 0 to {BARS[-1]} {duration(most_ns)} · " if most_ns else ""
    note = f"the latest {len(shown)}: {scale}{_FAILED} a failure · now is on the right"
    return [[("  ", ""), *_joined(parts)], *prose(note, width, "note")]


def _joined(parts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put neighbours of the same role together."""
    joined: list[tuple[str, str]] = []
    for text, role in parts:
        if joined and joined[-1][1] == role:
            joined[-1] = (joined[-1][0] + text, role)
        else:
            joined.append((text, role))
    return joined


def _changes(watch: Watch, now_ns: int, width: int) -> Lines:
    changes = list(watch.changes)
    if not changes:
        same = (
            "The answer has not changed." if watch.count > 1 else "Whether the answer changes shows from the second on."
        )
        return prose(same, width, "muted")
    dropped = watch.changed - len(changes)
    kept = f", the latest {len(changes)} are kept" if dropped > 0 else ""
    lines = heading(f" {plural(watch.changed, 'change')} of the answer{kept}")
    for change in reversed(changes):
        lines += _change(change, now_ns, width)
    return lines


def _change(change: Change, now_ns: int, width: int) -> Lines:
    """Write what went and came, a line each, and when."""
    ago = f"  {age(now_ns - change.at_ns):>{_AGO}} ago  "
    room = max(20, width - len(ago))
    parts = [(line, role) for text, role in _told(change) for line in wrapped(text, room)]
    return [[(ago if number == 0 else " " * len(ago), "label"), part] for number, part in enumerate(parts)]


def _told(change: Change) -> list[tuple[str, str]]:
    before, after = change.before, change.after
    told = [*_failed("– no more ", before, after), *_failed("+ now ", after, before)]
    if went := change.went:
        told.append(("– " + safe(", ".join(went)), "bad"))
    if came := change.came:
        told.append(("+ " + safe(", ".join(came)), "good"))
    if change.reordered:
        told.append((f"only the order changed: {safe(', '.join(after.addresses))}", "event"))
    if before.canonical != after.canonical and not before.error and not after.error:
        names = [safe(name) or "none" for name in (before.canonical, after.canonical)]
        told.append((f"canonical name: {names[0]} → {names[1]}", "event"))
    return told


def _failed(word: str, one: LookupResult, other: LookupResult) -> list[tuple[str, str]]:
    return (
        [(f"{word}{one.error}, {explain(one.error).word}", "event")] if one.error and one.error != other.error else []
    )
