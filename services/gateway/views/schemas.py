"""The models of progress and report; their field names are a public contract."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from libs.common.contracts.enums import Kind, Mode, Outcome, RemovalState, Trigger
from libs.common.contracts.resources import Resource
from services.gateway.views.status import Status


class ApiModel(BaseModel):
    """camelCase outside, snake_case inside; times are unix milliseconds."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class Progress(ApiModel):
    """What one resource's newest sync is doing. The first seven fields are the guide's."""

    status: Status
    start_time: int | None = Field(None, description="null until a fetcher begins the sync")
    total_records: int = Field(
        0, description="records that HEMIS lists; of an incremental sync the changed ones"
    )
    processed_records: int = Field(
        0, description="records whose outcome is committed in the tables"
    )
    errors: list[str] = []
    current_page: int = 0
    message: str

    sync_id: str | None = None
    end_time: int | None = None
    duration_seconds: float = 0
    complete: bool | None = Field(
        None,
        description="null until completed; true: everything that HEMIS listed is in the tables",
    )
    missing: int = 0
    suppressed: int = Field(0, description="records of erased people, which HEMIS still lists")
    attempt: int = 0
    total_pages: int = 0
    fetched_records: int = Field(0, description="records published to Kafka")
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    retries: int = 0
    records_per_second: float | None = Field(0, description="null while loading is paused")
    eta_seconds: int | None = None
    last_event_time: int | None = None
    trigger: Trigger | None = None
    database_epoch: int | None = Field(
        None, description="when the database was created; counts only decrease when this changes"
    )


class ReportSum(ApiModel):
    """Two sides that must be equal; each is a list of named numbers."""

    name: str = Field(description="`fetched`, `source` or `fate`")
    left: dict[str, int]
    right: dict[str, int]
    holds: bool


class Removals(ApiModel):
    """What happens to the rows that a complete sync did not see."""

    state: RemovalState = Field(description="held: a person approves or discards")
    missing: int = Field(description="rows of people the sync did not see")
    vacated: int = Field(description="positions that the sync did not see of people that it saw")
    limit: int = Field(description="more missing rows than this are held")
    removed: int = Field(description="rows that HEMIS definitely does not have")
    undecided: int = Field(description="rows that stay, because HEMIS gave no definite answer")


class Report(Progress):
    """Everything known of one sync."""

    resource: Resource
    kind: Kind | None = None
    mode: Mode | None = None
    outcome: Outcome | None = Field(None, description="how fetching ended")
    distinct: int = 0
    departed: int = 0
    failed_pages: list[int] = []
    hemis_ids: list[int] = Field([], description="the people a single request found")
    unknown_fields: list[str] = Field(
        [], description="fields that this version does not know; kept in `extra`"
    )
    added_fields: list[str] = Field(
        [], description="fields that the complete full syncs before did not have"
    )
    dropped_fields: list[str] = Field(
        [], description="fields that only the complete full syncs before had"
    )
    retyped_fields: dict[str, str] = Field(
        {}, description="fields with another JSON type: `number → string`"
    )
    requested_by: str | None = None
    requested_time: int | None = None
    tick_time: int | None = None
    note: str = ""
    sums: list[ReportSum] = Field(
        [], description="the sums that a completed sync over a whole resource must satisfy, checked"
    )
    removals: Removals | None = Field(None, description="null if the sync saw every row")
