"""Arbitrary bytes are never a valid key or cookie."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.gateway.security.sample_keys import key_owner, session_cookie, session_owner


@given(st.binary(max_size=64))
def test_other_bytes_are_not_accepted_as_a_key(key: bytes) -> None:
    assert key_owner(key) is None


@given(st.integers(0, 200), st.characters(max_codepoint=255))
def test_a_changed_cookie_is_not_accepted(place: int, character: str) -> None:
    cookie = session_cookie()
    forged = cookie[:place] + character + cookie[place + 1 :]

    assert session_owner(forged) == ("ops" if forged == cookie else None)


@given(st.text(max_size=100))
def test_other_text_is_not_accepted_as_a_session_cookie(cookie: str) -> None:
    assert session_owner(cookie) is None
