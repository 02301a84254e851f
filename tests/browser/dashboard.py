"""The dashboard in Debian's Chromium, with sample answers instead of a real API."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, ViewportSize, async_playwright, expect

from libs.common.contracts.times import moment
from tests.browser.sample_answers import NOW, answer_to, as_json, sample_answers

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP: ViewportSize = {"width": 1_200, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
LANGUAGES = {"uz": "uz-Latn-UZ", "ru": "ru-RU", "en": "en-GB"}
VIEWS = (
    "#/", "#/history", "#/syncs/employees-1", "#/schedule", "#/dead-letters",
    "#/dead-letters/hemis.employees-1-88", "#/services",
)  # fmt: skip

Rules = dict[str, Any]
ALL_RULES: Rules = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# The only rule that the dark colours can break.
CONTRAST: Rules = {"type": "rule", "values": ["color-contrast"]}

# Waits for a condition: only a broken page waits this long.
expect.set_options(timeout=30_000)


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Chromium has no sandbox for the user root.
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@dataclass
class Dashboard:
    """Opens pages of the dashboard; ``errors`` holds the errors of their scripts."""

    browser: Browser
    url: str
    errors: list[str] = field(default_factory=list)

    async def page(
        self, language: str = "en", scheme: Any = "light", size: ViewportSize = DESKTOP
    ) -> Page:
        page = await self.browser.new_page(
            locale=LANGUAGES[language], color_scheme=scheme, timezone_id="Asia/Tashkent",
            viewport=size,
        )  # fmt: skip
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        return page

    async def open(self, page: Page, view: str = "#/", **changed: Any) -> None:
        """Show a view with the sample answers; ``changed`` replaces some of them."""
        await page.clock.set_fixed_time(moment(NOW))
        await serve_samples(page, **changed)
        await page.goto("about:blank")
        await page.goto(f"{self.url}/{view}")
        await expect(page.locator("h1")).to_be_visible()
        await page.wait_for_load_state("networkidle")


async def serve_samples(page: Page, **changed: Any) -> None:
    answers = sample_answers(**{name.replace("__", "/"): one for name, one in changed.items()})

    async def answer(route: Route) -> None:
        known = answer_to(route.request.url, answers)
        status = 404 if known is None else 200
        if isinstance(known, int):
            status, known = known, {"code": "key_required", "detail": "Show a key."}
        body = json.dumps(as_json(known or {"code": "not_found", "detail": "nothing"}))
        await route.fulfill(status=status, content_type="application/json", body=body)

    await page.unroute_all()
    await page.route("**/api/hemis/**", answer)


async def broken_rules(page: Page, rules: Rules = ALL_RULES) -> list[str]:
    """Return the axe-core rules that the page breaks, each with its elements."""
    results = await Axe().run(page, options={"runOnly": rules})
    return [
        f"{rule['id']}: {[node['html'][:120] for node in rule['nodes']][:4]}"
        for rule in results.response["violations"]
    ]


async def overflow_pixels(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(
        await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
