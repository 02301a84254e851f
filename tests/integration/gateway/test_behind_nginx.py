"""A real nginx in front, configured as docs/security.md says."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

import pytest

from libs.localstack.ports import free_port
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.integration

DOCS = Path(__file__).parents[3] / "docs" / "security.md"
CONFIG = Template("""
daemon off; pid $folder/pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    server { listen 127.0.0.1:$port; $location }
}
""")
SYNC = "/api/hemis/sync/students"


def documented(number: int, address: str) -> str:
    """Return a configuration block of the docs, for another address."""
    blocks = re.findall(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(blocks[number]).replace("http://127.0.0.1:3000", address)


@asynccontextmanager
async def nginx(folder: Path, location: str) -> AsyncIterator[str]:
    """Run nginx until the block ends; yield its address."""
    program = shutil.which("nginx", path=f"{os.defpath}:/usr/sbin")
    if program is None:
        pytest.skip("needs nginx: apt-get install nginx-light")
    port = free_port()
    written = folder / "nginx.conf"
    written.write_text(CONFIG.substitute(folder=folder, port=port, location=location))
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(written), "-p", str(folder), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def answers(gateway: RunningGateway, address: str) -> None:
    """Wait until the proxy listens."""
    gateway.url = address
    async with asyncio.timeout(10):
        while True:
            try:
                async with gateway.http.get(address):
                    return
            except OSError:
                await asyncio.sleep(0.02)


async def test_buttons_work_behind_nginx_on_a_port_of_its_own(tmp_path: Path) -> None:
    async with running_gateway() as gateway, nginx(tmp_path, documented(0, gateway.url)) as address:
        await answers(gateway, address)

        ours = await gateway.post(SYNC, headers={"Origin": address})
        foreign = await gateway.post(SYNC, headers={"Origin": "http://127.0.0.1"})

    assert ours[0] == 202
    assert (foreign[0], foreign[1]["code"]) == (403, "foreign_page")


@pytest.mark.parametrize("cut", ["", "/"])
async def test_the_gateway_works_under_a_path_whether_nginx_cuts_it_off_or_not(
    tmp_path: Path, cut: str
) -> None:
    async with running_gateway(gateway_root_path="/hemis") as gateway:
        location = documented(1, gateway.url).replace(f"{gateway.url};", f"{gateway.url}{cut};")
        async with nginx(tmp_path, location) as address:
            await answers(gateway, address)

            url, headers = f"{address}/hemis{SYNC}", {"Origin": address}
            async with gateway.http.post(url, headers=headers) as started:
                place = started.headers["Location"]
            report = await gateway.get(place)
            async with gateway.http.get(f"{address}/hemis") as home:
                page = await home.text()

    assert (started.status, report[0]) == (202, 200)
    assert str(home.url) == f"{address}/hemis/"
    assert 'src="dashboard/' in page
