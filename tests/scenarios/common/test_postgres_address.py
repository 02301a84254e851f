"""Each parameter of libpq's works, or is refused by its name; of no other is a value told."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asyncpg import connect_utils

from libs.common.errors import ConfigurationError
from libs.common.postgres.address import DEFAULTS, DRIVER, HANDLED_HERE, WrongAddress, parse_address
from libs.common.process.settings import load_settings
from libs.localstack.settings import StackSettings
from services.loader.settings import LoaderSettings

BASE = "postgresql://hemis:secret@db.example.uz:5432/hemis"
# PostgreSQL 18, "Parameter Key Words".
LIBPQ = """
    host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
    client_encoding options application_name fallback_application_name keepalives keepalives_idle
    keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode
    sslnegotiation sslcompression sslcert sslkey sslkeylogfile sslpassword sslcertmode sslrootcert
    sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version
    min_protocol_version max_protocol_version krbsrvname gsslib gssdelegation scram_client_key
    scram_server_key service servicefile target_session_attrs load_balance_hosts oauth_issuer
    oauth_client_id oauth_client_secret oauth_scope
"""
# Of other programs, and of the server.
FOREIGN = """
    schema pgbouncer connection_limit pool_timeout statement_cache_size prepared_statements
    sslaccept currentSchema search_path statement_timeout work_mem
"""


def address(query: str) -> str:
    return f"{BASE}?{query}"


@pytest.mark.parametrize("name", [*LIBPQ.split(), *FOREIGN.split()])
def test_a_parameter_is_known_or_refused_without_its_value(name: str) -> None:
    known = name in DRIVER | HANDLED_HERE and name != "connect_timeout"
    if known:
        assert parse_address(address(f"{name}=5")).dsn
        return

    with pytest.raises(WrongAddress) as caught:
        parse_address(address(f"{name}=SINOVOV"))

    assert name in str(caught.value) or not name.islower()
    assert "SINOVOV" not in str(caught.value)


def settings_for_the_server(dsn: str) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(
        (
            *("host", "port", "user", "password", "passfile", "database", "ssl", "service"),
            *("servicefile", "direct_tls", "server_settings", "target_session_attrs"),
            *("krbsrvname", "gsslib"),
        )
    )
    parse: Any = vars(connect_utils)["_parse_connect_dsn_and_args"]
    _, found = parse(dsn=dsn, **nothing)
    return dict(found.server_settings or {})


def test_only_startup_parameters_are_passed_to_the_server() -> None:
    query = "&".join(
        (
            *(f"{name}={next(iter(values))}" for name, values in DEFAULTS.items()),
            "connect_timeout=10&application_name=nightly&options=-c%20geqo%3Doff",
            "sslmode=disable&target_session_attrs=read-write",
        )
    )

    found = settings_for_the_server(parse_address(address(query)).dsn)

    assert found == {"options": "-c geqo=off"}


@pytest.mark.parametrize(
    ("given", "seconds"), [("0", 86_400), ("-1", 86_400), ("1", 2.0), ("2", 2.0), ("30", 30.0)]
)
def test_connect_timeout_means_the_same_as_in_libpq(given: str, seconds: float) -> None:
    assert parse_address(address(f"connect_timeout={given}")).timeout_seconds == seconds


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("channel_binding", "require"), ("gssencmode", "require"), ("client_encoding", "WIN1251")],
)
def test_an_unsupported_value_is_refused_with_the_supported_ones(name: str, wanted: str) -> None:
    with pytest.raises(WrongAddress, match=f"parameter {name}: this client supports only"):
        parse_address(address(f"{name}={wanted}"))


def test_the_address_may_set_the_application_name() -> None:
    assert parse_address(address("application_name=a")).application_name == "a"
    assert parse_address(address("fallback_application_name=b")).application_name == "b"
    assert parse_address(BASE).application_name is None


def test_other_parts_of_the_address_are_unchanged() -> None:
    query = "sslmode=verify-full&sslrootcert=%2Fetc%2Fa%20b.pem&connect_timeout=3"

    kept = urlsplit(parse_address(address(query)).dsn)

    assert kept.netloc == "hemis:secret@db.example.uz:5432"
    assert parse_qs(kept.query) == {"sslmode": ["verify-full"], "sslrootcert": ["/etc/a b.pem"]}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://hemis:secret@db/hemis",
        "postgresql+asyncpg://hemis:secret@db/hemis",
        "postgresql://hemis:sec?ret=1@db/hemis",
        "postgresql://hemis:sec#ret@db/hemis",
        "postgresql://hemis:sec/ret@db/hemis",
        "postgresql://hemis:secret@db:99999/hemis",
        "postgresql://hemis:secret@db:0/hemis",
        "postgresql://hemis:secret@one:5432,two:x/hemis",
        "postgresql:///hemis?host=one,two:65536",
        f"{BASE}?port=65536",
        "postgresql://hemis:secret@[db/hemis",
        f"{BASE}?secret",
        f"{BASE}?SECRET%20x=1",
        f"{BASE}?application_name=sec%00ret",
    ],
)
def test_a_malformed_address_is_refused_without_a_part_of_it(url: str) -> None:
    with pytest.raises(WrongAddress) as caught:
        parse_address(url)

    assert "expected postgresql://" in str(caught.value)
    assert "sec" not in str(caught.value).lower()


@pytest.mark.parametrize("kind", [LoaderSettings, StackSettings])
@pytest.mark.parametrize(
    ("parameter", "advice"),
    [("schema=own", "DATABASE_SCHEMA"), ("pgbouncer=true", "pool_mode=session")],
)
def test_every_command_refuses_a_foreign_parameter_at_its_start_with_advice(
    kind: type[Any], parameter: str, advice: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", address(parameter))

    with pytest.raises(ConfigurationError, match=rf"DATABASE_URL: .*{advice}"):
        load_settings(kind)
