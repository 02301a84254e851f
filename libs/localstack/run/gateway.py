"""Client of the gateway's REST API for ``make run``."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from libs.cli.progress import Progress
from libs.common.contracts.resources import Resource
from libs.localstack.errors import LocalStackError

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_OK, _ACCEPTED, _CONFLICT, _UNAVAILABLE = 200, 202, 409, 503


class GatewayRefused(LocalStackError):
    def __init__(self, path: str, status: int, body: str) -> None:
        super().__init__(f"The gateway answered POST {path} with {status}: {body}")


class _Accepted(msgspec.Struct, rename="camel"):
    sync_id: str


@dataclass(frozen=True)
class RequestedSync:
    sync_id: str
    was_active: bool
    """Something else started it, such as an earlier run that was interrupted."""


class Gateway:
    """Methods return None if the gateway does not answer; the caller asks again."""

    def __init__(self, url: str, key: str | None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._session = aiohttp.ClientSession(url, headers=headers, timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def is_ready(self) -> bool:
        status, _ = await self._call("GET", "/readyz")
        return status == _OK

    async def readiness(self) -> str:
        """Return what the gateway says it is waiting for."""
        _, body = await self._call("GET", "/readyz")
        return body.decode(errors="replace")

    async def start_sync(self, resource: Resource) -> RequestedSync | None:
        """Start a sync, and return it or the sync that is already active.

        Raises:
            GatewayRefused: the gateway rejects the request for good.
        """
        path = f"/api/hemis/sync/{resource}"
        status, body = await self._call("POST", path)
        if status in {_ACCEPTED, _CONFLICT}:
            sync_id = msgspec.json.decode(body, type=_Accepted).sync_id
            return RequestedSync(sync_id, was_active=status == _CONFLICT)
        if status in {None, _UNAVAILABLE}:
            return None
        raise GatewayRefused(path, status, body.decode(errors="replace"))

    async def progress(self, resource: Resource) -> Progress | None:
        status, body = await self._call("GET", f"/api/hemis/progress/{resource}")
        return msgspec.json.decode(body, type=Progress) if status == _OK else None

    async def _call(self, method: str, path: str) -> tuple[int | None, bytes]:
        try:
            async with self._session.request(method, path) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return None, b""
