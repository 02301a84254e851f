"""API keys, sessions, and the limit on wrong keys."""

import pytest

from services.gateway.security import sessions
from services.gateway.security.keys import Caller, Role, parsed_keys
from services.gateway.security.sessions import LIFETIME_SECONDS
from services.gateway.security.throttle import ALLOWED, SECONDS_EACH, FailedAttempts
from tests.unit.gateway.security.sample_keys import (
    GUEST,
    KEYS,
    NOW,
    OPS,
    key_owner,
    session_cookie,
    session_owner,
)


def test_a_key_has_its_name_and_its_role() -> None:
    assert key_owner(OPS.encode()) == Caller("ops", Role.OPERATE)
    assert key_owner(GUEST.encode()) == Caller("guest", Role.READ)


def test_a_key_need_not_be_ascii() -> None:
    assert key_owner("kalit-oʻzbekcha-ключ".encode(), "ops:kalit-oʻzbekcha-ключ") is not None


def test_neither_a_key_nor_its_hash_appears_in_repr() -> None:
    (ops, guest) = parsed_keys(KEYS)

    assert OPS not in repr(ops)
    assert ops.digest.hex()[:8] not in repr((ops, guest))


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_setting_means_no_keys(blank: str) -> None:
    assert len(parsed_keys(blank)) == 0


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("canary-without-name", "entry 1 is not"),
        ("ops:canary-one,", "entry 2 is not"),
        (":canary-one", "entry 1 is not"),
        ("ops:", "key of ops is empty"),
        ("ops: canary", "a space in it"),
        ("ops:canary:write", "what follows the key of ops is not read"),
        ("ops:canary:read:x", "entry 1 is not"),
        ("ops:canary-one,ops:canary-two", "same name: ops, ops"),
        ("ops:canary,hr:canary", "same key: ops, hr"),
    ],
)
def test_wrong_keys_are_named_and_never_repeated(keys: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        parsed_keys(keys)

    assert "canary" not in str(refused.value)


def test_a_session_holds_in_every_gateway_with_the_same_keys() -> None:
    assert session_owner(session_cookie()) == "ops"
    assert session_owner(
        session_cookie("oʻquv@bo.lim:" + OPS, "oʻquv@bo.lim"), "oʻquv@bo.lim:" + OPS
    )


def test_a_session_ends_after_its_time() -> None:
    end = NOW + LIFETIME_SECONDS * 1000

    assert session_owner(session_cookie(), now=end - 1) == "ops"
    assert session_owner(session_cookie(), now=end) is None


@pytest.mark.parametrize("keys", [f"guest:{GUEST}:read", f"ops:{OPS}-changed"])
def test_a_session_ends_with_its_key(keys: str) -> None:
    assert session_owner(session_cookie(), keys) is None


def test_a_session_has_the_role_that_its_key_has_now() -> None:
    keyring = parsed_keys(f"ops:{OPS}:read")

    taken_back = sessions.session_owner(keyring, session_cookie(), NOW)

    assert taken_back is not None
    assert taken_back.role is Role.READ


def test_after_some_wrong_keys_an_address_waits() -> None:
    failures = FailedAttempts()
    for _ in range(ALLOWED):
        assert failures.wait_seconds("10.0.0.1", 100) == 0
        failures.add("10.0.0.1", 100)

    assert failures.wait_seconds("10.0.0.1", 100) == SECONDS_EACH
    assert failures.wait_seconds("10.0.0.2", 100) == 0
    assert failures.wait_seconds("10.0.0.1", 100 + SECONDS_EACH) == 0


def test_after_a_long_time_an_address_has_the_full_limit_again() -> None:
    failures = FailedAttempts()
    failures.add("10.0.0.1", 0)
    for _ in range(ALLOWED):
        failures.add("10.0.0.1", 100_000)

    assert failures.wait_seconds("10.0.0.1", 100_000) == SECONDS_EACH


def test_all_addresses_of_one_ipv6_network_are_one_client() -> None:
    failures = FailedAttempts()
    for number in range(ALLOWED):
        failures.add(f"2001:db8::{number:x}", 0)

    assert failures.wait_seconds("2001:db8::ffff", 0) > 0
    assert failures.wait_seconds("2001:db8:0:1::1", 0) == 0


def test_an_invalid_address_is_limited_too() -> None:
    failures = FailedAttempts()
    for _ in range(ALLOWED):
        failures.add("", 0)

    assert failures.wait_seconds("", 0) > 0
