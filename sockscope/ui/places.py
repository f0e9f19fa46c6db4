"""The places on the screen that have keys, as the help names them."""

from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversation_pane import ConversationPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.pane import Pane
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.panes.send_box import SendField
from sockscope.ui.screens.details import DetailsScreen
from sockscope.ui.screens.help import KeyPlace
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.saved_field import SavedField
from sockscope.ui.widgets.traffic_view import TrafficView

PLACES: tuple[KeyPlace, ...] = (
    ("Fields (Enter does what the field is for)", (Field, SavedField)),
    ("The box to send from (Enter sends)", (SendField,)),
    ("Choices", (Choice,)),
    ("Tables", (LiveTable,)),
    ("Traffic", (TrafficView,)),
    ("Every pane", (Pane,)),
    ("Conversations", (Conversations,)),
    ("Connect and Listen", (ConversationPane,)),
    ("Connect", (ConnectPane,)),
    ("Listen", (ListenPane,)),
    ("Resolve", (ResolvePane, Lookups)),
    ("Details (d)", (DetailsScreen,)),
)
