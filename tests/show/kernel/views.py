"""What a kernel might say, on the clock of canned conversations."""

from typing import Any

from sockscope.record.conversation import Conversation
from sockscope.record.kernel_view import KernelView, TcpInfo
from tests.facts import RECORDER
from tests.show.made import NOW_NS

UNKNOWN = TcpInfo(*[None] * len(TcpInfo._fields))
SILENT = KernelView(NOW_NS, "ESTAB", 0, 0, "", 0, 0, "cubic", 131_072, 87_040, 0, UNKNOWN)


def looked(conversation: Conversation, at_ns: int = NOW_NS, **said: Any) -> None:
    """Have the kernel say this of a conversation; what a view or its figures of TCP hold, by name."""
    tcp = {name: said.pop(name) for name in list(said) if name in TcpInfo._fields}
    view = SILENT._replace(at_ns=at_ns, tcp=UNKNOWN._replace(**tcp), **said)
    RECORDER.looked(conversation, view)
