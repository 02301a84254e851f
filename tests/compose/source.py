"""The stack's HEMIS and database, as the oracle compares them."""

import json
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.compose.stack import ComposeStack

_ASK = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"


@dataclass(frozen=True)
class StackTables:
    stack: ComposeStack
    schema: str = "hemis"

    async def source(self, resource: str) -> list[dict[str, Any]]:
        """Ask from inside: the simulator is open to the stack only."""
        url = f"http://127.0.0.1:8800/control/records/{resource}"
        said = self.stack.compose("exec", "-T", "hemis", "python", "-c", _ASK, url)
        return [json.loads(line) for line in said.splitlines() if line]

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        port = self.stack.settings["POSTGRES_PORT"]
        connection = await asyncpg.connect(f"postgresql://hemis:hemis@127.0.0.1:{port}/hemis")
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()
