"""The rights that doctor looks for are those on the tables that the migrations make."""

from services.loader.migrations import MIGRATIONS
from services.loader.store.rights import tables_of


def test_every_table_of_the_migrations_is_looked_at_and_no_table_of_somebody_elses() -> None:
    found = tables_of(MIGRATIONS)

    assert {"migrations", "students", "employees", "sync_drift", "erasures"} <= set(found)
    assert len(found) == len(set(found))
