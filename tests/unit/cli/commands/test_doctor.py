from libs.cli.commands.doctor import diagnosis_lines


def test_a_failed_check_shows_the_problem_and_the_advice_in_eighty_columns() -> None:
    passed = {"service": "loader", "subject": "kafka", "code": "ok", "detail": "", "advice": ""}
    failed = {
        "service": "fetcher",
        "subject": "hemis token",
        "code": "hemis_token_refused",
        "detail": "HEMIS refuses the token: HTTP 401 from https://student.example.uz/rest/v1/data",
        "advice": "check HEMIS_BEARER_TOKEN, or ask HEMIS's administrator for a new token",
    }

    lines = [line.plain for line in diagnosis_lines({"items": [passed, failed]})]

    assert lines[0].startswith("OK  loader")
    assert lines[1].startswith("!!  fetcher")
    assert lines[1].endswith("hemis_token_refused")
    assert any(line.startswith("    → check HEMIS_BEARER_TOKEN") for line in lines)
    assert lines[-1] == "1 of 2 checks failed"
    assert max(map(len, lines)) <= 80


def test_without_a_problem_the_last_line_says_so() -> None:
    passed = {"service": "loader", "subject": "kafka", "code": "ok", "detail": "", "advice": ""}

    *_, last = diagnosis_lines({"items": [passed]})

    assert last.plain == "No problems found"
