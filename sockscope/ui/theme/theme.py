"""The colours: a quiet dark ground, green for what arrives, blue for what leaves, amber for what waits."""

from textual.theme import Theme

THEME = Theme(
    name="sockscope",
    primary="#3d6ea5",
    secondary="#5b8fb9",
    accent="#6cb6ff",
    success="#7ec699",
    warning="#e5b567",
    error="#e5786d",
    foreground="#d5dae1",
    background="#12161c",
    surface="#171c24",
    panel="#222a35",
    dark=True,
    variables={
        "border": "#3d6ea5",
        "scrollbar": "#3a4657",
        "scrollbar-hover": "#4b5a70",
        "scrollbar-active": "#6cb6ff",
        "scrollbar-background": "#171c24",
        "scrollbar-background-hover": "#171c24",
        "scrollbar-background-active": "#171c24",
        "block-cursor-text-style": "none",
        "input-selection-background": "#3d6ea5 60%",
    },
)
