"""docs/tables.md says of the tables what the tables say, and its queries answer."""

import re
from collections import Counter

import pytest

from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, position, student
from tests.integration.loader.tables_page import PAGES, columns, written

pytestmark = pytest.mark.integration

QUERIES = re.compile(r"```sql\n(SELECT.*?)```", re.DOTALL)
GROUP = {"id": 7, "name": "101-24"}
OTHER_GROUP = {"id": 8, "name": "201-24"}


async def test_every_column_of_every_table_has_a_comment(database_url: str) -> None:
    lacking = [
        f"{row['table']}.{row['name']}"
        for row in await columns(database_url)
        if not (row["meaning"] and row["about"])
    ]

    assert lacking == []


@pytest.mark.parametrize("language", PAGES)
async def test_the_page_lists_the_columns_as_they_are(database_url: str, language: str) -> None:
    page = PAGES[language].read_text(encoding="utf-8")

    assert written(page, language, await columns(database_url)) == page


async def test_tables_that_the_page_does_not_name_are_said_to_be_internal(
    database_url: str,
) -> None:
    page = PAGES["en"].read_text(encoding="utf-8")
    found = {row["table"]: row["about"] for row in await columns(database_url)}
    internal = {name for name, about in found.items() if about.startswith("Internal. ")}

    assert internal == {name for name in found if f"`{name}`" not in page} - {"syncs"}


FACULTY = {"id": "12", "name": "Fizika fakulteti", "code": "F"}
PAYMENT = [{"code": "11", "name": "Davlat granti"}, {"code": "12", "name": "To‘lov-shartnoma"}]


def someone(n: int, **changed: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "student_id_number": f"3262512006{n:02}",
        "studentStatus": {"code": "11", "name": "O‘qimoqda"},
        "paymentForm": PAYMENT[n % 2],
        "level": {"code": "11", "name": "1-kurs"},
        "department": FACULTY,
        "group": GROUP,
    }
    return student(n, **fields) | changed


async def load_a_university(system: LoaderSystem) -> None:
    """Load one faculty, one tutor, and two syncs of students between which three changed."""
    async with system.loader():
        departments = [{"id": 12, "name": "Fizika fakulteti", "code": "F", "active": True}]
        await system.sync("d", departments, Resource.DEPARTMENTS)
        await system.report("d")
        await system.sync(
            "e", [position(1, 10, tutorGroups=[GROUP]), position(1, 11)], Resource.EMPLOYEES
        )
        await system.report("e")
        await system.sync("s1", [someone(n) for n in range(1, 41)])
        await system.report("s1")
        stayed = [someone(n) for n in range(2, 40)]
        await system.sync("s2", [someone(58), *stayed, someone(40, group=OTHER_GROUP)])
        await system.report("s2")


async def test_the_queries_of_the_page_answer(system: LoaderSystem) -> None:
    await load_a_university(system)

    english, uzbek = (QUERIES.findall(page.read_text(encoding="utf-8")) for page in PAGES.values())
    assert english == uzbek
    answers = [await _answer(system, query) for query in english]
    assert answers[0] == [("Fizika fakulteti", "1-kurs", 40)]
    assert len(answers[1]) == 40
    assert [row[0] for row in answers[2]] == [1]
    assert [row[:2] for row in answers[3]] == [("students", 40)]
    assert answers[4] == [("SINOVOV 40", "101-24", "201-24")]
    assert answers[5][0][2] == "101-24"
    assert Counter(row[1] for row in answers[6]) == {"group_id": 1, "group_name": 1}
    assert answers[7] == [("101-24", "NAMUNAYEV SINOV", 39)]
    assert answers[8] == [("NAMUNAYEV SINOV", 2)]
    assert answers[9] == [(None, "Fizika fakulteti", 40)]
    assert [(row[1], str(row[2])) for row in answers[10]] == [
        ("Davlat granti", "52.5"),
        ("To‘lov-shartnoma", "47.5"),
    ]
    assert [row[0] for row in answers[11]] == ["departments", "employees", "students"]


async def _answer(system: LoaderSystem, query: str) -> list[tuple[object, ...]]:
    own = query.replace("hemis.", f"{system.settings.database_schema}.").replace("= 50421", "= 40")
    return [tuple(row) for row in await system.rows(own)]
