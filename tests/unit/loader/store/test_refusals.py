"""Rows that PostgreSQL refuses are found by halving, in bounded time."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
import pytest

from libs.common.postgres.pool import Connection
from services.loader.store.refusals import refused_ones

TOO_LONG, FOREIGN_KEY = "57014", "23503"


class Statements:
    """Refuses some rows with one SQLSTATE, and counts how often it was asked."""

    def __init__(self, refused: Collection[int], state: str) -> None:
        self.tried = 0
        self._refused = set(refused)
        self._state = state

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def act(self, rows: Sequence[int]) -> None:
        self.tried += 1
        if self._refused.intersection(rows):
            raise asyncpg.PostgresError.new({"C": self._state, "M": "text"})

    async def run(self, count: int) -> list[int]:
        connection = cast("Connection", self)
        return sorted(await refused_ones(connection, range(count), self.act))


@pytest.mark.parametrize("state", [FOREIGN_KEY, TOO_LONG])
@pytest.mark.parametrize("refused", [[], [0], [3, 999], [0, 2, 4, 500]])
async def test_all_rows_but_the_refused_ones_are_changed(refused: list[int], state: str) -> None:
    assert await Statements(refused, state).run(1000) == refused


async def test_if_each_row_takes_too_long_most_rows_are_not_tried() -> None:
    statements = Statements(range(1000), TOO_LONG)

    assert await statements.run(1000) == list(range(1000))
    assert statements.tried < 20
