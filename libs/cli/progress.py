"""The part of the progress object that a person is shown."""

import msgspec


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """What a sync is doing; ``sync_id`` is null before the first one."""

    sync_id: str | None
    status: str
    message: str = ""
    total_records: int = 0
    processed_records: int = 0
    current_page: int = 0
    total_pages: int | None = None
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
