"""The dashboard's files: what can be known of them without a browser."""

import json
import re
from typing import Any

from libs.common.contracts.resources import Resource
from services.gateway.dashboard.files import FILES
from services.gateway.dashboard.resources import resources_script

LANGUAGES = ("uz", "ru", "en")
CATEGORIES = {"uz": {"other"}, "ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}
SCRIPTS = {
    str(path.relative_to(FILES)): path.read_text("utf-8") for path in sorted(FILES.rglob("*.js"))
}
LONGEST_FILE = 250


def words(language: str) -> dict[str, Any]:
    return dict(json.loads((FILES / "words" / f"{language}.json").read_text("utf-8")))


def texts(spoken: Any) -> list[str]:
    return [spoken] if isinstance(spoken, str) else list(spoken.values())


def gaps(spoken: Any) -> set[str]:
    return {name for text in texts(spoken) for name in re.findall(r"\{(\w+)\}", text)}


def test_every_language_says_the_same_things() -> None:
    said = {language: {key: gaps(one) for key, one in words(language).items()} for language in LANGUAGES}  # fmt: skip  # noqa: E501 — one table

    assert said["uz"] == said["ru"] == said["en"]


def test_whatever_is_counted_has_every_plural_of_its_language() -> None:
    counted = {
        (language, key): set(one)
        for language in LANGUAGES
        for key, one in words(language).items()
        if not isinstance(one, str)
    }

    assert counted == {place: CATEGORIES[place[0]] for place in counted}


def test_every_text_that_is_said_is_there_and_every_text_that_is_there_is_said() -> None:
    source = "\n".join(SCRIPTS.values())
    known = set(words("en"))
    composed = tuple(f"{stem}." for stem in re.findall(r"`([a-z.]+)\.\$\{", source))

    unknown = {key for key in re.findall(r'say\("([a-z._-]+)"', source) if key not in known}
    unsaid = {key for key in known if f'"{key}"' not in source and not key.startswith(composed)}

    assert (unknown, {key for key in unsaid if not key.startswith("question.")}) == (set(), set())


def test_no_file_is_long_and_no_text_can_become_markup() -> None:
    source = "\n".join(SCRIPTS.values())

    assert {name for name, text in SCRIPTS.items() if text.count("\n") > LONGEST_FILE} == set()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", source) == []


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_inline() -> None:
    page = (FILES / "index.html").read_text("utf-8")
    parts = [page, *SCRIPTS.values(), *(path.read_text("utf-8") for path in FILES.glob("css/*"))]
    named = {address for part in parts for address in re.findall(r"https?://[^\s\"')]+", part)}

    assert named == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"<script>|<style|\son\w+=|\sstyle=", page) == []


def test_every_list_has_a_card_and_a_name_in_every_language() -> None:
    first_line = resources_script().splitlines()[0]
    lists = json.loads(first_line.removeprefix("export const RESOURCES = ").rstrip(";"))

    assert [one["name"] for one in lists] == list(Resource)
    assert all(one["labels"].keys() == set(LANGUAGES) for one in lists)
    assert all(label for one in lists for label in one["labels"].values())


def test_only_people_are_synced_one_at_a_time() -> None:
    assert '"person": "student", "number": "student_id_number"' in resources_script()
    assert '"person": null, "number": null' in resources_script()
