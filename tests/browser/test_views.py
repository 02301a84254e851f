"""Every view is accessible, in every language, in light and dark colours, also on a phone."""

from typing import Any

import pytest
from playwright.async_api import expect

from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from services.gateway.views.schemas import Progress
from services.gateway.views.status import Status
from tests.browser.dashboard import (
    CONTRAST,
    LANGUAGES,
    PHONE,
    VIEWS,
    Dashboard,
    broken_rules,
    overflow_pixels,
    running_browser,
    serve_samples,
)
from tests.browser.sample_answers import NOW, dead_letter, ended_sync, kafka_away, status
from tests.integration.gateway.running_gateway import running_gateway

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

NEVER_SYNCED: dict[str, Any] = {"status": "idle", "syncId": None, "errors": []}
KAFKA_AWAY = {
    "uz": "Kafka javob bermayapti",
    "ru": "Kafka не отвечает",
    "en": "Kafka does not answer",
}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_is_accessible_in_every_language_and_colour_scheme_and_on_a_phone(
    dashboard: Dashboard, view: str
) -> None:
    found: dict[tuple[str, str], object] = {}

    for language, tag in LANGUAGES.items():
        page = await dashboard.page(language)
        await dashboard.open(page, view)
        assert (await page.locator("html").get_attribute("lang") or "") in tag
        found[language, "light"] = await broken_rules(page)
        await page.emulate_media(color_scheme="dark")
        found[language, "dark"] = await broken_rules(page, CONTRAST)
        await page.set_viewport_size(PHONE)
        found[language, "pixels beyond a phone"] = await overflow_pixels(page)
        await page.close()

    assert {place: one for place, one in found.items() if one} == {}


async def test_markup_in_a_name_is_shown_as_text(dashboard: Dashboard) -> None:
    page = await dashboard.page()
    hostile = dead_letter(reason=HOSTILE, value={"full_name": HOSTILE, HOSTILE: 1}, key=HOSTILE)

    await dashboard.open(page, VIEWS[5], **{"dead-letters__hemis.employees-1-88": hostile})

    await expect(page.locator("pre")).to_contain_text("<img src=x")
    await expect(page.locator("h1")).to_contain_text("<script>")
    assert await page.locator("#page img, #page script").count() == 0


COMPLETE: dict[str, Any] = {f"progress__{one}": ended_sync(one, 1) for one in Resource} | {
    "status": status(students_age_hours=1),
    "syncs students": {"items": [], "next": None},
}


async def test_a_half_filled_form_stays_when_a_banner_above_it_disappears(
    dashboard: Dashboard,
) -> None:
    page = await dashboard.page()
    await dashboard.open(page, doctor=kafka_away(), **COMPLETE)
    field = page.get_by_role("form", name="Student").get_by_label("HEMIS id")
    await field.fill("50421")

    await serve_samples(page, **COMPLETE)
    await page.clock.set_fixed_time(moment(NOW + 60_000))

    await expect(page.locator(".banner.bad")).to_have_count(0, timeout=30_000)
    await expect(field).to_have_value("50421")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_overview_shows_the_findings_of_doctor_in_every_language(
    dashboard: Dashboard, language: str
) -> None:
    page = await dashboard.page(language)

    await dashboard.open(page, doctor=kafka_away(), **COMPLETE)

    banner = page.locator(".banner.bad")
    await expect(banner.locator("h2")).to_contain_text(KAFKA_AWAY[language])
    await expect(banner).to_contain_text("Kafka: no answer")
    await expect(banner).to_contain_text("see whether all brokers of Kafka run")
    await expect(page.locator("h1.headline")).to_have_class("headline warn")
    assert await broken_rules(page) == []


async def test_a_finding_without_a_translation_is_shown_in_english(dashboard: Dashboard) -> None:
    page = await dashboard.page("uz")

    await dashboard.open(page, doctor=kafka_away("a_new_code"), **COMPLETE)

    await expect(page.get_by_text("Kafka: no answer")).to_be_visible()


@pytest.mark.parametrize(
    ("changed", "headline", "tone"),
    [
        ({}, "All HEMIS records are in the database: Students, Employees, Departments", "good"),
        (
            {"progress__departments": NEVER_SYNCED},
            "All HEMIS records are in the database: Students, Employees. "
            "Not synced yet: Departments",
            "quiet",
        ),
        (
            {f"progress__{one}": NEVER_SYNCED for one in Resource},
            "Not synced yet: Students, Employees, Departments",
            "quiet",
        ),
        ({"doctor": 500}, "Checking the state…", "quiet"),
        ({"doctor": kafka_away()}, "There is a problem: see below", "warn"),
    ],
)
async def test_the_headline_names_only_lists_that_are_known_to_be_complete(
    dashboard: Dashboard, changed: dict[str, Any], headline: str, tone: str
) -> None:
    page = await dashboard.page()

    await dashboard.open(page, **COMPLETE | changed)

    await expect(page.locator("h1")).to_have_text(headline)
    await expect(page.locator("h1")).to_have_class(f"headline {tone}")


@pytest.mark.parametrize(
    ("language", "headline", "words", "counts"),
    [
        (
            "en",
            "The last sync of each list is complete",
            "1 changed record was loaded.",
            "100% Only what changed: 1 of 1 in the database",
        ),
        (
            "ru",
            "Последняя синхронизация каждого списка завершена без пропусков",
            "Загружена 1 изменившаяся запись.",
            "Только изменения: 1 из 1 в базе",
        ),
        (
            "uz",
            "Har bir ro‘yxatning oxirgi sinxronlanishi kamchiliksiz tugagan",
            "1 ta o‘zgargan yozuv yuklandi.",
            "Faqat o‘zgarganlar: 1 tadan 1 tasi bazada",
        ),
    ],
)
async def test_an_incremental_sync_claims_only_the_changed_records(
    dashboard: Dashboard, language: str, headline: str, words: str, counts: str
) -> None:
    page = await dashboard.page(language)
    report = ended_sync(Resource.STUDENTS, 1, total=1, mode=Mode.INCREMENTAL)
    progress = Progress(**{name: getattr(report, name) for name in Progress.model_fields})
    syncs = {"items": [report], "next": None}

    await dashboard.open(
        page, **COMPLETE | {"progress__students": progress, "syncs students": syncs}
    )

    students = page.locator("section.card[data-key=students]")
    await expect(students.locator(".sentence")).to_have_text(words)
    await expect(students.locator(".bar")).to_contain_text(counts)
    await expect(page.locator("h1")).to_contain_text(headline)


async def test_rejected_records_are_not_counted_as_in_the_database(dashboard: Dashboard) -> None:
    page = await dashboard.page()
    rejected = ended_sync(Resource.STUDENTS, 1, total=300, complete=False, rejected=1)

    await dashboard.open(page, **COMPLETE | {"progress__students": rejected})

    students = page.locator("section.card[data-key=students]")
    await expect(students.locator(".bar")).to_contain_text("99% 299 of 300 in the database")
    await expect(students.get_by_role("progressbar")).to_have_attribute("value", "299")


@pytest.mark.parametrize(("newest", "offers"), [("employees-1", 1), ("employees-0", 0)])
async def test_only_the_newest_sync_of_a_list_offers_to_be_resumed(
    dashboard: Dashboard, newest: str, offers: int
) -> None:
    page = await dashboard.page()
    failed = ended_sync(
        Resource.EMPLOYEES, 1, status=Status.FAILED, complete=None, end_time=NOW - 60_000
    )
    last = ended_sync(Resource.EMPLOYEES, 0, sync_id=newest)

    await dashboard.open(
        page, "#/syncs/employees-1", progress__employees=last, **{"syncs__employees-1": failed}
    )

    await expect(page.get_by_role("button", name="Resume")).to_have_count(offers)
    await expect(page.get_by_text("Press “Resume”")).to_have_count(offers)


async def test_the_page_asks_for_a_key_if_the_gateway_needs_one(dashboard: Dashboard) -> None:
    page = await dashboard.page("uz")

    await dashboard.open(page, progress__students=401)

    await expect(page.locator("h1")).to_have_text("Kirish")
    assert await broken_rules(page) == []


async def test_with_a_read_only_key_the_buttons_say_why_they_are_disabled(
    dashboard: Dashboard,
) -> None:
    page = await dashboard.page()

    await dashboard.open(page, session={"name": "watcher", "role": "read"})

    start = page.get_by_role("button", name="Full sync").first
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(start).to_have_accessible_description("Your key is read-only: it cannot start or change anything.")  # fmt: skip  # noqa: E501 — one sentence
    assert await broken_rules(page) == []


async def test_a_session_lasts_after_a_reload() -> None:
    async with (
        running_gateway(gateway_api_keys="watcher:a-key-of-our-own:read") as gateway,
        running_browser() as browser,
    ):
        page = await Dashboard(browser, gateway.url).page()
        await page.goto(gateway.url)

        await page.get_by_label("API key").fill("a-key-of-someone")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#main")).to_contain_text("This API key is wrong.")
        await page.get_by_label("API key").fill("a-key-of-our-own")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("region", name="Students")).to_be_visible()
        await page.reload()

        await expect(page.get_by_role("region", name="Students")).to_be_visible()
        await expect(page.locator("#read-only")).to_be_visible()


async def test_the_chosen_language_is_remembered(dashboard: Dashboard) -> None:
    page = await dashboard.page("en")
    await dashboard.open(page)

    await page.get_by_role("button", name="Русский").click()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await page.reload()

    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page.get_by_role("heading", name="Студенты")).to_be_visible()
