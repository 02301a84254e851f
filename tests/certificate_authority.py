"""Servers that prove who they are: an authority of these tests' own, and its files."""

from dataclasses import dataclass, field
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
    """Certifies servers at 127.0.0.1."""

    _authority: trustme.CA = field(default_factory=trustme.CA)

    def write(self, path: Path) -> Path:
        """Write its own certificate, for those who trust it."""
        self._authority.cert_pem.write_to_path(str(path))
        return path

    def issue(self) -> tuple[bytes, bytes]:
        """Return a key, as PKCS #8 since Kafka reads no other, and its certificate."""
        issued = self._authority.issue_cert("127.0.0.1")
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private, b"".join(blob.bytes() for blob in issued.cert_chain_pems)
