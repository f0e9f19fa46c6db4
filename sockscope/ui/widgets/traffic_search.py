"""What is searched for in the traffic that is shown: all matches are marked, and one after the other is gone to.

The rules: the search runs beside the loop, goes on with what comes, and a new one ends it. It begins where the reader
is, and behind the last match stands the first. What is typed as it is seen in hex is found as that, where it is nowhere
as text, and that is said.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from sockscope.record.layers import Track
from sockscope.request.pattern import Pattern
from sockscope.show.layout import fit
from sockscope.show.sanitizer import safe
from sockscope.show.search.search import Search

_SHOWN = 24  # cells of what is searched for


class TrafficSearch:
    """One search at a time."""

    def __init__(self, begin: Callable[[Callable[[], object]], object], changed: Callable[[], None]) -> None:
        """`begin` runs something beside the loop; `changed` is called in the loop when there is more to mark."""
        self._begin = begin
        self._changed = changed
        self._search: Search | None = None
        self._otherwise: Pattern | None = None  # what is meant where nothing is found
        self._as_hex: Pattern | None = None  # that, once it was looked for
        self._one_at_a_time = asyncio.Lock()
        self.here: int | None = None  # where the match begins that was gone to

    @property
    def pattern(self) -> Pattern | None:
        """What is searched for."""
        return self._search.pattern if self._search else None

    @property
    def marks_any(self) -> bool:
        """Whether there is a match to go to."""
        return self._search is not None and bool(self._search.starts)

    def start(self, track: Track, pattern: Pattern, otherwise: Pattern | None = None) -> None:
        """Search a track for something else, or another track; `otherwise` is what was typed, read as hex."""
        self._search, self._otherwise, self._as_hex, self.here = Search(track, pattern), otherwise, None, None

    def end(self) -> None:
        """Search no more, and mark nothing."""
        self._search = self.here = None

    def tick(self) -> None:
        """Go on with what came since."""
        if self._search and self._search.behind and not self._one_at_a_time.locked():
            self._begin(self.finish)

    async def finish(self) -> None:
        """Look at all there is now; never by two threads at once."""
        async with self._one_at_a_time:
            if (search := self._search) and search.behind:
                await asyncio.to_thread(search.advance, partial(self._wants, search))
        self._changed()

    def _wants(self, search: Search) -> bool:
        return search is self._search

    async def find(self, forward: bool, since: Callable[[], int], go: Callable[[int], None]) -> None:
        """Go to the next match; of a search that begins, from `since` on, a place of the tape."""
        await self.finish()
        await self._find_as_hex()
        found = self.step(forward, since())
        if found is not None:
            go(found)
        self._changed()

    async def _find_as_hex(self) -> None:
        """Search for what is meant otherwise, where nothing was found; where it is nowhere either, go on as before."""
        first, otherwise, self._otherwise = self._search, self._otherwise, None
        if first is None or otherwise is None or first.starts or first.trouble:
            return
        second = self._search = Search(first.track, otherwise)
        self._as_hex = otherwise
        await self.finish()
        if self._search is second and not second.starts:
            self._search = first

    def step(self, forward: bool, since: int) -> int | None:
        """Go to the match behind (or before) the one that was gone to, or else a place; return where it begins."""
        if self._search is None:
            return None
        at = since if self.here is None else self.here
        self.here = self._search.next(at) if forward else self._search.previous(at)
        return self.here

    def marks(self, track: Track, first: int, last: int) -> Iterator[tuple[int, int, str]]:
        """Give what is to be marked of a track between two places of its tape."""
        if self._search and self._search.track is track:
            for low, high, start in self._search.within(first, last):
                yield low, high, "match here" if start == self.here else "match"

    def told(self) -> str:
        """Say what is searched for, and which of how many matches is shown."""
        search = self._search
        if search is None:
            return ""
        what = fit(safe(search.pattern.typed), _SHOWN).rstrip()
        if search.trouble:
            return f"{what}: {search.trouble}"
        if search.behind:
            whole = max(search.track.tape.total_bytes, 1)
            return f"{what}: searching, {100 * search.looked_at // whole} %"
        at, count = search.place(self.here if self.here is not None else -1)
        more = "+" if search.more else ""
        if not count:
            return f"{what}: not found{', nor as hex' if self._as_hex else ''}"
        of = f"{at:,} of {count:,}{more}" if self.here is not None else f"{count:,}{more}"
        return f"{what}: {of}{' as hex, not text' if search.pattern is self._as_hex else ''}"
