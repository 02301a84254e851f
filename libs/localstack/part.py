"""A server of the stack: started, stopped and killed at will; its port and contents are kept."""

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from libs.localstack.errors import ProgramEnded, StackUnavailable
from libs.localstack.ports import kept_port
from libs.localstack.programs import Launch, Program

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


class Part(ABC):
    name: ClassVar[str]

    def __init__(self, folder: Path, log: Path | None = None) -> None:
        """Keep everything in the folder; log there too unless told otherwise."""
        self.folder = folder.resolve()
        self.log = log or self.folder / "log"
        self.port = 0
        self.program: Program | None = None

    @abstractmethod
    async def _prepare(self) -> Launch:
        """Make what a first start needs, and say how to start."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Tell whether clients are answered."""

    async def start(self) -> None:
        """Return when clients are answered, on the port of the last start where that is free.

        Raises:
            StackUnavailable: something it needs is missing, or it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or kept_port(self.folder / "port")
        try:
            self.program = Program(await self._prepare())
            self.program.start()
            await self.program.wait_ready(self._is_ready, _START_SECONDS)
        except ProgramEnded as error:
            await self.kill()
            raise StackUnavailable(f"{self.name} does not start: {error}") from error
        except BaseException:
            await self.kill()
            raise

    def require_running(self) -> None:
        """Raise ProgramEnded when it is no longer there."""
        if self.program is not None:
            self.program.require_running()

    async def stop(self) -> None:
        if self.program is not None:
            await self.program.stop(_STOP_SECONDS)

    async def kill(self) -> None:
        """End it as a crash would."""
        if self.program is not None:
            await self.program.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
