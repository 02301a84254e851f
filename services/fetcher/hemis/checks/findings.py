"""Findings about token and lists, from answers and errors of HEMIS. Pure."""

from libs.common.contracts.heartbeats import Finding
from services.fetcher.hemis.errors import HemisError, HemisRateLimited, HemisRejected

TOKEN, LISTS = "HEMIS token", "HEMIS lists"

_OF_ERROR = {
    "auth": (
        TOKEN,
        "hemis_token_refused",
        "check HEMIS_BEARER_TOKEN, or ask HEMIS's administrator for a new token",
    ),
    "permission": (
        TOKEN,
        "hemis_token_without_right",
        "HEMIS's administrator must give the token the right to the lists",
    ),
    "not_found": (
        LISTS,
        "hemis_list_missing",
        "check HEMIS_API_URL, and whether this version of HEMIS has this list",
    ),
    "malformed": (
        LISTS,
        "hemis_answers_no_json",
        "check HEMIS_API_URL: a login page or a proxy may answer in HEMIS's place",
    ),
    "rejected": (LISTS, "hemis_rejects", "check HEMIS_API_URL and the HEMIS_ filters"),
    "unavailable": (LISTS, "hemis_in_trouble", "wait, then ask HEMIS's administrator"),
}
"""By the error's code: subject, code and advice of the finding."""


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
    if error.code not in _OF_ERROR:
        return ()
    subject, code, advice = _OF_ERROR[error.code]
    text = str(error)
    if isinstance(error, HemisRejected):
        # Without the advice of the error, as the finding has its own.
        text = text.rpartition(": ")[0] or text
    return (Finding(subject=subject, code=code, detail=text, advice=advice),)
