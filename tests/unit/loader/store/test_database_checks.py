"""The findings about the database."""

import pytest

from services.loader.store.database_checks import (
    disk_finding,
    kept_rows_finding,
    rights_finding,
    schema_finding,
)

OURS = ["0001_people.sql", "0002_loading.sql"]


@pytest.mark.parametrize(
    ("applied", "code"),
    [
        (OURS, "ok"),
        (None, "ok"),
        ([*OURS, "0003_later.sql"], "schema_newer"),
        (OURS[:1], "migrations_missing"),
        ([], "migrations_missing"),
        ([OURS[0], "0003_later.sql"], "schema_newer"),
    ],
)
def test_a_schema_of_another_version_is_a_finding(applied: list[str] | None, code: str) -> None:
    assert schema_finding(applied, OURS).code == code


def test_a_finding_names_the_first_missing_right() -> None:
    finding = rights_finding(["CREATE on schema hemis", "INSERT on students"])

    assert finding.code == "database_rights_missing"
    assert finding.detail == "The user of DATABASE_URL lacks CREATE on schema hemis and 1 more"


@pytest.mark.parametrize(("free", "code"), [(5, "ok"), (4, "database_disk_low")])
def test_a_disk_is_a_finding_before_it_is_full(free: int, code: str) -> None:
    assert disk_finding(free << 30, 100 << 30).code == code


def test_a_finding_counts_the_rows_that_postgresql_keeps_and_names_the_main_reason() -> None:
    finding = kept_rows_finding([("table own.loans, constraint loans_fkey", 2), ("a trigger", 1)])

    assert finding.code == "rows_not_removed"
    assert finding.detail == (
        "3 rows are still in the tables and should be removed or erased:"
        " table own.loans, constraint loans_fkey"
    )
    assert kept_rows_finding([]).code == "ok"
