"""Syncs that are disturbed: asked for again and again, and looked at in the end."""

from collections.abc import Iterable
from typing import Any

from tests.compose.source import StackTables
from tests.compose.stack import RESOURCES, ComposeStack
from tests.e2e.compare import assert_tables_equal_the_source
from tests.waiting import eventually

ENDED = {"completed", "failed", "cancelled"}
_SECONDS = 180


class Disturbed:
    """Asks whichever copy of the gateway answers, and remembers every sync that was accepted."""

    def __init__(self, stack: ComposeStack, copies: int = 1) -> None:
        self.stack = stack
        self.syncs: set[str] = set()
        self._copies = range(copies)

    def answer(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        """Status 0: nobody answered."""
        for copy in self._copies:
            try:
                return self.stack.call(method, path, copy=copy)
            except (OSError, ValueError):
                continue
        return 0, {}

    def is_syncing(self) -> bool:
        """Ask for what is not being synced; tell whether something is."""
        for resource in RESOURCES:
            status, answer = self.answer("POST", f"/api/hemis/sync/{resource}")
            if status == 202:
                self.syncs.add(str(answer["syncId"]))
        return any(self.progress(resource).get("status") == "running" for resource in RESOURCES)

    async def kill(self, containers: Iterable[str]) -> None:
        """One after the other, each while a sync runs."""
        for container in containers:
            await eventually(self.is_syncing, _SECONDS)
            self.stack.kill_and_start(container)

    async def assert_nothing_was_lost(self) -> None:
        """Every sync completed, and the tables hold what HEMIS has."""
        await eventually(self.have_ended, _SECONDS)
        outcomes = {sync: self.answer("GET", f"/api/hemis/syncs/{sync}")[1] for sync in self.syncs}
        assert outcomes
        for report in outcomes.values():
            assert (report["status"], report["complete"]) == ("completed", True), report
        await assert_tables_equal_the_source(StackTables(self.stack))

    def progress(self, resource: str) -> dict[str, Any]:
        """Nothing where nobody answers."""
        status, answer = self.answer("GET", f"/api/hemis/progress/{resource}")
        return answer if status == 200 else {}

    def have_ended(self) -> bool:
        """Tell whether nothing is being synced any more."""
        return all(self.progress(resource).get("status") in ENDED for resource in RESOURCES)
