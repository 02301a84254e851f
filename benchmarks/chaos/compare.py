"""Compares a trial with its oracle and lists every difference."""

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.chaos.oracle import Oracle, Verdict, records_of
from benchmarks.chaos.plans import LONGEST_RETRY_AFTER_SECONDS, Plan
from benchmarks.chaos.trial import Trial
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.sums import sums_of_sync

# The simulator records the end of a response shortly after its last byte.
_CLOCK_SECONDS = 0.02


async def differences(plan: Plan) -> list[str]:
    """Play a plan and return its differences; empty if the sync was right."""
    trial = Trial(plan)
    at_first = set(trial.keys())
    decision = await trial.run()
    if plan.movements:
        return list(_of_a_moving_list(trial, decision, at_first & set(trial.keys())))
    verdict = Oracle(plan).verdict()
    return [
        *_of_the_decision(trial, decision, verdict),
        *_of_the_records(trial, verdict),
        *_of_the_requests(trial, verdict),
    ]


def _of_a_moving_list(trial: Trial, decision: SyncFetched, stayed: set[str]) -> Iterator[str]:
    """A moving list has no fixed pages; records that stayed in it throughout must be seen."""
    must_be = not trial.plan.is_lied_to
    if decision.complete is True and not must_be:
        yield f"complete although HEMIS sent wrong totals: {decision}"
    if must_be and (decision.outcome, decision.complete) != (Outcome.COMPLETED, True):
        yield f"not complete although the list became stable: {decision}"
    if decision.complete is False and not (decision.doubt or decision.failed_pages):
        yield "not complete without a reason"
    if (unseen := stayed - found_in(trial).keys()) and must_be:
        yield f"complete without {sorted(unseen)}"
    if not all(one.holds for one in sums_of_sync(decision)):
        yield f"the numbers do not add up: {decision}"


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
    if verdict.outcome is Outcome.COMPLETED and decision.complete is bool(verdict.failed_pages):
        yield f"complete {decision.complete}, failed pages {verdict.failed_pages}"
    numbers = (decision.source_total, decision.distinct, decision.missing, decision.departed)
    if numbers != (total, seen, total - seen, 0):
        yield f"numbers {numbers}, must be {(total, seen, total - seen, 0)}"
    told = {event.page for event in trial.failures()}
    if not set(verdict.failed_pages) <= told:
        yield f"pages {set(verdict.failed_pages) - told} failed without an event"


def _of_the_records(trial: Trial, verdict: Verdict) -> Iterator[str]:
    wanted = records_of(trial.plan, trial.bodies(), verdict.good_pages)
    found = found_in(trial)
    if missing := wanted.keys() - found.keys():
        yield f"not published: {sorted(missing)}"
    if strange := found.keys() - wanted.keys():
        yield f"published but on no fetched page: {sorted(strange)}"
    if differing := [key for key in wanted.keys() & found.keys() if wanted[key] != found[key]]:
        yield f"other bytes than HEMIS sent: {differing}"


def found_in(trial: Trial) -> dict[str, bytes]:
    """Return published records and dead letters under the names of ``records_of``."""
    found = {(record.key or b"").decode(): record.value or b"" for record in trial.published()}
    return found | {
        f"dead letter {letter.value!r}": letter.value or b"" for letter in trial.dead_letters()
    }


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
            waited = following.started - request.ended
            yield f"retried after {waited:.3f} s, HEMIS asked for {asked} s"


def _asked_seconds(retry_after: str | None) -> float:
    try:
        return min(max(float(retry_after or 0), 0.0), LONGEST_RETRY_AFTER_SECONDS)
    except ValueError:
        return 0.0
