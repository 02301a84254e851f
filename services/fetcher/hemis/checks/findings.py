"""Findings about token and lists, from answers and errors of HEMIS. Pure."""

from libs.common.contracts.heartbeats import Finding
from services.fetcher.hemis.errors import HemisError, HemisRateLimited, HemisRejected

TOKEN, LISTS = "HEMIS token", "HEMIS lists"

_OF_TOKEN = {
    "auth": (
        "hemis_token_refused",
        "check HEMIS_BEARER_TOKEN, or ask HEMIS's administrator for a new token",
    ),
    "permission": (
        "hemis_token_without_right",
        "HEMIS's administrator must give the token the right to the lists",
    ),
}
_OF_LISTS = {
    "not_found": (
        "hemis_list_missing",
        "check HEMIS_API_URL, and whether this version of HEMIS has this list",
    ),
    "malformed": (
        "hemis_answers_no_json",
        "check HEMIS_API_URL: a login page or a proxy may answer in HEMIS's place",
    ),
    "rejected": ("hemis_rejects", "check HEMIS_API_URL and the HEMIS_ filters"),
    "unavailable": ("hemis_in_trouble", "wait, then ask HEMIS's administrator"),
}


def answered(students: int | None) -> tuple[Finding, ...]:
    """Return the findings of a page; ``students`` is HEMIS's count, None if it is unknown."""
    token = Finding(subject=TOKEN)
    if students != 0:
        detail = f"HEMIS counts {students:,} students" if students is not None else ""
        return token, Finding(subject=LISTS, detail=detail)
    return token, Finding(
        subject=LISTS,
        code="hemis_lists_nobody",
        detail="HEMIS answers, and counts no student at all",
        advice="check HEMIS_STUDENT_STATUS, and which students the token may see",
    )


def failed(error: HemisError) -> tuple[Finding, ...]:
    """Return the findings of an error; none if it says nothing about token or lists."""
    if isinstance(error, HemisRateLimited):
        return answered(None)
    if error.code in _OF_TOKEN:
        code, advice = _OF_TOKEN[error.code]
        return (Finding(subject=TOKEN, code=code, detail=_text_of(error), advice=advice),)
    if error.code in _OF_LISTS:
        code, advice = _OF_LISTS[error.code]
        return (Finding(subject=LISTS, code=code, detail=_text_of(error), advice=advice),)
    return ()


def _text_of(error: HemisError) -> str:
    """Return what happened, without the advice: a finding has its own."""
    text = str(error)
    return text.rpartition(": ")[0] or text if isinstance(error, HemisRejected) else text
