"""Why PostgreSQL, or a pooler before it, refuses a connection, in words for the operator."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.certificates import is_untrusted
from libs.common.errors import ConfigurationError
from libs.common.postgres.address import EXPECTED, WrongAddress


@contextmanager
def connect_errors_explained() -> Iterator[None]:
    """Around a connection's start.

    Raises:
        ConfigurationError: not chained: what is wrong may be a part of the password, and the text
            would repeat it.
    """
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise ConfigurationError(
            f"DATABASE_URL: PostgreSQL refuses this user or password (SQLSTATE {error.sqlstate})"
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
