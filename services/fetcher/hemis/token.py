"""The token for HEMIS, which may be replaced in its file while the service runs."""

import logging
from collections.abc import Callable

from pydantic import SecretStr

logger = logging.getLogger(__name__)


class Token:
    """Holds the token, and reads it again when HEMIS refuses it."""

    def __init__(self, read: Callable[[], SecretStr]) -> None:
        self._read = read
        self._secret = read()

    def bearer(self) -> str:
        return f"Bearer {self._secret.get_secret_value()}"

    def is_replaced(self, refused: str) -> bool:
        """Read the token again; tell whether it differs from the refused bearer."""
        try:
            self._secret = self._read()
        except ValueError as error:
            logger.warning("HEMIS token cannot be read again: %s", error)
        return self.bearer() != refused
