import asyncio

import pytest

from libs.localstack.ports import free_port, is_free

pytestmark = pytest.mark.integration

MANY = 500


def test_no_two_who_look_for_a_port_get_the_same_before_they_use_it() -> None:
    assert len({free_port() for _ in range(MANY)}) == MANY


async def test_a_port_that_was_given_is_free_for_its_server() -> None:
    port = free_port()

    assert is_free(port)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port)
    server.close()
    await server.wait_closed()
