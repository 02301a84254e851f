"""Findings from answers of HEMIS and from failed connections."""

import socket
import ssl

import pytest

from services.fetcher.hemis.checks.findings import answered, failed
from services.fetcher.hemis.checks.probe import unreachable, validity
from services.fetcher.hemis.errors import (
    HemisMalformed,
    HemisRateLimited,
    HemisUnavailable,
    HemisUntrusted,
    error_for,
)

URL = "https://student.example.uz/rest/v1/data/student-list"
DAY = 86_400


def untrusted(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(-2, "Name or service not known"), "hemis_address_unknown"),
        (ConnectionRefusedError(), "hemis_refuses_connection"),
        (TimeoutError(), "hemis_silent"),
        (ssl.SSLError(), "hemis_no_tls"),
        (OSError(), "hemis_unreachable"),
        (untrusted(10, "certificate has expired"), "hemis_certificate_expired"),
        (untrusted(20, "unable to get local issuer certificate"), "hemis_certificate_untrusted"),
        (untrusted(62, "hostname mismatch"), "hemis_certificate_untrusted"),
    ],
)
def test_an_unreachable_server_is_reported_with_the_reason(error: Exception, code: str) -> None:
    *_, finding = unreachable(error, "student.example.uz")

    assert finding.code == code
    assert finding.detail
    assert finding.advice


@pytest.mark.parametrize(
    ("days", "code"),
    [(90, "ok"), (14, "ok"), (13.9, "hemis_certificate_expires_soon")],
)
def test_a_certificate_is_named_two_weeks_before_its_end(days: float, code: str) -> None:
    assert validity(days * DAY, 0).code == code


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (error_for(401, URL, None), ["hemis_token_refused"]),
        (error_for(403, URL, None), ["hemis_token_without_right"]),
        (error_for(404, URL, None), ["hemis_list_missing"]),
        (error_for(302, URL, None), ["hemis_rejects"]),
        (error_for(503, URL, None), ["hemis_in_trouble"]),
        (HemisMalformed("the answer is no JSON"), ["hemis_answers_no_json"]),
        (HemisUnavailable("ServerDisconnectedError"), ["hemis_in_trouble"]),
        (HemisRateLimited(URL, None), ["ok", "ok"]),
        (HemisUntrusted("reported by the probe"), []),
    ],
)
def test_an_error_names_what_is_wrong_with_token_or_lists(
    error: HemisMalformed, codes: list[str]
) -> None:
    assert [finding.code for finding in failed(error)] == codes


def test_the_advice_is_not_repeated() -> None:
    (finding,) = failed(error_for(401, URL, None))

    assert finding.detail == f"HEMIS refuses the token: HTTP 401 from {URL}"


def test_a_hemis_that_counts_no_students_is_a_finding() -> None:
    assert [finding.code for finding in answered(0)] == ["ok", "hemis_lists_nobody"]
    assert [finding.code for finding in answered(23_238)] == ["ok", "ok"]
