"""Following a sync, with a scripted gateway and a clock that does not wait."""

from typing import Any

import pytest
from typing_extensions import override

from libs.cli.errors import GatewayAway
from libs.cli.follow import reports_until_end
from libs.cli.gateway import Gateway


class ScriptedGateway(Gateway):
    """Gives its answers one after the other, and then the last answer again and again."""

    def __init__(self, *answers: dict[str, Any] | GatewayAway) -> None:
        super().__init__("http://gateway", None)
        self._answers = list(answers)

    @override
    def get(self, path: str, **query: object) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, GatewayAway):
            raise answer
        return answer


RUNNING = {"syncId": "a", "status": "running"}
COMPLETED = {"syncId": "a", "status": "completed"}
AWAY = GatewayAway("gateway_refuses_connection", "nobody there")


def test_a_sync_is_followed_to_its_end() -> None:
    slept: list[float] = []
    gateway = ScriptedGateway(RUNNING, RUNNING, COMPLETED)

    reports = list(reports_until_end(gateway, "a", slept.append))

    assert [report["status"] for report in reports] == ["running", "running", "completed"]
    assert slept == [1.0, 1.0]


def test_following_survives_a_restart_of_the_gateway() -> None:
    gateway = ScriptedGateway(RUNNING, AWAY, AWAY, COMPLETED)

    reports = list(reports_until_end(gateway, "a", lambda _: None))

    assert [report["status"] for report in reports] == ["running", "completed"]


def test_following_ends_when_the_gateway_stays_away() -> None:
    slept: list[float] = []

    with pytest.raises(GatewayAway):
        list(reports_until_end(ScriptedGateway(RUNNING, AWAY), "a", slept.append))

    assert len(slept) == 61
