"""What is known of one lookup, page by page, as lines of text."""
