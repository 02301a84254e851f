"""A Kafka and a PostgreSQL with passwords and TLS; Kafka asks for client certificates too."""

import os
import shutil
import signal
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from libs.localstack.command_prefix import hand_over, unprivileged
from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.part import Part
from libs.localstack.ports import answers
from libs.localstack.programs import Launch, Program
from tests.certificate_authority import Authority

USER, PASSWORD = "hemis-sync", "invented-sync"

_KAFKA = """
listeners=SASL_SSL://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller_port}}
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{user}" password="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={store}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.sasl_ssl.ssl.client.auth=required
"""


def secured_kafka(folder: Path, authority: Authority) -> EmbeddedKafka:
    store, trusted = folder / "store.pem", authority.write(folder / "authority.pem")
    store.write_bytes(b"".join(authority.issue()))
    more = _KAFKA.format(user=USER, password=PASSWORD, store=store, authority=trusted)
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    return EmbeddedKafka(folder / "kafka", more=more, users=(user,))


def kafka_login(trusted: Path, client: tuple[Path, Path]) -> dict[str, str]:
    certificate, key = client
    return {
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_TLS_CA_FILE": str(trusted),
        "KAFKA_TLS_CERT_FILE": str(certificate),
        "KAFKA_TLS_KEY_FILE": str(key),
    }


class SystemPostgres(Part):
    """The system's own PostgreSQL, since the embedded one is built without TLS."""

    name: ClassVar[str] = "postgres"

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder)
        self._binaries = system_postgres()
        self._authority = authority

    def url(self, trusted: Path, password: str = PASSWORD) -> str:
        place = f"{USER}:{password}@127.0.0.1:{self.port}/postgres"
        return f"postgresql://{place}?sslmode=verify-full&sslrootcert={trusted}"

    @override
    async def _prepare(self) -> Launch:
        hand_over(self.folder)
        storage = self.folder / "data"
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
        words = ("-D", str(storage), f"--username={USER}", f"--pwfile={secret}", *options)
        await Program(self._launch("initdb", *words)).run_to_end(60)
        (storage / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        for text, name in zip(self._authority.issue(), ("server.key", "server.crt"), strict=True):
            (storage / name).write_bytes(text)
            (storage / name).chmod(0o600)
            shutil.chown(storage / name, storage.owner())
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", "ssl=on")
        more = [word for text in (*settings, "unix_socket_directories=") for word in ("-c", text)]
        return self._launch("postgres", "-D", str(storage), *more)

    @override
    def _is_ready(self) -> bool:
        return answers("127.0.0.1", self.port)

    def _launch(self, program: str, *words: str) -> Launch:
        binary = self._binaries / program
        return Launch(
            name=self.name,
            command=(str(binary), *words),
            log=self.log,
            environment={"PATH": os.defpath},
            stop_signal=signal.SIGINT,
            prefix=unprivileged(signal.SIGINT, binary, self.folder),
        )


def system_postgres() -> Path:
    """Find the programs of Debian's, or skip the test."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    pytest.skip("needs a PostgreSQL with TLS: apt-get install postgresql")
