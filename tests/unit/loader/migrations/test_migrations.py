"""Migrations go forward only, and an older loader can still run after them."""

import hashlib
import re
from pathlib import Path

import pytest

from libs.contract.__main__ import FOLDER
from services.loader.migrations import MIGRATIONS

RELEASES = sorted(FOLDER.glob("released/*/migrations.sha256"))
RELEASED = {line.split()[1] for path in RELEASES for line in path.read_text().splitlines()}
TAKES_AWAY = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|SCHEMA|TYPE|VIEW)|RENAME|TRUNCATE|SET\s+NOT\s+NULL"
    # A wider integer takes what an older loader writes; a default fills what it leaves out.
    r"|ALTER\s+COLUMN(?!\s+\w+\s+(?:TYPE\s+bigint|SET\s+DEFAULT)))\b",
    re.IGNORECASE,
)
# A function does nothing until a loader of the new version calls it.
FUNCTION = re.compile(r"^CREATE FUNCTION .*?^END \$\$;", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.parent.name)
def test_released_migrations_are_not_changed(release: Path) -> None:
    now = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in MIGRATIONS}

    released = [line.split() for line in release.read_text().splitlines()]

    assert [name for digest, name in released if now.get(name) != digest] == []


def test_new_migrations_follow_the_released_ones() -> None:
    names = [file.name for file in MIGRATIONS]

    assert names[: len(RELEASED)] == sorted(RELEASED)


@pytest.mark.parametrize("file", MIGRATIONS, ids=lambda file: file.stem)
def test_no_migration_takes_anything_away_from_a_running_loader(file: Path) -> None:
    assert TAKES_AWAY.findall(FUNCTION.sub("", file.read_text())) == []
