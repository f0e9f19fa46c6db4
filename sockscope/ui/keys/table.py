"""Every key and the place where it works: the one table that the widgets, the footer, the palette and the help read.

The rules: a place stands under the name of the class whose keys it holds, and a key works in the places within it too.
No key does two things where both would work; `tests/ui/keys/test_table` holds that. Keys that lead out (Esc) or in
(Enter) may mean the nearest thing. Letters are text in a field, so a field has none of its own.
"""

from sockscope.ui.keys.key import Place
from sockscope.ui.keys.pane_keys import OF_PANES
from sockscope.ui.keys.screen_keys import OF_SCREENS

TABLE: tuple[Place, ...] = (*OF_PANES, *OF_SCREENS)
