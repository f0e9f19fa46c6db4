"""The fields of a value by their names: of a named tuple and of a dataclass, which both hold facts."""

import dataclasses


def named_fields(value: object) -> dict[str, object] | None:
    """Return each field of the value, as it is, in their order; None where it has none that are named."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        fields: dict[str, object] = value._asdict()
        return fields
    return None
