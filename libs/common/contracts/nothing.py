"""Which values mean "no value": HEMIS is written in PHP, which sends several. Pure."""


def is_nothing(value: object) -> bool:
    """Tell whether this is null, false, or an empty text, list or object; 0 is a number."""
    return value is None or value is False or value in ("", [], {})
