"""Delivers raised and cleared alerts to the webhook, each at least once.

The gateways are a consumer group, so one of them delivers. An alert that was delivered and not
committed is delivered again by the next gateway, under the same ``webhook-id``.
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from prometheus_client import Counter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, AlertCleared, AlertRaised
from libs.common.errors import TransientError
from libs.common.kafka.errors import ConsumerBroken
from libs.common.kafka.ports import Broker, GroupConsumer, Partition, Record
from libs.common.process.lifecycle import Stop
from services.gateway.alerts.webhook import Webhook, WebhookRefused
from services.gateway.live.live_view import LiveView
from services.gateway.projection.alerts import AlertEvent

logger = logging.getLogger(__name__)

Wait = Callable[[float], Awaitable[None]]

GROUP = "alerts"
# An alert that could not be delivered for a day is dropped; it stays on the topic.
DELIVER_WITHIN_MS = 86_400_000
_LONGEST_WAIT_SECONDS = 300
_POLL_SECONDS = 0.5
_BATCH_RECORDS = 500


class AssignmentLost(TransientError):
    """The topic was assigned to another gateway, or this one stops."""


class Delivery:
    """A member of the group, which delivers while the topic is assigned to it."""

    def __init__(
        self, topic: str, view: LiveView, webhook: Webhook, deliveries: Counter, stop: Stop
    ) -> None:
        self._partition = Partition(topic, 0)
        self._view = view
        self._webhook = webhook
        self._deliveries = deliveries
        self._stop = stop
        self._generation = 0
        """Grows with every rebalance."""
        self._is_assigned = False

    def assigned(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        self._generation += 1
        self._is_assigned = self._partition in partitions

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        if self._partition in partitions:
            self._generation += 1
            self._is_assigned = False

    async def run(self, broker: Broker, group: str) -> None:
        """Deliver until the stop; an outage of Kafka or of the receiver only delays."""
        await self._view.wait_until(lambda: self._view.caught_up)
        while not self._stop.is_set():
            topics = [self._partition.topic]
            try:
                async with broker.group_consumer(group, topics, self) as consumer:
                    await self._serve(consumer)
            except ConsumerBroken as error:
                logger.warning("alerts: joining the consumer group again: %s", error)

    async def _serve(self, consumer: GroupConsumer) -> None:
        while not self._stop.is_set():
            try:
                if self._is_assigned:
                    await self._deliver_all(consumer, self._generation)
                else:
                    await consumer.poll((), 1, _POLL_SECONDS)
            except TransientError as error:
                logger.debug(
                    "alerts: reading again from the committed offset", extra={"reason": str(error)}
                )
                await self._stop.wait(_POLL_SECONDS)

    async def _deliver_all(self, consumer: GroupConsumer, generation: int) -> None:
        await self._seek(consumer)
        while generation == self._generation and not self._stop.is_set():
            records = await consumer.poll([self._partition], _BATCH_RECORDS, _POLL_SECONDS)
            for record in records:
                event = _alert_of(record)
                if event is not None:
                    wait = partial(self._wait, consumer, generation)
                    await self._deliver(event, record.offset, wait)
                    await consumer.commit({self._partition: record.offset + 1})
            if records:
                await consumer.commit({self._partition: records[-1].offset + 1})

    async def _seek(self, consumer: GroupConsumer) -> None:
        bounds = await consumer.bounds(self._partition)
        committed = await consumer.committed(self._partition)
        is_kept = committed is not None and bounds.first <= committed <= bounds.end
        offset = committed if committed is not None and is_kept else bounds.first
        consumer.seek(self._partition, offset)
        consumer.resume([self._partition])

    async def _deliver(self, event: AlertEvent, offset: int, wait: Wait) -> None:
        """Deliver an event unless it is a duplicate; retry for a day."""
        alerts = self._view.projection.alerts
        if not await self._view.wait_until(lambda: alerts.first_offset(event) is not None):
            raise AssignmentLost("stopped")
        if alerts.first_offset(event) != offset or not self._is_due(event):
            return
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(WebhookRefused),
            stop=lambda _: not self._is_due(event),
            wait=wait_random_exponential(multiplier=1, max=_LONGEST_WAIT_SECONDS),
            sleep=wait,
            before_sleep=self._note_refusal,
            reraise=True,
        )
        try:
            await retrying(self._webhook.send, event)
        except WebhookRefused as error:
            self._deliveries.labels("given_up").inc()
            extra = {"alert": event.alert_id}
            logger.error("alert not delivered for a day, dropped: %s", error, extra=extra)  # noqa: TRY400 — no fault of ours, so no trace
        else:
            self._deliveries.labels("told").inc()

    def _is_due(self, event: AlertEvent) -> bool:
        return self._view.now() - event.at < DELIVER_WITHIN_MS

    def _note_refusal(self, state: RetryCallState) -> None:
        self._deliveries.labels("refused").inc()
        error = state.outcome.exception() if state.outcome else None
        logger.warning("alert refused by the webhook, will retry: %s", error)

    async def _wait(self, consumer: GroupConsumer, generation: int, seconds: float) -> None:
        """Wait between two tries and keep the group membership; raises AssignmentLost."""
        left = seconds
        while left > 0:
            if await self._stop.wait(min(left, _POLL_SECONDS)):
                raise AssignmentLost("stopped")
            await consumer.poll((), 1, 0)
            if generation != self._generation:
                raise AssignmentLost("assigned to another gateway")
            left -= _POLL_SECONDS


def _alert_of(record: Record) -> AlertEvent | None:
    """Decode an alert; None for any other message."""
    try:
        event = EVENTS.decode(record.value or b"null")
    except MalformedMessage:
        return None
    return event if isinstance(event, AlertRaised | AlertCleared) else None
