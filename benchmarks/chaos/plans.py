"""Seeded plans of faults in one sync. Pure: a seed always gives the same plan."""

from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from libs.common.contracts.resources import Resource
from libs.simulator.behaviour import Behaviour
from libs.simulator.faults import Fault, Kind
from libs.simulator.invented.dice import Dice

RETRIES = 3
MOST_FAILED_IN_A_ROW = 3
LONGEST_RETRY_AFTER_SECONDS = 0.4
MISCOUNTS_BY = 2

_TRANSIENT: tuple[Kind, ...] = (
    *("status", "status", "status", "html", "not_json", "success_false"),
    *("wrong_type", "truncate", "wrong_length", "reset", "short"),
)
# They cost seconds or memory, so a plan has at most one of them.
_COSTLY: tuple[Kind, ...] = ("drip", "latency", "huge", "gzip_bomb")
_PASSING_STATUSES = (408, 425, 429, 429, 500, 502, 503, 503, 504)
_REFUSING_STATUSES = (400, 405, 410, 422)
_FATAL_STATUSES = (401, 403, 404)
_RETRY_AFTER = (None, "0.2", "0", "-5", "86400", "soon", "Mon, 23 Nov 2020 01:00:00 GMT")
_ODD_ITEMS = (
    "null",
    "17",
    '{"id":null}',
    '{"id":"9223372036854775808"}',
    '{"id":9000001,"gpa":NaN}',
    '{"id":9000002,"name":"\\ud800"}',
)
_EMPTY = -1_000

Effect = Literal["passing", "refusing", "fatal"]


@dataclass(frozen=True)
class Trouble:
    """The fault in the requests for one page."""

    page: int
    effect: Effect
    kind: Kind
    times: int | None
    """How many requests are affected; None = all of them."""
    status: int = 503
    retry_after: str | None = None

    def fault(self) -> Fault:
        return Fault(
            kind=self.kind,
            page=self.page,
            times=self.times,
            status=self.status,
            retry_after=self.retry_after,
            # A latency fault must exceed the client's timeout.
            seconds=60.0 if self.kind == "latency" else 0.2,
            delta=_EMPTY,
            location="http://169.254.169.254/",
        )


@dataclass(frozen=True)
class Plan:
    seed: int
    resource: Resource
    people: int
    page_size: int
    behaviour: Behaviour
    odd_items: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    movements: tuple[Fault, ...] = ()
    """Changes of the list during the sync: people, pages, totals."""
    is_lied_to: bool = False
    """From some request on, HEMIS's total is wrong by more than the tolerance."""

    @property
    def pages(self) -> int:
        return -(-(self.people + len(self.odd_items)) // self.page_size)


def random_plan(seed: int) -> Plan:
    dice = Dice(seed, "plan", 0)
    odd_items = tuple(item for item in _ODD_ITEMS if dice.one_in(5))
    largest_page = dice.pick((5, 10, 20, 200))
    page_size = min(dice.pick((5, 7, 10, 25)), largest_page)
    plan = Plan(
        seed=seed,
        resource=dice.pick((Resource.STUDENTS, Resource.STUDENTS, Resource.EMPLOYEES)),
        people=2 + dice.number(100),
        page_size=page_size,
        behaviour=Behaviour(
            # All plans share one process, so requests arrive in bursts.
            rate_limit_per_second=None,
            past_end=dice.pick(("clamp", "empty")),
            envelope=dice.pick(("object", "array")),
            largest_page=page_size,
        ),
        odd_items=odd_items,
        troubles=(),
    )
    if dice.one_in(3):
        return _with_movements(plan)
    return _without_a_miscount(replace(plan, troubles=_troubles(seed, plan.pages)))


def _with_movements(plan: Plan) -> Plan:
    """Return a plan whose list changes; its other faults end within the retries."""
    dice = Dice(plan.seed, "plan", 2)
    passing = [
        replace(trouble, times=1 + dice.number(RETRIES))
        for trouble in _troubles(plan.seed, plan.pages)
        if trouble.effect == "passing" and trouble.kind not in _COSTLY
    ]
    # HEMIS's totals may be wrong by one or two, so smaller changes cannot be detected.
    is_lied_to = dice.one_in(4) and plan.people > MISCOUNTS_BY
    movements = _lie(dice, plan.pages) if is_lied_to else _movements(dice, plan.pages)
    return replace(plan, troubles=tuple(passing[:1]), movements=movements, is_lied_to=is_lied_to)


def _lie(dice: Dice, pages: int) -> tuple[Fault, ...]:
    delta = dice.pick((-1_000, 3, 40))
    return (Fault(kind="wrong_total", request=1 + dice.number(pages), delta=delta),)


def _movements(dice: Dice, pages: int) -> tuple[Fault, ...]:
    def at_some_request(fault: Fault) -> Fault:
        return msgspec.structs.replace(fault, request=1 + dice.number(pages + 1), times=1)

    # Equal numbers of joins and departures leave the total unchanged, so they must differ.
    growing = dice.one_in(2)
    drifts = [
        at_some_request(Fault(kind="drift", remove=few + (not growing), add=few + growing))
        for few in (dice.number(3) for _ in range(1 + dice.number(2)))
    ]
    baselines = [
        Fault(kind="wrong_page", delta=-1),
        Fault(kind="wrong_total", delta=dice.pick((-4, 3, 9))),
    ]
    rare = [at_some_request(fault) for fault in baselines if dice.one_in(3)]
    return (*drifts, *rare)


def _troubles(seed: int, pages: int) -> tuple[Trouble, ...]:
    dice = Dice(seed, "plan", 1)
    # A few plans have no faults at all.
    wanted = dice.number(5)
    affected = {1 + dice.number(pages): number for number in range(wanted)}
    troubles = [_trouble(Dice(seed, "trouble", number), page) for page, number in affected.items()]
    if dice.one_in(6):
        # Neighbouring pages fail together, as in an outage.
        first = 1 + dice.number(pages)
        away = range(first, min(first + 1 + dice.number(4), pages + 1))
        troubles = [trouble for trouble in troubles if trouble.page not in away]
        troubles += [Trouble(page, "passing", "status", None, 503) for page in away]
    if dice.one_in(10):
        page = 1 + dice.number(pages)
        troubles = [trouble for trouble in troubles if trouble.page != page]
        troubles.append(Trouble(page, "passing", dice.pick(_COSTLY), 1))
    return tuple(sorted(troubles, key=lambda trouble: trouble.page))


def _without_a_miscount(plan: Plan) -> Plan:
    """Keep an empty last page from looking like a total that is off by one or two."""
    on_the_last = (plan.people + len(plan.odd_items)) % plan.page_size
    if not 0 < on_the_last <= MISCOUNTS_BY:
        return plan
    troubles = tuple(
        replace(trouble, kind="html")
        if (trouble.kind, trouble.page) == ("short", plan.pages)
        else trouble
        for trouble in plan.troubles
    )
    return replace(plan, troubles=troubles)


def _trouble(dice: Dice, page: int) -> Trouble:
    chance = dice.number(20)
    if chance == 0:
        return Trouble(page, "fatal", "status", None, dice.pick(_FATAL_STATUSES))
    if chance == 1:
        return Trouble(page, "refusing", "status", None, dice.pick(_REFUSING_STATUSES))
    if chance == 2:  # noqa: PLR2004 — the third of twenty
        return Trouble(page, "refusing", "redirect", None)
    # The fault ends within the retries, in the second pass, or never.
    times = dice.pick((1, 1, 2, RETRIES, RETRIES + 1, RETRIES + 1, None))
    status, retry_after = dice.pick(_PASSING_STATUSES), dice.pick(_RETRY_AFTER)
    return Trouble(page, "passing", dice.pick(_TRANSIENT), times, status, retry_after)
