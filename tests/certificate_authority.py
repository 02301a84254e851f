"""A certificate authority for tests, and the files it signs."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True)
class Authority:
    """Signs certificates for 127.0.0.1, for servers and for clients."""

    _authority: trustme.CA = field(default_factory=trustme.CA)

    def write(self, path: Path) -> Path:
        """Write the authority's own certificate, for those who trust it."""
        self._authority.cert_pem.write_to_path(str(path))
        return path

    def issue(self, not_after: datetime | None = None) -> tuple[bytes, bytes]:
        """Return a key, as PKCS #8 since Kafka reads no other, and its certificate."""
        issued = self._authority.issue_cert("127.0.0.1", not_after=not_after)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private, b"".join(blob.bytes() for blob in issued.cert_chain_pems)

    def write_client(self, folder: Path, not_after: datetime | None = None) -> tuple[Path, Path]:
        """Write a client's certificate and its private key into ``folder``."""
        folder.mkdir(exist_ok=True)
        certificate, key = folder / "client.pem", folder / "client.key"
        for path, text in zip((key, certificate), self.issue(not_after), strict=True):
            path.write_bytes(text)
        return certificate, key
