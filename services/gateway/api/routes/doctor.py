"""What is wrong, and what to do: every check of every service."""

from fastapi import APIRouter
from pydantic import Field

from libs.common.contracts.heartbeats import RIGHT
from services.gateway.api.context import ApiContext, ApiContextOf
from services.gateway.diagnosis import Examined, dependency_findings, diagnose
from services.gateway.views.schemas import ApiModel

router = APIRouter(prefix="/api/hemis", tags=["status"])

_SELF = "gateway"


class Checked(ApiModel):
    """One check; ``code`` is ``ok``, or what is wrong."""

    service: str = Field(examples=["fetcher"])
    instance: str
    subject: str = Field(examples=["HEMIS token"])
    code: str = Field(examples=["hemis_token_refused"])
    detail: str
    advice: str


class Diagnosis(ApiModel):
    healthy: bool
    items: list[Checked]


@router.get("/doctor", summary="What is wrong, and what to do")
async def examine(parts: ApiContextOf) -> Diagnosis:
    found = diagnose(_own(parts), parts.view.projection.beats(), parts.view.now())
    return Diagnosis(
        healthy=all(one.finding.code == RIGHT for one in found), items=list(map(_shown, found))
    )


def _own(parts: ApiContext) -> list[Examined]:
    faults = parts.readiness.findings()
    states = parts.readiness.states()
    own = [*dependency_findings(states, faults), *faults, *parts.findings.all()]
    return [Examined(_SELF, "", finding) for finding in own]


def _shown(one: Examined) -> Checked:
    found = one.finding
    return Checked(
        service=one.service,
        instance=one.instance,
        subject=found.subject,
        code=found.code,
        detail=found.detail,
        advice=found.advice,
    )
