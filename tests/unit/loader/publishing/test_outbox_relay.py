"""The relay publishes rows until the topic shows them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.outbox_relay import OutboxRelay


class FakeOutbox:
    """Rows in memory, and a topic that shows them when the test says so."""

    contents = "rows"

    def __init__(self, *rows: str) -> None:
        self.rows = list(rows)
        self.on_topic: set[str] = set()
        self.published: list[str] = []
        self.recent = ["lost"]

    async def unpublished(self, _: Connection) -> list[str]:
        return list(self.rows)

    def is_on_topic(self, row: str) -> bool:
        return row in self.on_topic

    async def mark_published(self, _: Connection, rows: Sequence[str]) -> None:
        self.rows = [row for row in self.rows if row not in rows]

    async def due(self, _: Connection, rows: Sequence[str]) -> Sequence[str]:
        return [row for row in rows if row != "not due"]

    async def publish(self, row: str) -> None:
        self.published.append(row)

    async def mark_recent_unpublished(self, _: Connection) -> None:
        self.rows += self.recent


class FakeDatabase:
    """See ``Database``."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        yield


class FakeFollower:
    """See ``ProgressFollower``."""

    losses = 0


def relay_of(outbox: FakeOutbox, follower: FakeFollower) -> OutboxRelay[str]:
    database = cast("Database", FakeDatabase())
    return OutboxRelay(database, cast("ProgressFollower", follower), outbox)


async def test_a_row_is_published_until_the_topic_shows_it() -> None:
    outbox = FakeOutbox("a", "b")
    relay = relay_of(outbox, FakeFollower())
    await relay.step()
    outbox.on_topic = {"a"}

    await relay.step()
    await relay.step()

    assert outbox.published == ["a", "b", "b", "b"]
    assert outbox.rows == ["b"]


async def test_a_row_that_is_not_due_is_not_published() -> None:
    outbox = FakeOutbox("not due")

    await relay_of(outbox, FakeFollower()).step()

    assert outbox.published == []


async def test_rows_that_the_topic_has_lost_are_published_again_once() -> None:
    outbox, follower = FakeOutbox(), FakeFollower()
    relay = relay_of(outbox, follower)
    follower.losses = 1

    await relay.step()
    outbox.on_topic = {"lost"}
    await relay.step()

    assert outbox.published == ["lost"]
    assert outbox.rows == []
