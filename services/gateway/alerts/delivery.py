"""Tell the webhook what was raised and cleared: one of the gateways does, at least once each.

The gateways are a consumer group; its committed offset says how far the receiver was told. What a
gateway told and did not commit is told again by the next, under the same ``webhook-id``.
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, AlertCleared, AlertRaised
from libs.common.errors import TransientError
from libs.common.kafka.errors import ConsumerBroken
from libs.common.kafka.ports import Broker, GroupConsumer, Partition, Record
from libs.common.process.lifecycle import Stop
from services.gateway.alerts.metrics import Deliveries
from services.gateway.alerts.webhook import Webhook, WebhookRefused
from services.gateway.live.live_view import LiveView
from services.gateway.projection.alerts import AlertEvent

logger = logging.getLogger(__name__)

Rest = Callable[[float], Awaitable[None]]

GROUP = "alerts"
# What nobody could be told for a day is no news; the topic still has it.
NEWS_MS = 86_400_000
_LONGEST_WAIT_SECONDS = 300
_POLL_SECONDS = 0.5
_MOST_AT_ONCE = 500


class TurnOver(TransientError):
    """Another gateway tells the receiver from here on, or nobody for now."""


class Delivery:
    """A member of the group; whether or not it is its turn, the gateway is not touched by it."""

    def __init__(
        self, topic: str, view: LiveView, webhook: Webhook, deliveries: Deliveries, stop: Stop
    ) -> None:
        self._partition = Partition(topic, 0)
        self._view = view
        self._webhook = webhook
        self._deliveries = deliveries
        self._stop = stop
        self._turn = 0
        self._is_ours = False

    def assigned(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        self._turn += 1
        self._is_ours = self._partition in partitions

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        if self._partition in partitions:
            self._turn += 1
            self._is_ours = False

    async def run(self, broker: Broker, group: str) -> None:
        """Tell until the stop; an outage of Kafka or of the receiver only delays."""
        await self._view.until(lambda: self._view.caught_up)
        while not self._stop.is_set():
            topics = [self._partition.topic]
            try:
                async with broker.group_consumer(group, topics, self) as consumer:
                    await self._serve(consumer)
            except ConsumerBroken as error:
                logger.warning("alerts: joining anew: %s", error)

    async def _serve(self, consumer: GroupConsumer) -> None:
        while not self._stop.is_set():
            try:
                if self._is_ours:
                    await self._take_turn(consumer, self._turn)
                else:
                    await consumer.poll((), 1, _POLL_SECONDS)
            except TransientError as error:
                logger.debug("alerts: begun again", extra={"reason": str(error)})
                await self._stop.wait(_POLL_SECONDS)

    async def _take_turn(self, consumer: GroupConsumer, turn: int) -> None:
        await self._seek(consumer)
        while turn == self._turn and not self._stop.is_set():
            records = await consumer.poll([self._partition], _MOST_AT_ONCE, _POLL_SECONDS)
            for record in records:
                event = _alert_of(record)
                if event is not None:
                    await self._tell(event, record.offset, partial(self._rest, consumer, turn))
                    await consumer.commit({self._partition: record.offset + 1})
            if records:
                await consumer.commit({self._partition: records[-1].offset + 1})

    async def _seek(self, consumer: GroupConsumer) -> None:
        bounds = await consumer.bounds(self._partition)
        committed = await consumer.committed(self._partition)
        is_there = committed is not None and bounds.first <= committed <= bounds.end
        offset = committed if committed is not None and is_there else bounds.first
        consumer.seek(self._partition, offset)
        consumer.resume([self._partition])

    async def _tell(self, event: AlertEvent, place: int, rest: Rest) -> None:
        """Tell it unless it was said before; try for a day."""
        alerted = self._view.projection.alerts
        if not await self._view.until(lambda: alerted.first_place(event) is not None):
            raise TurnOver("stopped")
        if alerted.first_place(event) != place or not self._is_news(event):
            return
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(WebhookRefused),
            stop=lambda _: not self._is_news(event),
            wait=wait_random_exponential(multiplier=1, max=_LONGEST_WAIT_SECONDS),
            sleep=rest,
            before_sleep=self._note_refusal,
            reraise=True,
        )
        try:
            await retrying(self._webhook.tell, event)
        except WebhookRefused as error:
            self._deliveries.count("given_up")
            logger.error("alert given up: %s", error, extra={"alert": event.alert_id})  # noqa: TRY400 — the receiver's, not ours
        else:
            self._deliveries.count("told")

    def _is_news(self, event: AlertEvent) -> bool:
        return self._view.now() - event.at < NEWS_MS

    def _note_refusal(self, state: RetryCallState) -> None:
        self._deliveries.count("refused")
        error = state.outcome.exception() if state.outcome else None
        logger.warning("alert not taken by its receiver: %s", error)

    async def _rest(self, consumer: GroupConsumer, turn: int, seconds: float) -> None:
        """Wait between two tries, and stay a member of the group meanwhile; raises TurnOver."""
        left = seconds
        while left > 0:
            if await self._stop.wait(min(left, _POLL_SECONDS)):
                raise TurnOver("stopped")
            await consumer.poll((), 1, 0)
            if turn != self._turn:
                raise TurnOver("another gateway's turn")
            left -= _POLL_SECONDS


def _alert_of(record: Record) -> AlertEvent | None:
    """Read an alert; None for anything else, whatever it is."""
    try:
        event = EVENTS.decode(record.value or b"null")
    except MalformedMessage:
        return None
    return event if isinstance(event, AlertRaised | AlertCleared) else None
