"""The dashboard's texts in three languages, and the translated terms of docs/translations.md."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.gateway.dashboard.files import FILES

ROOT = Path(__file__).parents[4]
LANGUAGES = ("uz", "ru", "en")
PLURALS = {"uz": {"other"}, "ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(FILES.rglob("*.js")))
TERMS = (ROOT / "docs" / "translations.md").read_text("utf-8")
GUIDES = sorted(ROOT.glob("docs/uz/*.md"))

# Variants that docs/translations.md rules out, with the term that is used instead.
FORBIDDEN = {
    "en": {
        r"[Nn]ot loaded|[Ll]oad(ed)? again": "Rejected records, retry",
        r"[Gg]o on with|[Gg]one on": "resume",
        r"sign of life": "heartbeat",
    },
    "ru": {
        r"[Нн]езагруженн": "отклонённые записи",
        r"[Зз]агружа\w+ страниц|страниц\w+ загружен": "получать, not загружать, of pages",
        r"застрял": "зависла",
        r"\bвест[иь]": "сигнал",
        r"раздел, место|\bтем[аы],": "топик, партиция, смещение",
    },
    "uz": {
        r"[Yy]uklanmagan yozuv": "rad etilgan yozuvlar",
        r"\bsekund|\bsek\b": "soniya",
        r"[Yy]uklovchi xizmat": "oluvchi, where the fetcher is meant",
        r"to‘liq emas|tugagan, to‘liq|[Oo]xirgi to‘liq": "kamchiliksiz, where complete is meant",
    },
}
# Straight quotes and look-alikes where ‘ (o‘, g‘) or ’ (ma’lumot) belongs.
WRONG_APOSTROPHES = re.compile(r"\w['`ʻʼ´]\w|[oOgG]’|[^oOgG\W]‘\w")


def texts(language: str) -> dict[str, Any]:
    return dict(json.loads((FILES / "locales" / f"{language}.json").read_text("utf-8")))


def variants(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: Any) -> set[str]:
    return {name for one in variants(text) for name in re.findall(r"\{(\w+)\}", one)}


def without_code(markdown: str) -> str:
    return re.sub(r"```.*?```|`[^`]*`", "", markdown, flags=re.DOTALL)


def all_texts(language: str) -> dict[str, str]:
    """Every text of a language, by its key or file name."""
    found = {
        f"{key} {number}": text
        for key, one in texts(language).items()
        for number, text in enumerate(variants(one))
    }
    guides = {path.name: without_code(path.read_text("utf-8")) for path in GUIDES}
    return found | (guides if language == "uz" else {})


def test_all_languages_have_the_same_keys_and_placeholders() -> None:
    found = {
        language: {key: placeholders(text) for key, text in texts(language).items()}
        for language in LANGUAGES
    }

    assert found["uz"] == found["ru"] == found["en"]


def test_no_key_stands_twice_in_a_file() -> None:
    for language in LANGUAGES:
        content = (FILES / "locales" / f"{language}.json").read_text("utf-8")
        pairs = json.loads(content, object_pairs_hook=list)
        assert len(pairs) == len({key for key, _ in pairs})


def test_counted_texts_have_every_plural_of_their_language() -> None:
    plurals = {
        (language, key): set(text)
        for language in LANGUAGES
        for key, text in texts(language).items()
        if not isinstance(text, str)
    }

    assert plurals == {place: PLURALS[place[0]] for place in plurals}


def test_every_used_key_has_a_text_and_every_text_is_used() -> None:
    known = set(texts("en"))
    composed = tuple(f"{stem}." for stem in re.findall(r"`([a-z._-]+)\.\$\{", SOURCE))

    missing = {key for key in re.findall(r'\bt\("([a-z._-]+)"', SOURCE) if key not in known}
    unused = {key for key in known if f'"{key}"' not in SOURCE and not key.startswith(composed)}

    assert missing == set()
    assert {key for key in unused if not key.startswith("confirm.")} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_uses_a_variant_that_the_glossary_rules_out(language: str) -> None:
    found = [
        f"{place}: {match.group()} → {term}"
        for place, text in all_texts(language).items()
        for variant, term in FORBIDDEN[language].items()
        if (match := re.search(variant, text))
    ]

    assert found == []


def test_uzbek_texts_use_the_right_apostrophes() -> None:
    found = {
        place: WRONG_APOSTROPHES.findall(text)
        for place, text in all_texts("uz").items()
        if WRONG_APOSTROPHES.search(text)
    }

    assert found == {}


def test_the_terms_of_the_glossary_are_the_terms_of_the_texts() -> None:
    rows = re.findall(r"^\| .+ \| (.+) \| (.+) \| `([a-z._-]+)` \|$", TERMS, re.MULTILINE)

    assert len(rows) > 20
    for uzbek, russian, key in rows:
        assert (key, texts("uz")[key].casefold()) == (key, uzbek.casefold())
        assert (key, texts("ru")[key].casefold()) == (key, russian.casefold())


def test_every_finding_of_the_runbook_has_a_translation() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    table = runbook[runbook.index("| `service_not_seen`") :].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]
    codes = {code for cell in cells for code in re.findall(r"`([a-z_]+)`", cell)}
    script = (FILES / "app" / "text" / "findings.js").read_text("utf-8")

    assert codes - set(re.findall(r'"([a-z_]+)"', script)) == {"not_ready"}
