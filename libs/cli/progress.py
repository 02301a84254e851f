"""The fields of a progress object that people are shown."""

import msgspec


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """The state of one sync; ``sync_id`` is null before the first sync."""

    sync_id: str | None
    status: str
    message: str = ""
    total_records: int = 0
    processed_records: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    complete: bool | None = None
    duration_seconds: float | None = None
    errors: list[str] = []
    added_fields: list[str] = []
    dropped_fields: list[str] = []
    retyped_fields: dict[str, str] = {}

    @property
    def ended(self) -> bool:
        return self.status in {"completed", "failed", "cancelled"}


def progress_of(report: object) -> Progress:
    """Read a progress object or a sync's report, as the gateway sends them."""
    return msgspec.convert(report, Progress)
