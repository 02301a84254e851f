"""Actions in the dashboard of a whole system: real services, Kafka and PostgreSQL."""

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.dashboard import CHROMIUM, Dashboard, running_browser
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
    """A page of a system with 300 students, whose sync takes a few seconds."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    await system.start_all(HEMIS_PAGE_SIZE="20", HEMIS_PAGE_PAUSE_SECONDS="0.3")
    async with running_browser() as browser:
        dashboard = Dashboard(browser, f"http://127.0.0.1:{system.ports['gateway']}")
        page = await dashboard.page()
        await page.goto(dashboard.url)
        yield page
        assert dashboard.errors == []


async def test_a_sync_is_started_cancelled_and_resumed_with_the_keyboard(
    page: Page,
) -> None:
    students = page.get_by_role("region", name="Students")
    await students.get_by_role("button", name="Full sync").focus()

    await page.keyboard.press("Enter")
    await expect(students).to_contain_text("Fetching page", timeout=60_000)
    await students.get_by_role("button", name="Cancel").press("Enter")
    await page.get_by_role("button", name="Yes, cancel it").press("Enter")
    await expect(students).to_contain_text("Cancelled.", timeout=60_000)
    await students.get_by_role("button", name="Resume").press("Enter")
    await expect(students).to_contain_text("All 300 records in HEMIS are", timeout=60_000)

    await expect(page.locator("#announcement")).to_contain_text("All 300 records")
    await expect(students.get_by_role("progressbar")).to_have_attribute("value", "300")


async def test_the_page_shows_that_the_gateway_is_away_and_notices_its_return(
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
    await expect(students).to_contain_text("All 300 records in HEMIS are", timeout=60_000)


async def test_the_sync_of_one_student_shows_its_result_in_words(page: Page) -> None:
    form = page.get_by_role("form", name="Student")

    await form.get_by_label("HEMIS id").fill("50421")
    await form.get_by_label("HEMIS id").press("Enter")
    await expect(form).to_contain_text("HEMIS id 50421: added to the database.")
    await form.get_by_label("Student number").fill("999999999999")
    await form.get_by_role("button", name="Sync").click()

    await expect(page.locator("#main")).to_contain_text("HEMIS does not know this person")
