"""``docs/licences.md`` speaks of the packages that are locked; `make licences` judges them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)(?!.*win32)", re.MULTILINE)
LISTED = re.compile(r"^\| (\S+) +\| (\S+) ", re.MULTILINE)


@pytest.mark.parametrize("image", ["fetcher", "loader", "gateway", "simulator"])
def test_the_licence_of_every_package_in_an_image_is_listed(image: str) -> None:
    locked = PINNED.findall((ROOT / "requirements" / f"{image}.txt").read_text())
    listed = LISTED.findall((ROOT / "docs" / "licences.md").read_text())

    known = {(name.lower().replace("_", "-"), version) for name, version in listed}
    assert locked
    assert {*locked} - known == set(), "run `make licences`"
