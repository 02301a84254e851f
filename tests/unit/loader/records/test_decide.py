"""The stale record guard and the effects: a row never goes back in time."""

from itertools import permutations

from libs.common.contracts.dead_letters import RejectCode
from services.loader.errors import RecordRefused
from services.loader.records.decide import Decisions, Effect, Version, combine
from tests.unit.loader.records.sample_records import at, decided, record


def effects(decisions: Decisions) -> list[Effect]:
    return [effect for _, effect in decisions.effects]


def test_a_new_key_is_inserted_and_then_updated_and_then_unchanged() -> None:
    decisions = decided([record(1, "a"), record(2, "b"), record(3, "b")])

    assert effects(decisions) == [Effect.INSERTED, Effect.UPDATED, Effect.UNCHANGED]
    assert decisions.writes[1, ""].content_hash == "b"


def test_an_unchanged_row_is_not_written() -> None:
    decisions = decided([record(5)], {(1, ""): Version("a", at(1), removed=False)})

    assert effects(decisions) == [Effect.UNCHANGED]
    assert decisions.writes == {}


def test_a_removed_row_that_is_seen_again_is_written_even_with_the_same_content() -> None:
    decisions = decided([record(5)], {(1, ""): Version("a", at(1), removed=True)})

    assert effects(decisions) == [Effect.UPDATED]


def test_a_record_older_than_its_row_is_refused_and_fetched_again() -> None:
    decisions = decided([record(1, "b")], {(1, ""): Version("a", at(5), removed=False)})

    assert decisions.writes == {}
    assert list(decisions.refetches) == [(1, "")]


def test_a_record_older_than_the_newest_of_its_partition_is_refused_even_if_the_row_is_older() -> (
    None
):
    stored = {(1, ""): Version("a", at(1), removed=False)}

    decisions = decided([record(3, "b")], stored, newest=at(4))

    assert decisions.writes == {}
    assert decisions.refetches


def test_a_stale_record_with_the_content_of_the_row_needs_no_refetch() -> None:
    stored = {(1, ""): Version("a", at(5), removed=False)}

    assert not decided([record(1, "a")], stored).refetches


def test_a_newer_record_fulfils_the_refetch() -> None:
    stored = {(1, ""): Version("a", at(5), removed=False)}

    decisions = decided([record(1, "b"), record(6, "c")], stored)

    assert not decisions.refetches
    assert decisions.accepted == {(1, "")}


def test_of_equal_times_the_later_offset_wins() -> None:
    decisions = decided([record(1, "a"), record(1, "b")])

    assert decisions.writes[1, ""].content_hash == "b"


def test_a_tombstone_removes_what_is_there_and_nothing_else() -> None:
    gone = record(5, "", row=None, value=None)

    there = decided([gone], {(1, ""): Version("a", at(1), removed=False)})
    absent = decided([record(5, "", row=None, value=None)])

    assert effects(there) == [Effect.UPDATED]
    assert effects(absent) == [Effect.UNCHANGED]


def test_a_rejected_record_leaves_the_row_alone() -> None:
    bad = record(
        5, "b", row=None, refused=RecordRefused(RejectCode.WRONG_TYPE, "id: expected text")
    )

    decisions = decided([bad], {(1, ""): Version("a", at(1), removed=False)})

    assert effects(decisions) == [Effect.REJECTED]
    assert decisions.writes == {}


def test_during_a_reread_only_the_time_of_the_row_counts_and_nothing_is_fetched_again() -> None:
    records = [record(9, "z", row_key=(2, "")), record(3, "a"), record(4, "b")]

    decisions = decided(records, reread_until=1)

    assert decisions.writes[1, ""].content_hash == "b"
    assert not decisions.refetches


def test_after_a_reread_the_newest_time_of_the_partition_counts_again() -> None:
    records = [record(5, "a", offset=0), record(3, "b", offset=1)]

    decisions = decided(records, {(1, ""): Version("a", at(1), removed=False)}, reread_until=1)

    assert decisions.writes == {}
    assert list(decisions.refetches) == [(1, "")]


def test_a_reread_record_fulfils_no_refetch() -> None:
    assert decided([record(5)], reread_until=1).accepted == set()


def test_a_stale_record_of_a_closed_position_is_fetched_again() -> None:
    stored = {(1, ""): Version("a", at(5), removed=True)}

    assert decided([record(1, "a")], stored).refetches


def test_the_first_change_of_a_key_is_its_effect_also_after_a_rejection() -> None:
    for order in permutations([Effect.UNCHANGED, Effect.REJECTED, Effect.INSERTED]):
        found = None
        for effect in order:
            found = combine(found, effect)
        assert found is Effect.INSERTED

    assert combine(Effect.INSERTED, Effect.UPDATED) is Effect.INSERTED
    assert combine(Effect.REJECTED, Effect.UNCHANGED) is Effect.REJECTED
    assert combine(Effect.UNCHANGED, Effect.REJECTED) is Effect.REJECTED


def test_a_record_that_changes_nothing_is_never_decoded() -> None:
    same = record(5, "a", row=None, value=b"<html>")

    decisions = decided([same], {(1, ""): Version("a", at(1), removed=False)})

    assert effects(decisions) == [Effect.UNCHANGED]
    assert (same.row, same.refused) == (None, None)


def test_a_change_that_cannot_be_decoded_is_rejected_and_fulfils_no_refetch() -> None:
    bad = record(5, "b", row=None, value=b"<html>")

    decisions = decided([bad], {(1, ""): Version("a", at(1), removed=False)})

    assert effects(decisions) == [Effect.REJECTED]
    assert bad.refused is not None
    assert not decisions.writes
    assert not decisions.accepted


def test_content_that_comes_back_within_a_batch_is_decoded() -> None:
    back = record(7, "a", offset=2, row=None, value=b'{"id": 1}')

    decisions = decided(
        [record(6, "b", offset=1), back], {(1, ""): Version("a", at(1), removed=False)}
    )

    assert effects(decisions) == [Effect.UPDATED, Effect.UPDATED]
    assert decisions.writes == {(1, ""): back}
    assert back.row is not None


def test_an_erasure_is_never_refused_however_old_it_is() -> None:
    stored = {(1, ""): Version("a", at(5), removed=False)}
    erasure = record(1, value=None, is_erasure=True)

    decisions = decided([erasure], stored, newest=at(9))

    assert decisions.erased == {1}


def test_other_tombstones_erase_nobody() -> None:
    assert decided([record(1, value=None)]).erased == set()


def test_only_a_later_record_of_the_same_content_says_that_hemis_lists_the_row_again() -> None:
    unlisted = {(1, ""): Version("a", at(1), removed=False, unlisted_since=at(3))}
    removed = {(1, ""): Version("a", at(1), removed=True, unlisted_since=at(3))}

    assert decided([record(4)], unlisted).relisted == {(1, "")}
    assert decided([record(2)], unlisted).relisted == set()
    assert decided([record(4, value=None)], removed).relisted == set()
    assert decided([record(4)], {(1, ""): Version("a", at(1), removed=False)}).relisted == set()
