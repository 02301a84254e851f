"""``hemis sync``, ``hemis cancel``, ``hemis resume``."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from libs.cli.desk import Desk, command
from libs.cli.display import open_display
from libs.cli.errors import FAILED, NOT_COMPLETE, OK, CommandFailed, GatewayAway
from libs.cli.follow import Watch, shown
from libs.cli.progress import Progress
from libs.cli.summary import summary
from libs.common.contracts.resources import Resource

_Wait = Annotated[bool, typer.Option("--wait", help="Stay until it has ended")]
_Incremental = Annotated[
    bool, typer.Option("--incremental", help="Only what changed since the last complete sync")
]
_IdempotencyKey = Annotated[
    str | None, typer.Option(help="Same key, same sync: asking again starts nothing", metavar="KEY")
]
_HemisId = Annotated[int | None, typer.Option(help="HEMIS's id of the person", min=1)]
_Number = Annotated[str | None, typer.Option(help="The person's id number", metavar="NUMBER")]
_Patience = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the result", min=0, max=30)
]
_Named = Annotated[
    str, typer.Argument(help="Sync id, or a resource such as students: its newest sync")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="sync", help="Start a sync of a whole list, or of one person")
    for resource in Resource:
        _register_full(group, resource)
    command(group, "student")(sync_student)
    command(group, "employee")(sync_employee)
    command(app)(cancel)
    command(app)(resume)


def _register_full(group: typer.Typer, resource: Resource) -> None:
    def sync(
        desk: Desk,
        *,
        wait: _Wait = False,
        incremental: _Incremental = False,
        idempotency_key: _IdempotencyKey = None,
    ) -> int:
        mode = "incremental" if incremental else None
        key = idempotency_key or str(uuid.uuid4())
        try:
            started = desk.gateway.post(f"/api/hemis/sync/{resource}", key=key, mode=mode)
        except GatewayAway as away:
            if "status" in away.problem:
                away.problem["advice"] = f"--idempotency-key {key} tells what became of it"
            raise
        return _started(desk, started) if not wait else follow(desk, started)

    sync.__doc__ = f"Sync all {resource}."
    command(group, str(resource))(sync)


def sync_student(
    desk: Desk,
    *,
    student_id_number: _Number = None,
    hemis_id: _HemisId = None,
    wait: _Patience = 10,
) -> int:
    """Sync one student and say what happened to the row."""
    person = {"hemis_id": hemis_id, "student_id_number": student_id_number}
    return _sync_person(desk, "student", person, wait)


def sync_employee(
    desk: Desk,
    *,
    employee_id_number: _Number = None,
    hemis_id: _HemisId = None,
    wait: _Patience = 10,
) -> int:
    """Sync one employee, with all positions, and say what happened to the rows."""
    person = {"hemis_id": hemis_id, "employee_id_number": employee_id_number}
    return _sync_person(desk, "employee", person, wait)


def _sync_person(desk: Desk, word: str, person: Mapping[str, object], wait: float) -> int:
    named = {name: value for name, value in person.items() if value is not None}
    if not named:
        options = " or ".join(f"--{name.replace('_', '-')}" for name in person)
        raise typer.BadParameter(f"Name the {word}: {options}")
    answer = desk.gateway.post(f"/api/hemis/sync/{word}", named, wait=wait)
    if "outcome" not in answer:
        return _started(desk, answer)
    desk.show(answer, [f"{word} {answer['hemisId']}: {answer['outcome']}"])
    return FAILED if answer["outcome"] == "rejected" else OK


def cancel(desk: Desk, sync: _Named) -> int:
    """Stop a sync; it can be resumed for 24 hours."""
    return _started(desk, desk.gateway.post(f"/api/hemis/syncs/{_sync_id(desk, sync)}/cancel"))


def resume(desk: Desk, sync: _Named, *, wait: _Wait = False) -> int:
    """Go on with a failed or cancelled sync where it stopped."""
    accepted = desk.gateway.post(f"/api/hemis/syncs/{_sync_id(desk, sync)}/resume")
    return _started(desk, accepted) if not wait else follow(desk, accepted)


def _sync_id(desk: Desk, named: str) -> str:
    if named not in list(Resource):
        return named
    sync_id = desk.gateway.get(f"/api/hemis/progress/{named}")["syncId"]
    if sync_id is None:
        raise CommandFailed("never_synced", f"No sync of {named} has run yet.")
    return str(sync_id)


def _started(desk: Desk, accepted: Mapping[str, Any]) -> int:
    desk.show(accepted, [str(accepted["message"]), f"sync {accepted['syncId']}"])
    if not desk.as_json:
        desk.note(f"hemis history {accepted['syncId']} shows what comes of it")
    return OK


def follow(desk: Desk, accepted: Mapping[str, Any]) -> int:
    """Stay until the sync has ended; the exit code says how."""
    resource = Resource(accepted["resource"])
    report: dict[str, Any] = {}
    looks = Watch(desk.gateway).sync(accepted["syncId"])
    if desk.as_json:
        *_, report = looks
    else:
        with open_display(desk.console, [resource]) as display:
            for report in looks:
                display.show(resource, shown(report))
    end = shown(report)
    desk.show(report, summary(resource, end))
    return code_of(end)


def code_of(end: Progress) -> int:
    """0 completed and complete, 65 completed and not complete, 1 failed or cancelled."""
    if end.status != "completed":
        return FAILED
    return OK if end.complete else NOT_COMPLETE
