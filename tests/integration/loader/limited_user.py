"""A user of PostgreSQL with just the rights that it was granted."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.migrations import MIGRATIONS
from services.loader.store.rights import ON_DATABASE, ON_SCHEMA, ON_TABLES
from tests.integration.loader.loader_system import LoaderSystem


@dataclass(frozen=True)
class LimitedUser:
    """The user's name, and the address with which it connects."""

    name: str
    url: SecretStr
    database: str

    def granted(self) -> str:
        """Return the statements that grant what the loader's list names, and nothing else."""
        return f"""
            GRANT {", ".join(ON_DATABASE)} ON DATABASE {self.database} TO {self.name};
            GRANT {", ".join(ON_SCHEMA)} ON SCHEMA hemis TO {self.name};
            GRANT {", ".join(ON_TABLES)} ON ALL TABLES IN SCHEMA hemis TO {self.name};
        """


@asynccontextmanager
async def limited_user(system: LoaderSystem) -> AsyncIterator[LimitedUser]:
    """Make a user without any right, on a database whose tables are there already."""
    url = system.settings.database_url.get_secret_value()
    await migrate_when_available(url, "hemis", MIGRATIONS, Readiness((POSTGRES,), Stop()))
    name, parts = f"limited_{secrets.token_hex(4)}", urlsplit(url)
    address = parts._replace(netloc=f"{name}:limited@{parts.hostname}:{parts.port}").geturl()
    user = LimitedUser(name, SecretStr(address), parts.path.removeprefix("/"))
    await system.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD 'limited';"
        f" REVOKE ALL ON DATABASE {user.database} FROM PUBLIC;"
        f" GRANT CONNECT ON DATABASE {user.database} TO {name}"
    )
    try:
        yield user
    finally:
        await system.execute(
            f"GRANT {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}"
        )
