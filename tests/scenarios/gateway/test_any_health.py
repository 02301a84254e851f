"""Doctor and readiness agree for any state of the services."""

from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from libs.common.contracts.heartbeats import Finding
from libs.common.process.readiness import NOT_YET
from services.gateway.diagnosis import ServiceFinding, dependency_findings, diagnose
from tests.unit.gateway.test_diagnosis import NOW, beat, received

NAMES = some.sampled_from(
    ["kafka", "postgresql", "topics_read", "hemis", "loading hemis.students", "loading x.y", "new"]
)
STATES = some.dictionaries(
    NAMES, some.sampled_from(["ok", NOT_YET, "no answer", "paused", "DiskFullError 53100", ""])
)
FINDINGS = some.lists(some.builds(Finding, subject=NAMES, code=some.sampled_from(["ok", "wrong"])))


@settings(deadline=None)
@given(own=STATES, fetcher=STATES, loader=STATES, findings=FINDINGS)
def test_a_service_that_is_not_ready_is_not_healthy_and_gets_advice(
    own: dict[str, str],
    fetcher: dict[str, str],
    loader: dict[str, str],
    findings: list[Finding],
) -> None:
    beats = [
        replace(beat(service, *findings), checks=states)
        for service, states in (("fetcher", fetcher), ("loader", loader))
    ]
    ours = [ServiceFinding("gateway", "", finding) for finding in dependency_findings(own)]

    found = [one for one in diagnose(ours, received(*beats), NOW) if one.finding.code != "ok"]

    is_ready = all(state == "ok" for state in (*own.values(), *fetcher.values(), *loader.values()))
    assert is_ready or found
    told = [one for one in found if one.finding not in findings]
    assert all(one.finding.advice and one.finding.detail for one in told)
