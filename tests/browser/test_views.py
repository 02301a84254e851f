"""Every view, in every language, in light and dark: readable by all."""

from typing import Any

import pytest
from playwright.async_api import expect

from libs.common.contracts.resources import Resource
from tests.browser.painted import ended, kafka_away, letter
from tests.browser.reader import (
    CONTRAST,
    LANGUAGES,
    PHONE,
    VIEWS,
    Reader,
    broken_rules,
    overflow,
    running_browser,
)
from tests.integration.gateway.running_gateway import running_gateway

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.mark.parametrize("view", VIEWS)
async def test_everybody_can_read_it_in_any_language_light_or_dark_also_on_a_phone(
    reader: Reader, view: str
) -> None:
    found: dict[tuple[str, str], object] = {}

    for language, tag in LANGUAGES.items():
        page = await reader.page(language)
        await reader.open(page, view)
        assert (await page.locator("html").get_attribute("lang") or "") in tag
        found[language, "light"] = await broken_rules(page)
        await page.emulate_media(color_scheme="dark")
        found[language, "dark"] = await broken_rules(page, CONTRAST)
        await page.set_viewport_size(PHONE)
        found[language, "pixels beyond a phone"] = await overflow(page)
        await page.close()

    assert {place: one for place, one in found.items() if one} == {}


async def test_a_hostile_name_is_only_text(reader: Reader) -> None:
    page = await reader.page()
    hostile = letter(reason=HOSTILE, value={"full_name": HOSTILE, HOSTILE: 1}, key=HOSTILE)

    await reader.open(page, VIEWS[5], **{"dead-letters__hemis.employees-1-88": hostile})

    await expect(page.locator("pre")).to_contain_text("<img src=x")
    await expect(page.locator("h1")).to_contain_text("<script>")
    assert await page.locator("#page img, #page script").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_doctor_finds_wrong_stands_on_the_overview_and_not_beside_all_is_well(
    reader: Reader, language: str
) -> None:
    page = await reader.page(language)
    complete: dict[str, Any] = {f"progress__{one}": ended(one, 1) for one in Resource}

    await reader.open(page, doctor=kafka_away(), **complete)

    await expect(page.locator(".banner.bad")).to_contain_text("Kafka: no answer")
    await expect(page.locator(".banner.bad")).to_contain_text(
        "see whether all brokers of Kafka run"
    )
    await expect(page.locator("h1.verdict")).to_have_class("verdict warn")
    assert await broken_rules(page) == []


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


async def test_a_key_opens_a_session_that_lasts_over_a_reload() -> None:
    async with (
        running_gateway(gateway_api_keys="watcher:a-key-of-our-own:read") as gateway,
        running_browser() as browser,
    ):
        page = await Reader(browser, gateway.url).page()
        await page.goto(gateway.url)

        await page.get_by_label("Key").fill("a-key-of-someone")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#main")).to_contain_text("This key is not right.")
        await page.get_by_label("Key").fill("a-key-of-our-own")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("region", name="Students")).to_be_visible()
        await page.reload()

        await expect(page.get_by_role("region", name="Students")).to_be_visible()
        await expect(page.locator("#read-only")).to_be_visible()


async def test_the_chosen_language_is_remembered(reader: Reader) -> None:
    page = await reader.page("en")
    await reader.open(page)

    await page.get_by_role("button", name="Русский").click()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await page.reload()

    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page.get_by_role("heading", name="Студенты")).to_be_visible()
