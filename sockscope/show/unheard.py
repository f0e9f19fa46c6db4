"""Where nothing is heard, so that silence is not taken for good news.

The rule: what cannot be heard is said where it could be missed; what the kernel tells meanwhile is said as that.
"""

from sockscope.record.conversation import Conversation
from sockscope.record.finding import Sharers
from sockscope.record.listener import Listener
from sockscope.show.explain.people import who
from sockscope.show.units import plural

_STOPPED = "reading is stopped: what the peer sends waits in the kernel, then at the peer (p reads again)"


def unheard(conversation: Conversation) -> str:
    """Say what of a conversation in datagrams nobody tells; empty of others."""
    if conversation.transport.reliable:
        return ""
    if conversation.endpoints.unconnected and conversation.request is None:
        return "losses, and refusals too: all peers share the listener's socket, which has no peer of its own"
    asked = ", and are only as the socket asks for them (IP_RECVERR)" if conversation.endpoints.unconnected else ""
    return f"losses: nothing tells that a datagram arrived. Refusals of the peer's machine (ICMP) are heard{asked}"


def stopped(conversation: Conversation) -> str:
    """Say what is known of a peer whose bytes are not read: its end comes behind them."""
    view = conversation.kernel.latest if conversation.kernel else None
    if view is None:
        return f"{_STOPPED}; its end would not be heard, a reset would"
    if view.state == "CLOSE-WAIT":
        unread = f" behind {plural(view.unread_bytes, 'byte')}" if view.unread_bytes else ""
        return f"{_STOPPED}. The peer has finished sending: its end waits{unread} in the kernel, unread"
    return f"{_STOPPED}; the peer has not finished, as the kernel last told"


def shared(listener: Listener) -> str:
    """Say who else gets a part of what comes to a listener; empty where nobody was seen to."""
    found = next((one for one in listener.findings if isinstance(one, Sharers)), None)
    if found is None or not listener.state.live:
        return ""
    what = "clients" if listener.transport.connection_oriented else "datagrams"
    others = "; ".join(who(one) for one in found.sockets)
    return f"Shared (SO_REUSEPORT): some of the {what} go to {others}, and nothing here tells of them."
