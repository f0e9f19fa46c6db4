"""Reading a page as a person does: a line by how it begins, whatever the room between its words."""


def line_with(text: str, begins: str) -> str:
    """The first line that begins with these words, one space between words."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return next(line for line in lines if line.startswith(begins))
