"""Why Kafka lets nobody in: aiokafka tells its log, and its caller only that it could not begin."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from libs.common.certificates import is_untrusted
from libs.common.errors import ConfigurationError

_SERVERS = "bootstrap_servers"


@asynccontextmanager
async def connect_errors_explained(connection: Mapping[str, Any]) -> AsyncIterator[None]:
    """Around a client's start; ``connection`` as of ``connection_options``.

    Raises:
        ConfigurationError: a broker refuses what the settings say.
        ssl.SSLError: TLS fails for a reason that no setting mends.
    """
    try:
        yield
    except KafkaConnectionError:
        await _knock(connection)
        raise


async def _knock(connection: Mapping[str, Any]) -> None:
    """Raise what a broker has against us; one that is away has nothing."""
    options = {name: value for name, value in connection.items() if name != _SERVERS}
    for host, port, _ in collect_hosts(connection[_SERVERS], randomize=False):
        try:
            (await create_conn(host, port, **options)).close()
        except (KafkaError, OSError, TimeoutError) as error:
            refusal = _refusal(error, f"Kafka at {host}:{port}")
            if refusal is not None:
                raise refusal from None


def _refusal(error: Exception, broker: str) -> Exception | None:
    match error:
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            wrong = f"KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: {broker} refuses them"
        case UnsupportedSaslMechanismError():
            wrong = f"KAFKA_SASL_MECHANISM: {broker} does not offer this one"
        case IllegalSaslStateError():
            wrong = f"KAFKA_SECURITY_PROTOCOL: {broker} asks for no password"
        case ssl.SSLCertVerificationError() if is_untrusted(error):
            wrong = (
                f"KAFKA_TLS_CA_FILE: the certificate of {broker} is not trusted:"
                f" {error.verify_message}"
            )
        case ssl.SSLError():
            return error
        case _:
            return None
    return ConfigurationError(wrong)
