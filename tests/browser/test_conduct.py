"""What people do with the dashboard, on the whole system: real services, Kafka and PostgreSQL."""

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.reader import CHROMIUM, Reader, running_browser
from tests.e2e.system import System, running_system

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
async def system(
    tmp_path: Path, bootstrap_servers: str, database_url: str, topic_prefix: str
) -> AsyncIterator[System]:
    async with running_system(tmp_path, bootstrap_servers, database_url, topic_prefix) as system:
        yield system


@pytest.fixture
async def page(system: System) -> AsyncIterator[Page]:
    """Of the dashboard of a system that has 300 students and takes a little for them."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    await system.start_all(HEMIS_PAGE_SIZE="20", HEMIS_PAGE_PAUSE_SECONDS="0.3")
    async with running_browser() as browser:
        reader = Reader(browser, f"http://127.0.0.1:{system.ports['gateway']}")
        page = await reader.page()
        await page.goto(reader.url)
        yield page
        assert reader.troubles == []


async def test_a_sync_is_started_by_keyboard_cancelled_resumed_and_seen_to_its_end(
    page: Page,
) -> None:
    students = page.get_by_role("region", name="Students")
    await students.get_by_role("button", name="Full sync").focus()

    await page.keyboard.press("Enter")
    await expect(students).to_contain_text("Fetching page", timeout=60_000)
    await students.get_by_role("button", name="Cancel").press("Enter")
    await page.get_by_role("button", name="Yes, cancel it").press("Enter")
    await expect(students).to_contain_text("Cancelled;", timeout=60_000)
    await students.get_by_role("button", name="Go on").press("Enter")
    await expect(students).to_contain_text("All 300 records HEMIS has are", timeout=60_000)

    await expect(page.locator("#spoken")).to_contain_text("All 300 records")
    await expect(students.get_by_role("progressbar")).to_have_attribute("value", "300")


async def test_a_gateway_that_is_gone_is_said_and_its_return_is_noticed(
    page: Page, system: System
) -> None:
    students = page.get_by_role("region", name="Students")
    await students.get_by_role("button", name="Full sync").click()
    await expect(students).to_contain_text("Fetching page", timeout=60_000)

    await system.programs["gateway"].end(signal.SIGKILL)
    await expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"has not answered since \d\d:\d\d")
    )
    await system.start("gateway")

    await expect(page.get_by_role("alert")).to_have_count(0, timeout=60_000)
    await expect(students).to_contain_text("All 300 records HEMIS has are", timeout=60_000)


async def test_one_student_is_synced_and_the_answer_is_in_words(page: Page) -> None:
    form = page.get_by_role("form", name="Student")

    await form.get_by_label("HEMIS id").fill("50421")
    await form.get_by_label("HEMIS id").press("Enter")
    await expect(form).to_contain_text("HEMIS id 50421: added to the database.")
    await form.get_by_label("Student number").fill("999999999999")
    await form.get_by_role("button", name="Sync").click()

    await expect(page.locator("#main")).to_contain_text("HEMIS does not know this person")
