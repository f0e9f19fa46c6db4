"""What is remembered of conversations, by their numbers: of the latest alone, so that it stays bounded."""

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """One value for each of the conversations that it was last kept for."""

    def __init__(self, most: int) -> None:
        """`most` is of how many conversations it is remembered."""
        self._most = most
        self._of: dict[int, Value] = {}

    def __contains__(self, number: int) -> bool:
        """Return whether something is remembered of one."""
        return number in self._of

    def get(self, number: int, otherwise: Value) -> Value:
        """Return what is remembered of one."""
        return self._of.get(number, otherwise)

    def keep(self, number: int, value: Value) -> None:
        """Remember it of one, in place of what was."""
        self._of.pop(number, None)  # the latest stands last
        self._of[number] = value
        if len(self._of) > self._most:
            del self._of[next(iter(self._of))]
