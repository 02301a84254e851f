"""A trial against its oracle: every word in which they differ."""

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.chaos.oracle import Oracle, Verdict, records_of
from benchmarks.chaos.plans import LONGEST_RETRY_AFTER_SECONDS, Plan
from benchmarks.chaos.trial import Trial
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.words import Outcome

# The simulator notes the end of an answer a moment after its last byte has left.
_CLOCK_SECONDS = 0.02


async def differences(plan: Plan) -> list[str]:
    """Play a plan; empty where all came as it must."""
    trial = Trial(plan)
    decision = await trial.run()
    verdict = Oracle(plan).verdict()
    return [
        *_of_the_decision(trial, decision, verdict),
        *_of_the_records(trial, verdict),
        *_of_the_requests(trial, verdict),
    ]


def _of_the_decision(trial: Trial, decision: SyncFetched, verdict: Verdict) -> Iterator[str]:
    bodies = trial.bodies()
    seen = len(records_of(trial.plan, bodies, verdict.good_pages))
    total = len(bodies) if verdict.good_pages else 0
    if decision.outcome is not verdict.outcome:
        yield f"outcome {decision.outcome}, must be {verdict.outcome}: {decision.reason}"
    if verdict.reason not in decision.reason or bool(decision.reason) != bool(verdict.reason):
        yield f"reason {decision.reason!r}, must hold {verdict.reason!r}"
    if sorted(decision.failed_pages) != sorted(verdict.failed_pages):
        yield f"failed pages {decision.failed_pages}, must be {verdict.failed_pages}"
    numbers = (decision.source_total, decision.distinct, decision.missing, decision.departed)
    if numbers != (total, seen, total - seen, 0):
        yield f"numbers {numbers}, must be {(total, seen, total - seen, 0)}"
    told = {event.page for event in trial.failures()}
    if not set(verdict.failed_pages) <= told:
        yield f"pages {set(verdict.failed_pages) - told} failed and nobody was told"


def _of_the_records(trial: Trial, verdict: Verdict) -> Iterator[str]:
    wanted = records_of(trial.plan, trial.bodies(), verdict.good_pages)
    found = {(record.key or b"").decode(): record.value or b"" for record in trial.published()}
    found |= {f"buried {letter.value!r}": letter.value or b"" for letter in trial.buried()}
    if missing := wanted.keys() - found.keys():
        yield f"not published: {sorted(missing)}"
    if strange := found.keys() - wanted.keys():
        yield f"published and on no page that came: {sorted(strange)}"
    if differing := [key for key in wanted.keys() & found.keys() if wanted[key] != found[key]]:
        yield f"not the bytes that were sent: {differing}"


def _of_the_requests(trial: Trial, verdict: Verdict) -> Iterator[str]:
    requests = trial.requests()
    if len(requests) < verdict.requests:
        yield f"{len(requests)} requests, must be {verdict.requests}"
    if verdict.outcome is Outcome.FAILED and len(requests) > verdict.requests:
        yield f"{len(requests)} requests, must be no more than {verdict.requests}"
    retry_after = {trouble.page: trouble.retry_after for trouble in trial.plan.troubles}
    for request, following in pairwise(requests):
        page = int(request.query.partition("page=")[2].partition("&")[0])
        asked = _asked_seconds(retry_after.get(page)) if request.status in {429, 503} else 0.0
        if asked and following.started - request.ended < asked - _CLOCK_SECONDS:
            yield f"asked again {following.started - request.ended:.3f} s after being told {asked}"


def _asked_seconds(retry_after: str | None) -> float:
    try:
        return min(max(float(retry_after or 0), 0.0), LONGEST_RETRY_AFTER_SECONDS)
    except ValueError:
        return 0.0
