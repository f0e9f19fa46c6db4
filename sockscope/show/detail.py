"""One thing to know of something, and the headings over such things."""

from collections.abc import Iterable
from typing import NamedTuple


class Detail(NamedTuple):
    """A label and a value; `role` is "head" of a heading, which has no value, "good", "bad", or empty."""

    label: str
    value: str
    role: str = ""


def section(title: str, found: Iterable[Detail]) -> list[Detail]:
    """Put a heading over what there is to say, leaving out empty values; nothing over nothing."""
    said = [detail for detail in found if detail.value]
    return [Detail(title, "", "head"), *said] if said else []


def where(condition: object, text: str) -> str:
    """Return the text where the condition holds, else nothing."""
    return text if condition else ""
