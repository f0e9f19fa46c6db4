"""The panes, in the order in which they stand on the screen."""

from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.pane import Pane
from sockscope.ui.panes.resolve import ResolvePane

PANES: tuple[type[Pane], ...] = (ResolvePane, ConnectPane, ListenPane)
