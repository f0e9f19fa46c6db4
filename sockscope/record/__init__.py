"""What happened, as data: the records that views read, and the recorder, which alone writes them."""
