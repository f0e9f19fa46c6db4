"""What lies over the panes: sheets, details, help, questions."""
