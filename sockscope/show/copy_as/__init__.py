"""Programs and commands that do again what the record holds: "copy as"."""
