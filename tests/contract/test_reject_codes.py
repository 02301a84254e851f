"""The runbook lists every reject code, and no other."""

import re
from pathlib import Path

from libs.common.contracts.dead_letters import RejectCode

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"


def test_the_runbook_lists_every_reject_code_and_no_other() -> None:
    _, table = RUNBOOK.read_text(encoding="utf-8").split("| code | why the record", maxsplit=1)
    rows = table.split("\n\n", maxsplit=1)[0]

    assert set(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE)) == set(RejectCode)
