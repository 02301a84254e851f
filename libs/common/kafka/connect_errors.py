"""Why Kafka refuses a client: aiokafka logs the reason, and does not raise it."""

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
# Alerts about a client's certificate, the first that fits. TLS 1.2 has none for a missing one.
_CLIENT_CERTIFICATE_ALERTS = {
    "CERTIFICATE_REQUIRED": "asks for a client certificate: set both",
    "HANDSHAKE_FAILURE": "refuses the TLS handshake: set both if it asks for a client certificate,"
    " else compare TLS versions and ciphers",
    "CERTIFICATE": "refuses this client certificate: it must be valid today, and signed by an"
    " authority that Kafka trusts",
    "UNKNOWN_CA": "refuses this client certificate: Kafka must trust the authority that signed it",
}


@asynccontextmanager
async def connect_errors_explained(connection: Mapping[str, Any]) -> AsyncIterator[None]:
    """Surround a client's start; ``connection`` is from ``connection_options``.

    Raises:
        ConfigurationError: a broker refuses what the settings say.
        ssl.SSLError: TLS fails for a reason that no setting corrects.
    """
    try:
        yield
    except KafkaConnectionError:
        await _raise_refusal(connection)
        raise


async def _raise_refusal(connection: Mapping[str, Any]) -> None:
    """Connect to each broker once, and raise why it refuses; skip brokers that do not answer."""
    options = {name: value for name, value in connection.items() if name != _SERVERS}
    for host, port, _ in collect_hosts(connection[_SERVERS], randomize=False):
        try:
            (await create_conn(host, port, **options)).close()
        except (KafkaError, OSError, TimeoutError) as error:
            # With TLS 1.3 a broker refuses a client after the handshake: aiokafka wraps the alert.
            cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
            refusal = _refusal(cause, f"Kafka at {host}:{port}")
            if refusal is not None:
                raise refusal from None


def _refusal(error: BaseException, broker: str) -> Exception | None:
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
            return _client_certificate_refusal(error, broker) or error
        case _:
            return None
    return ConfigurationError(wrong)


def _client_certificate_refusal(error: ssl.SSLError, broker: str) -> ConfigurationError | None:
    """Read the alert that a broker sends about the certificate of its client."""
    if "ALERT" not in (alert := error.reason or ""):
        return None
    for kind, advice in _CLIENT_CERTIFICATE_ALERTS.items():
        if kind in alert:
            settings = "KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE"
            return ConfigurationError(f"{settings}: {broker} {advice} ({alert})")
    return None
