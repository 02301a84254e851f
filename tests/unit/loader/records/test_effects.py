"""One effect per sync and key."""

from libs.common.contracts.sums import SyncCounts
from libs.common.kafka.ports import Partition
from services.loader.records.decide import Effect
from services.loader.records.effects import EffectCache, SyncPartition

PARTITION = SyncPartition("s", Partition("hemis.students", 0), 1)


def memory(**remembered: Effect) -> EffectCache:
    found = EffectCache()
    found.restore(PARTITION, [(effect, [key]) for key, effect in remembered.items()])
    return found


def test_a_key_counts_once_however_often_it_comes() -> None:
    add_up = memory().add_up(
        [(PARTITION, "1", Effect.INSERTED), (PARTITION, "1", Effect.UNCHANGED)]
    )

    assert add_up.counts("s") == SyncCounts(inserted=1)


def test_a_page_read_twice_adds_nothing() -> None:
    add_up = memory(a=Effect.UPDATED).add_up([(PARTITION, "a", Effect.UNCHANGED)])

    assert add_up.counts("s") == SyncCounts()
    assert not add_up.changed[PARTITION]


def test_a_change_replaces_a_rejection_in_the_counts() -> None:
    add_up = memory(a=Effect.REJECTED).add_up([(PARTITION, "a", Effect.INSERTED)])

    assert add_up.counts("s") == SyncCounts(inserted=1, rejected=-1)


def test_the_cache_changes_only_at_the_commit() -> None:
    found = memory()
    add_up = found.add_up([(PARTITION, "a", Effect.INSERTED)])

    assert found.add_up([(PARTITION, "a", Effect.INSERTED)]).counts("s") == SyncCounts(inserted=1)
    found.commit(add_up)
    assert found.add_up([(PARTITION, "a", Effect.INSERTED)]).counts("s") == SyncCounts()


def test_effects_of_an_earlier_claim_are_not_used() -> None:
    found = memory(a=Effect.INSERTED)

    assert found.knows(PARTITION)
    assert not found.knows(PARTITION._replace(epoch=2))

    found.drop_unless(lambda place: place.epoch == 2)
    assert not found.knows(PARTITION)
