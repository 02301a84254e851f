"""Parses ``DATABASE_URL``: which of libpq's parameters work here, and which are refused.

asyncpg passes every parameter that it does not know to the server, as a setting of that name.
Source: PostgreSQL's documentation, "Parameter Key Words", and asyncpg's ``connect_utils``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

EXPECTED = (
    "expected postgresql://user:password@host:port/database, with %40 for @, %2F for /, %3A for :"
    " inside the password; sslmode=verify-full needs sslrootcert"
)

DRIVER = frozenset(
    (
        *("host", "port", "dbname", "database", "user", "password", "passfile", "service"),
        *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
        *("krbsrvname", "gsslib", "options"),
    )
)
"""Known to asyncpg, or startup parameters of PostgreSQL."""
HANDLED_HERE = frozenset(("connect_timeout", "application_name", "fallback_application_name"))
DEFAULTS: Mapping[str, frozenset[str]] = {
    "client_encoding": frozenset(("UTF8", "utf8", "UTF-8", "utf-8", "auto")),
    "channel_binding": frozenset(("disable", "prefer")),
    "gssencmode": frozenset(("disable", "prefer")),
    "gssdelegation": frozenset("0"),
    "keepalives": frozenset("1"),
    "load_balance_hosts": frozenset(("disable",)),
    "max_protocol_version": frozenset(("3.0", "latest")),
    "min_protocol_version": frozenset(("3.0",)),
    "replication": frozenset(("false", "off", "no", "0")),
    "sslcertmode": frozenset(("allow",)),
    "sslcompression": frozenset("0"),
    "sslsni": frozenset("1"),
}
"""Allowed values: those that change nothing for this client."""
_REPLACEMENTS = {
    "schema": "set DATABASE_SCHEMA instead",
    "pgbouncer": "leave it out; PgBouncer needs pool_mode=session",
    "search_path": "set DATABASE_SCHEMA instead",
}
_NAME = re.compile(r"[a-z_]{1,40}")
_CONNECT_SECONDS = 60.0
_NO_LIMIT_SECONDS = 86_400.0
_DEFAULT_ADVICE = "leave it out; a setting of the server is written options=-c%20name%3Dvalue"


class WrongAddress(ValueError):
    """The text names the parameter and what is allowed, and repeats no value."""


@dataclass(frozen=True, slots=True)
class Address:
    """The arguments for asyncpg, and the name that PostgreSQL shows for the connections."""

    dsn: str
    timeout_seconds: float
    """To connect."""
    application_name: str | None


def parse_address(url: str) -> Address:
    """Parse an address.

    Raises:
        WrongAddress: the address is malformed, or this client does not support a parameter.
    """
    try:
        parts = urlsplit(url)
        # An @ after the first ? belongs to an unescaped password, so no parameter may be named.
        given = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise WrongAddress(EXPECTED) from None
    # PostgreSQL stores no NUL character, so neither a name nor a password has one.
    is_postgresql = (
        parts.scheme in {"postgresql", "postgres"}
        and "@" not in parts.query
        and "\0" not in unquote(url)
    )
    if not is_postgresql or not all(map(_is_port, _ports(parts, given))):
        raise WrongAddress(EXPECTED)
    wrong = list(_wrong(given))
    if wrong:
        raise WrongAddress("; ".join(wrong))
    kept = {name: value for name, value in given.items() if name in DRIVER}
    return Address(
        parts._replace(query=urlencode(kept)).geturl(),
        _seconds(given.get("connect_timeout")),
        given.get("application_name") or given.get("fallback_application_name"),
    )


def _ports(parts: SplitResult, given: Mapping[str, str]) -> Iterator[str]:
    """Yield the ports of all hosts; with an unescaped password, one is a part of the password."""
    hosts = f"{parts.netloc.rpartition('@')[2]},{given.get('host', '')}"
    for host in hosts.split(","):
        if not host.startswith("/"):
            yield host.rpartition("]")[2].partition(":")[2]
    yield from given.get("port", "").split(",")


def _is_port(text: str) -> bool:
    return not text or (re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) < 1 << 16)


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if name in DRIVER or name in HANDLED_HERE or value in DEFAULTS.get(name, ()):
            continue
        if name in DEFAULTS:
            allowed = ", ".join(sorted(DEFAULTS[name]))
            yield f"parameter {name}: this client supports only {allowed}"
        elif _NAME.fullmatch(name):
            yield f"parameter {name} is not known here: {_REPLACEMENTS.get(name, _DEFAULT_ADVICE)}"
        else:
            yield f"a parameter has an impossible name: {EXPECTED}"


def _seconds(text: str | None) -> float:
    """Read whole seconds as libpq does: at least two; zero and negative numbers mean no limit."""
    if text is None:
        return _CONNECT_SECONDS
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise WrongAddress("parameter connect_timeout: expected whole seconds")
    return max(2.0, float(text)) if int(text) > 0 else _NO_LIMIT_SECONDS
