"""What is wrong, and what to do: the findings of every service."""

from typing import Annotated

from fastapi import APIRouter
from msgspec.structs import asdict
from pydantic import Field

from libs.common.contracts.heartbeats import HEALTHY
from libs.common.process.findings import Findings
from libs.common.process.readiness import Readiness
from services.gateway.api.dependencies import View, provided
from services.gateway.diagnosis import ServiceFinding, dependency_findings, diagnose
from services.gateway.views.schemas import ApiModel

router = APIRouter(prefix="/api/hemis", tags=["status"])


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
async def examine(
    view: View,
    readiness: Annotated[Readiness, provided(Readiness)],
    findings: Annotated[Findings, provided(Findings)],
) -> Diagnosis:
    found = diagnose(_own(readiness, findings), view.projection.heartbeats.all(), view.now())
    healthy = all(one.finding.code == HEALTHY for one in found)
    return Diagnosis(healthy=healthy, items=list(map(_shown, found)))


def _own(readiness: Readiness, findings: Findings) -> list[ServiceFinding]:
    faults = readiness.findings()
    own = [*dependency_findings(readiness.states(), faults), *faults, *findings.all()]
    return [ServiceFinding("gateway", "", finding) for finding in own]


def _shown(one: ServiceFinding) -> Checked:
    return Checked(service=one.service, instance=one.instance, **asdict(one.finding))
