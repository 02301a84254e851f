"""One page of a HEMIS list, as a value."""

from dataclasses import dataclass

HEMIS_MISCOUNTS_BY = 2
"""HEMIS's own total can permanently be off by this much."""


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    """The page that HEMIS says this is; beyond the last one it gives the last one again."""
    page_count: int
    total: int
    items: tuple[bytes, ...]
    """Byte for byte as HEMIS sent them."""
    size: int = 0
    """Records a page, as HEMIS says (it cuts what we ask for); 0 if it does not say."""
    clock_ahead_seconds: float = 0.0
    """HEMIS's clock minus ours, from the ``Date`` header."""
    is_vouched_for: bool = False
    """Valid JSON with ``success: true``: a record that it does not list does not exist."""
