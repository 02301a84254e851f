"""The token, as it is now: its file may get a new one while we run."""

import logging
from collections.abc import Callable

from pydantic import SecretStr

logger = logging.getLogger(__name__)


class Token:
    """What stands in the header; read anew when HEMIS refuses it."""

    def __init__(self, read: Callable[[], SecretStr]) -> None:
        self._read = read
        self._secret = read()

    def bearer(self) -> str:
        return f"Bearer {self._secret.get_secret_value()}"

    def is_replaced(self, refused: str) -> bool:
        """Read the token again; tell whether it is another than the refused bearer's."""
        try:
            self._secret = self._read()
        except ValueError as error:
            logger.warning("HEMIS token cannot be read again: %s", error)
        return self.bearer() != refused
