"""What the webhook receives: id, body and signature."""

import json

import pytest

from libs.common.contracts.events import AlertCleared, AlertRaised
from libs.common.contracts.resources import Resource
from services.gateway.alerts.webhook import body_of, message_id, signature, signing_key
from tests.unit.gateway.sample_messages import SYNC, T0

RAISED = AlertRaised(
    sync_id=SYNC, resource=Resource.STUDENTS, at=T0, alert="failed", detail="why", alert_id="a1"
)
CLEARED = AlertCleared(sync_id="", resource=Resource.STUDENTS, at=T0, alert="stale", alert_id="a1")


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Uses the test vector of the Standard Webhooks libraries."""
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    assert key is not None
    assert (
        signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    ("secret", "key"),
    [("", None), ("plain ʻsirʼ", "plain ʻsirʼ".encode()), ("whsec_AAEC", b"\0\1\2")],
)
def test_a_secret_is_base64_after_its_prefix_and_text_otherwise(
    secret: str, key: bytes | None
) -> None:
    assert signing_key(secret) == key


def test_an_invalid_base64_secret_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="must be base64") as refused:
        signing_key("whsec_canary!")

    assert "canary" not in str(refused.value)


def test_a_raised_alert_says_what_and_why() -> None:
    assert json.loads(body_of(RAISED)) == {
        "type": "alert.raised",
        "timestamp": "2023-10-26T18:40:00.000Z",
        "data": {
            "alert": "failed",
            "alertId": "a1",
            "resource": "students",
            "syncId": SYNC,
            "detail": "why",
        },
    }


def test_a_cleared_alert_names_the_alert_that_is_over() -> None:
    body = json.loads(body_of(CLEARED))

    assert (body["type"], body["data"]["alertId"]) == ("alert.cleared", "a1")
    assert body["data"]["syncId"] is None


def test_raised_and_cleared_have_different_webhook_ids_without_a_full_stop() -> None:
    names = {message_id(RAISED), message_id(CLEARED)}

    assert len(names) == 2
    assert "." not in "".join(names)
