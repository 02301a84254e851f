"""The dashboard's files: what can be checked without a browser."""

import json
import re

from libs.common.contracts.resources import Labels, Resource
from services.gateway.dashboard.files import FILES
from services.gateway.dashboard.resources import resources_script

SCRIPTS = {
    str(path.relative_to(FILES)): path.read_text("utf-8") for path in sorted(FILES.rglob("*.js"))
}
LONGEST_FILE = 250
MOST_FILES_IN_A_FOLDER = 15


def test_no_script_is_long_and_no_folder_is_full() -> None:
    folders = {path.parent for path in FILES.rglob("*.js")}

    assert {name for name, text in SCRIPTS.items() if text.count("\n") > LONGEST_FILE} == set()
    assert max(len(list(folder.glob("*.js"))) for folder in folders) <= MOST_FILES_IN_A_FOLDER


def test_no_text_can_become_markup() -> None:
    source = "\n".join(SCRIPTS.values())

    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", source) == []


def test_nothing_is_loaded_from_other_servers_and_nothing_is_inline() -> None:
    page = (FILES / "index.html").read_text("utf-8")
    parts = [page, *SCRIPTS.values(), *(path.read_text("utf-8") for path in FILES.glob("css/*"))]
    addresses = {address for part in parts for address in re.findall(r"https?://[^\s\"')]+", part)}

    assert addresses == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"<script>|<style|\son\w+=|\sstyle=", page) == []


def test_every_list_has_a_card_and_a_name_in_every_language() -> None:
    first_line = resources_script().splitlines()[0]
    lists = json.loads(first_line.removeprefix("export const RESOURCES = ").rstrip(";"))

    assert [one["name"] for one in lists] == list(Resource)
    assert all(one["labels"].keys() == set(Labels._fields) for one in lists)
    assert all(label for one in lists for label in one["labels"].values())


def test_only_people_are_synced_one_at_a_time() -> None:
    assert '"person": "student", "number": "student_id_number"' in resources_script()
    assert '"person": null, "number": null' in resources_script()
