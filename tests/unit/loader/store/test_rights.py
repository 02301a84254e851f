"""The checked rights are those on the tables of the migrations."""

from services.loader.migrations import MIGRATIONS
from services.loader.store.rights import tables_of


def test_the_rights_on_all_tables_of_the_migrations_are_checked() -> None:
    found = tables_of(MIGRATIONS)

    assert {"migrations", "students", "employees", "sync_drift", "erasures"} <= set(found)
    assert len(found) == len(set(found))
