"""Links of the documents resolve, and the index of the decisions is complete."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
DECISIONS = ROOT / "docs" / "decisions"
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the page's headings as GitHub names them in links."""
    headings = HEADING.findall(CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_resolves(page: Path) -> None:
    links = LINK.findall(CODE.sub("", page.read_text()))
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]

    assert [str(target) for target, _ in targets if not target.exists()] == []
    assert [anchor for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def test_the_index_lists_every_decision_under_its_title() -> None:
    titles = {
        path.name: path.read_text().split("\n", 1)[0] for path in sorted(DECISIONS.glob("0*.md"))
    }
    row = re.compile(r"^\| \[(\d+)\]\(([^)]+)\) \| [\d-]+ \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
    rows = row.findall((DECISIONS / "README.md").read_text())

    assert {file: f"# {number}. {title}" for number, file, title in rows} == titles
    assert [int(number) for number, _, _ in rows] == list(range(1, len(titles) + 1))
