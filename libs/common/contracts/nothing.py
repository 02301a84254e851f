"""What PHP writes where it has nothing: the one rule for all that HEMIS sends. Pure."""


def is_nothing(value: object) -> bool:
    """Tell whether this is null, false, or an empty text, list or object; 0 is a number."""
    return value is None or value is False or value in ("", [], {})
