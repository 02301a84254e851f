"""Addresses that a person gave: does anything answer there?"""

from urllib.parse import SplitResult, urlsplit

from libs.localstack.errors import Unreachable
from libs.localstack.ports import answers

_KAFKA_PORT = 9092
_POSTGRES_PORT = 5432

Address = tuple[str, int]


def broker_addresses(servers: str) -> list[Address]:
    """``host:port`` pairs, divided by commas."""
    return [
        (place.hostname or "localhost", place.port or _KAFKA_PORT)
        for place in (urlsplit(f"//{server.strip()}") for server in servers.split(","))
    ]


def database_addresses(url: str) -> list[Address]:
    """Of a PostgreSQL address; empty for one by a socket file, which only PostgreSQL can judge."""
    place: SplitResult = urlsplit(url)
    return [(place.hostname, place.port or _POSTGRES_PORT)] if place.hostname else []


def require_answer(variable: str, addresses: list[Address]) -> None:
    """Raise Unreachable when none of them takes a connection."""
    if addresses and not any(answers(host, port) for host, port in addresses):
        named = ", ".join(f"{host}:{port}" for host, port in addresses)
        raise Unreachable(variable, named)
