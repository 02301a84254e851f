"""The schema of the tables: numbered SQL files, each applied once."""

from pathlib import Path

MIGRATIONS = tuple(sorted(Path(__file__).parent.glob("*.sql")))
