"""Whatever is sent in place of a key or a cookie is nobody's."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.gateway.security.sample_keys import begun, holder, owner


@given(st.binary(max_size=64))
def test_any_other_bytes_are_nobodys(key: bytes) -> None:
    assert owner(key) is None


@given(st.integers(0, 200), st.characters(max_codepoint=255))
def test_a_changed_cookie_is_nobodys(place: int, character: str) -> None:
    cookie = begun()
    forged = cookie[:place] + character + cookie[place + 1 :]

    assert holder(forged) == ("ops" if forged == cookie else None)


@given(st.text(max_size=100))
def test_any_other_cookie_is_nobodys(cookie: str) -> None:
    assert holder(cookie) is None
