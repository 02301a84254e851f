"""Which proxy an address is reached by."""

from pathlib import Path

import pytest

from libs.common.errors import ConfigurationError
from libs.common.process.proxies import ProxiedSettings, parsed_proxy
from libs.common.process.settings import load_settings

PLAIN, SECURE = "http://plain.example.uz:3128", "https://hemis:canary@secure.example.uz"


def settings(no_proxy: str = "") -> ProxiedSettings:
    return ProxiedSettings(_env_file=None, http_proxy=PLAIN, https_proxy=SECURE, no_proxy=no_proxy)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://student.example.uz", "plain.example.uz:3128"),
        ("https://student.example.uz/rest", "secure.example.uz:443"),
    ],
)
def test_the_scheme_of_the_address_selects_the_proxy(url: str, name: str) -> None:
    proxy = settings().proxy_for(url)

    assert proxy is not None
    assert proxy.name == name
    assert "canary" not in repr(proxy)
    assert "canary" not in repr(settings())


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_direct"),
    [
        ("*", "https://student.example.uz", True),
        ("example.uz", "https://student.example.uz", True),
        (".example.uz", "https://student.example.uz:8443/rest", True),
        (" other.uz , STUDENT.example.uz", "https://student.example.uz", True),
        ("student.example.uz:8443", "https://student.example.uz:8443", True),
        ("127.0.0.1", "http://127.0.0.1:8800", True),
        ("student.example.uz:8443", "https://student.example.uz", False),
        ("t.example.uz", "https://student.example.uz", False),
        ("", "http://127.0.0.1:8800", False),
    ],
)
def test_requests_to_hosts_of_no_proxy_use_no_proxy(
    no_proxy: str,
    url: str,
    is_direct: bool,  # noqa: FBT001 — what is expected
) -> None:
    assert (settings(no_proxy).proxy_for(url) is None) is is_direct


def test_without_settings_there_is_no_proxy() -> None:
    assert ProxiedSettings(_env_file=None).proxy_for("https://student.example.uz") is None


def test_a_proxy_may_be_written_without_its_scheme() -> None:
    proxy = parsed_proxy("proxy.example.uz:3128")

    assert proxy is not None
    assert (proxy.url, proxy.name) == ("http://proxy.example.uz:3128", "proxy.example.uz:3128")


@pytest.mark.parametrize(
    "text",
    [
        "socks5://canary.uz:1080",
        "http://",
        "http://canary.uz:port",
        "http://canary.uz/way",
    ],
)
def test_a_wrong_proxy_setting_is_named_without_its_value(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"HTTPS_PROXY={text}\n")

    with pytest.raises(ConfigurationError, match=r"HTTPS_PROXY: .*allowed: http") as refused:
        load_settings(ProxiedSettings)

    assert "canary" not in str(refused.value)
