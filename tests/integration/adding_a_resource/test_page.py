"""The code blocks of ``docs/adding-a-resource.md`` add ``groups`` to a copy of the sources."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent.relative_to(ROOT)
CODE_BLOCK = re.compile(r"^```(?:python|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the sources and follow the page in the copy."""
    for folder in ("libs", "services", "tests", "docs/contract"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    follow_the_page(tmp_path)
    return tmp_path


def follow_the_page(sources: Path) -> None:
    page = (ROOT / "docs" / "adding-a-resource.md").read_text("utf-8")
    item, description, table = CODE_BLOCK.findall(page)
    items = sources / "libs/common/contracts/items.py"
    items.write_text(f"{items.read_text('utf-8')}\n\n{item}", "utf-8")
    registry = sources / "libs/common/contracts/resources.py"
    before, after = registry.read_text("utf-8").split("\n\nSCHEDULED")
    registry.write_text(f"{before}{description}\n\nSCHEDULED{after}", "utf-8")
    migrations = sources / "services/loader/migrations"
    number = len(list(migrations.glob("*.sql"))) + 1
    (migrations / f"{number:04}_groups.sql").write_text(table, "utf-8")


def run_in(folder: Path, *command: str, **environment: str) -> None:
    done = subprocess.run(  # noqa: S603 — our own tools
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **environment},  # noqa: TID251 — the address of the test's PostgreSQL is added
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_following_the_page_adds_the_resource_groups(copy: Path, postgres_url: str) -> None:
    run_in(copy, "libs.contract", "write")
    run_in(copy, "libs.contract", "check")
    shutil.copy(ROOT / HERE / "fetched_groups.py", copy / "tests/scenarios/fetcher/test_groups.py")
    run_in(
        copy,
        *("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"),
        str(HERE / "groups.py"),
        "tests/scenarios/fetcher/test_groups.py",
        "tests/integration/loader/test_columns.py",
        DATABASE_URL=postgres_url,
    )
