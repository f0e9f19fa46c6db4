"""What lies between the screen and the terminal: keys, signals, what may be written."""
