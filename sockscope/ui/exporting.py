"""Writing a conversation to disk, beside the loop, and saying what came of it."""

import asyncio
import time
from pathlib import Path

from textual.app import App

from sockscope.record.conversation import Conversation
from sockscope.report.export import export
from sockscope.show.sanitizer import safe
from sockscope.show.wall_clock import WallClock
from sockscope.ui.failure_words import reason


def begin(app: App[None], conversation: Conversation, wall: WallClock) -> None:
    """Write it into a folder of its own in the current one."""

    def write() -> str:
        folder = export(conversation, Path.cwd(), wall, time.strftime("%Y%m%d-%H%M%S"))
        return f"exported to {folder.name}, in the current folder"

    async def work() -> None:
        try:
            said = await asyncio.to_thread(write)
        except Exception as error:  # also where no thread can be had for it
            said = f"not exported: {reason(error)}"
        app.notify(safe(said), markup=False, timeout=5)

    app.run_worker(work())
