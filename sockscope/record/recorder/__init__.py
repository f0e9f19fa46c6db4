"""The only code that writes records: one recorder for an engine, with a part for each kind of record.

The rules:
- Used from the engine's thread alone; records are read by any.
- The state is written last: whoever sees it sees everything that belongs to it.
- Observers are told once something is in the record.
"""

from sockscope.record.recorder.recorder import Recorder

__all__ = ["Recorder"]
