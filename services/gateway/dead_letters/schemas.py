"""Requests and answers of the dead-letter routes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.dead_letters.retries import LetterState
from services.gateway.projection.status import Status
from services.gateway.views.schemas import ApiModel

Milliseconds = Annotated[int, Field(ge=0, lt=2**53, description="unix milliseconds")]


class LetterFilter(BaseModel):
    """Which dead letters; what is left out fits all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: Resource | None = None
    sync: str | None = Field(None, max_length=200, description="the sync that met it")
    code: str | None = Field(None, max_length=100)
    since: Milliseconds | None = None
    until: Milliseconds | None = None
    state: LetterState | None = None

    def fits(self, letter: IndexedDeadLetter) -> bool:
        """Tell whether all but the state fits."""
        return (
            (self.resource is None or self.resource is letter.resource)
            and (self.sync is None or self.sync == letter.sync_id)
            and (self.code is None or self.code == letter.code)
            and (self.since is None or self.since <= letter.buried_at)
            and (self.until is None or letter.buried_at < self.until)
        )


class LetterPage(LetterFilter):
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=0, lt=2**63, description="the `next` of the page before")


class LastRetry(ApiModel):
    sync_id: str
    status: Status
    message: str


class DeadLetterShown(ApiModel):
    id: str = Field(examples=["hemis.students-2-1042"])
    resource: Resource
    key: str | None = Field(description="null where the record has no usable id")
    code: str
    reason: str
    sync_id: str
    buried_at: int
    attempts: int = Field(description="how often its record was fetched from HEMIS again")
    state: LetterState
    can_retry: bool = Field(description="false: without a usable id it can only be discarded")
    size: int = Field(description="bytes of the value")
    last_retry: LastRetry | None = None


class DeadLetterList(ApiModel):
    items: list[DeadLetterShown]
    next: int | None = Field(description="`before` of the next page; null: there is none")


class Origin(ApiModel):
    topic: str
    partition: int
    offset: int


class DeadLetterWhole(DeadLetterShown):
    """One with its headers, and its value: masked, or with a key in full."""

    origin: Origin | None = Field(description="null for a record that could not be published")
    headers: dict[str, str]
    value_kind: Literal["json", "text", "gone"] = Field(
        description="text: it is no JSON, masked it is null; gone: the topic no longer has it"
    )
    value: Any = None
    masked: bool


class Discarded(ApiModel):
    id: str
    state: Literal["discarded"] = "discarded"
    message: str


class RetryAsked(ApiModel):
    """What a retry of many did; each dead letter that matched is counted once."""

    asked: int = Field(description="dead letters whose records are being fetched again now")
    retrying: int = Field(description="were under way already")
    discard_only: int = Field(description="have no usable id: they can only be discarded")
    left: int = Field(description="too many for one call: ask again for these")
    sync_ids: list[str] = Field(description="one per person")
    message: str
