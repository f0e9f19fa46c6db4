"""The screen: three panes, each drawing what the records say. No socket is touched here."""
