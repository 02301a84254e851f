"""Every view, in every language, in light and dark: readable by all."""

import pytest
from playwright.async_api import expect

from tests.browser.painted import letter
from tests.browser.reader import (
    CONTRAST,
    LANGUAGES,
    PHONE,
    VIEWS,
    Reader,
    broken_rules,
    overflow,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.mark.parametrize("view", VIEWS)
async def test_axe_finds_nothing_in_any_language_light_or_dark(reader: Reader, view: str) -> None:
    broken = {}

    for language, tag in LANGUAGES.items():
        page = await reader.page(language)
        await reader.open(page, view)
        broken[language, "light"] = await broken_rules(page)
        await page.emulate_media(color_scheme="dark")
        broken[language, "dark"] = await broken_rules(page, CONTRAST)
        assert (await page.locator("html").get_attribute("lang") or "") in tag
        await page.close()

    assert {place: rules for place, rules in broken.items() if rules} == {}


async def test_no_view_is_wider_than_a_phone(reader: Reader) -> None:
    wider = {}

    for language in LANGUAGES:
        page = await reader.page(language, size=PHONE)
        for view in VIEWS:
            await reader.open(page, view)
            wider[language, view] = await overflow(page)

    assert {place: pixels for place, pixels in wider.items() if pixels} == {}


async def test_a_hostile_name_is_only_text(reader: Reader) -> None:
    page = await reader.page()
    hostile = letter(reason=HOSTILE, value={"full_name": HOSTILE, HOSTILE: 1}, key=HOSTILE)

    await reader.open(page, VIEWS[5], **{"dead-letters__hemis.employees-1-88": hostile})

    await expect(page.locator("pre")).to_contain_text("<img src=x")
    await expect(page.locator("h1")).to_contain_text("<script>")
    assert await page.locator("#page img, #page script").count() == 0


async def test_the_key_is_asked_for_where_one_is_needed(reader: Reader) -> None:
    page = await reader.page("uz")

    await reader.open(page, progress__students=401)

    await expect(page.locator("h1")).to_have_text("Kirish")
    assert await broken_rules(page) == []


async def test_who_may_only_read_sees_why_nothing_can_be_started(reader: Reader) -> None:
    page = await reader.page()

    await reader.open(page, session={"name": "watcher", "role": "read"})

    start = page.get_by_role("button", name="Full sync").first
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(start).to_have_accessible_description("Your key may only look: nothing can be started or changed with it.")  # fmt: skip  # noqa: E501 — one sentence
    assert await broken_rules(page) == []


async def test_the_chosen_language_is_remembered(reader: Reader) -> None:
    page = await reader.page("en")
    await reader.open(page)

    await page.get_by_role("button", name="Русский").click()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await page.reload()

    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page.get_by_role("heading", name="Студенты")).to_be_visible()
