"""Why PostgreSQL, or a pooler in front of it, refuses a connection, in words for the operator."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.certificates import is_untrusted
from libs.common.errors import ConfigurationError
from libs.common.postgres.address import EXPECTED, WrongAddress
from libs.common.postgres.errors import action_of, state_of
from libs.common.postgres.sqlstates import ErrorAction


@contextmanager
def connect_errors_explained() -> Iterator[None]:
    """Surround the start of a connection.

    Raises:
        ConfigurationError: PostgreSQL refuses what DATABASE_URL says. It is not chained, since the
            text of the cause could repeat a part of the password.
    """
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise ConfigurationError(
            f"DATABASE_URL: PostgreSQL refuses this user or password (SQLSTATE {error.sqlstate})"
        ) from None
    except asyncpg.PostgresError as error:
        if action_of(error) not in {ErrorAction.BROKEN, ErrorAction.RECORD}:
            raise
        raise ConfigurationError(
            "DATABASE_URL: PostgreSQL refuses a parameter of this address"
            f" (SQLSTATE {state_of(error)}): correct or remove options="
        ) from None
    except ssl.SSLCertVerificationError as error:
        if not is_untrusted(error):
            raise
        raise ConfigurationError(
            f"DATABASE_URL: the certificate of PostgreSQL is not trusted: {error.verify_message}"
        ) from None
    except WrongAddress as error:
        raise ConfigurationError(f"DATABASE_URL: {error}") from None
    except ValueError:
        raise ConfigurationError(f"DATABASE_URL: {EXPECTED}") from None
