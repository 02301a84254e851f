"""Work on a timer outlives outages, and names what a person has to change, once."""

import pytest

from libs.common.errors import SetupFault, TransientError
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically


async def test_a_setup_fault_is_logged_once_and_an_outage_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop = Stop()
    errors: list[Exception] = [
        SetupFault("rights", "denied for table syncs", "GRANT it"),
        TransientError("away"),
        SetupFault("rights", "denied for table syncs", "GRANT it"),
    ]

    async def step() -> None:
        if not errors:
            stop.set()
            return
        raise errors.pop()

    await run_periodically(step, stop, 0, "closing")

    assert caplog.messages == ["closing waits: denied for table syncs: GRANT it"]
