"""The three panes: one for each thing that can be asked for."""
