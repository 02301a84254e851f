"""Which search finds a person, by what is known of them; and what it means when it does not."""

from functools import partial

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Outcome
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from services.fetcher.bench import Bench
from services.fetcher.own_topic import number_of
from services.fetcher.person_search import PersonSearch


async def find_person(bench: Bench, search: PersonSearch, wanted: WantedRecord) -> Outcome:
    """Publish the records of one person.

    Raises:
        HemisError: HEMIS gave no answer.
    """
    before = search.distinct
    if wanted.id_number:
        has_other_owner = await search.publish_found(wanted.id_number, wanted)
        if has_other_owner and search.distinct == before:
            return await _contradiction(bench, search, wanted)
    elif wanted.hemis_id is not None:
        await _publish_by_id(bench, search, wanted.hemis_id)
    return Outcome.COMPLETED if search.distinct > before else Outcome.NOT_FOUND


async def _publish_by_id(bench: Bench, search: PersonSearch, hemis_id: int) -> None:
    if bench.resource is Resource.STUDENTS:
        await _publish_student(search, hemis_id)
    else:
        await _publish_listed(bench, search, hemis_id)


async def _publish_student(search: PersonSearch, hemis_id: int) -> None:
    card = await search.student_card(hemis_id)
    before = search.distinct
    # A student can be without a number yet; the name then finds them, and the id tells which.
    for text in (card.id_number, card.full_name) if card else ():
        if text and search.distinct == before:
            await search.publish_found(text, WantedRecord(hemis_id=hemis_id))


async def _publish_listed(bench: Bench, search: PersonSearch, hemis_id: int) -> None:
    """HEMIS cannot search this list by id: the number is ours to know, or every page is read."""
    wanted = WantedRecord(hemis_id=hemis_id)
    before = search.distinct
    number = await _known_number(bench, hemis_id)
    if number:
        await search.publish_found(number, wanted)
    if search.distinct == before:
        await search.publish_walked(wanted)


async def _contradiction(bench: Bench, search: PersonSearch, wanted: WantedRecord) -> Outcome:
    """The number is somebody else's: two people, or an id that nobody has?"""
    if wanted.hemis_id is None or not await _exists(bench, search, wanted.hemis_id):
        return Outcome.NOT_FOUND
    return Outcome.MISMATCH


async def _exists(bench: Bench, search: PersonSearch, hemis_id: int) -> bool:
    if bench.resource is Resource.STUDENTS:
        return await search.student_card(hemis_id) is not None
    if await _known_number(bench, hemis_id):
        return True
    before = search.distinct
    await search.publish_walked(WantedRecord(hemis_id=hemis_id))
    return search.distinct > before


async def _known_number(bench: Bench, hemis_id: int) -> str | None:
    if not bench.resource.number_field:
        return None
    look_up = partial(number_of, bench.broker, bench.outbox.topics, bench.resource, hemis_id)
    return await bench.dependencies.wait_for(KAFKA, look_up, KafkaUnavailable)
