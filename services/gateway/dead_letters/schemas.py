"""Request and response models of the dead-letter routes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.dead_letters.retries import DeadLetterState
from services.gateway.views.schemas import ApiModel
from services.gateway.views.status import Status

Milliseconds = Annotated[int, Field(ge=0, lt=2**53, description="unix milliseconds")]


class DeadLetterFilter(BaseModel):
    """Selects dead letters; a field that is left out matches all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: Resource | None = None
    sync: str | None = Field(None, max_length=200, description="the sync that wrote it")
    code: str | None = Field(None, max_length=100)
    since: Milliseconds | None = None
    until: Milliseconds | None = None
    state: DeadLetterState | None = None

    def matches(self, dead_letter: IndexedDeadLetter) -> bool:
        """Return whether all fields but the state match."""
        return (
            (self.resource is None or self.resource is dead_letter.resource)
            and (self.sync is None or self.sync == dead_letter.sync_id)
            and (self.code is None or self.code == dead_letter.code)
            and (self.since is None or self.since <= dead_letter.buried_at)
            and (self.until is None or dead_letter.buried_at < self.until)
        )


class DeadLetterPage(DeadLetterFilter):
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=0, lt=2**63, description="the `next` of the page before")


class LastRetry(ApiModel):
    sync_id: str
    status: Status
    message: str


class DeadLetterShown(ApiModel):
    id: str = Field(examples=["hemis.students-2-1042"])
    resource: Resource
    key: str | None = Field(description="null if the record has no usable id")
    code: str
    reason: str
    sync_id: str
    buried_at: int
    attempts: int = Field(description="how often its record was fetched from HEMIS again")
    state: DeadLetterState
    can_retry: bool = Field(
        description="false: the record has no usable id, so it can only be discarded"
    )
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
    """A dead letter with its headers and its value: masked, or in full for an API key."""

    origin: Origin | None = Field(description="null for a record that the fetcher rejected")
    headers: dict[str, str]
    value_kind: Literal["json", "text", "gone"] = Field(
        description="text: not JSON, null when masked; gone: the topic no longer has it"
    )
    value: Any = None
    masked: bool


class Discarded(ApiModel):
    id: str
    state: Literal["discarded"] = "discarded"
    message: str


class RetryAsked(ApiModel):
    """The result of a retry of many; each matching dead letter is counted once."""

    asked: int = Field(description="dead letters whose records this call fetches again")
    retrying: int = Field(description="were already being fetched again")
    discard_only: int = Field(description="have no usable id, so they can only be discarded")
    left: int = Field(description="too many for one call: call again for these")
    sync_ids: list[str] = Field(description="one per person")
    message: str
