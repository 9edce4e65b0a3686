"""Who may not see a name is answered as if it had never been: to the byte, whatever they ask."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import event, given, note, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.binding.bind import bind_catalog
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model, load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import AnalyticsError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.hidden import hidden_from
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse
from tests.properties.guarded_questions import RANGE, Asked, asked
from tests.properties.test_random_queries import SETTINGS
from tests.sdl.guarded import FILES, ROLES, names_in, written_without

TABLES = """
CREATE TABLE sales (id BIGINT, sold_on DATE, country TEXT, region TEXT, buyer_id BIGINT,
                    net DECIMAL(12, 2), cost DECIMAL(12, 2));
INSERT INTO sales VALUES (1, '2026-01-02', 'DE', 'n', 1, 10.5, 4),
                         (2, '2026-01-03', 'FR', 's', 2, 7, 6.5),
                         (3, '2026-01-03', 'DE', 's', 7, 1, NULL),
                         (4, '2026-02-01', 'DE', NULL, NULL, 3, 1);
CREATE TABLE visits (day DATE, country TEXT, region TEXT, n BIGINT);
INSERT INTO visits VALUES ('2026-01-02', 'DE', 'n', 70), ('2026-01-03', 'IT', 's', 5);
CREATE TABLE people (id BIGINT, full_name TEXT, salary INTEGER, since TIMESTAMP, is_open BOOLEAN);
INSERT INTO people VALUES (1, 'Ada', 100, '2026-01-01', true), (2, 'Ben', 90, '2026-01-20', false);
CREATE TABLE wages (team TEXT, paid BIGINT);
INSERT INTO wages VALUES ('x', 190), ('y', 20);
"""


class Twins:
    """The guarded model, and for each set of roles the model of those who never wrote the rest."""

    def __init__(self, folder: Path, warehouse: Warehouse, loop: asyncio.AbstractEventLoop) -> None:
        self._folder = folder
        self._warehouse = warehouse
        self._loop = loop
        self._twins: dict[frozenset[str], GraphQLEngine] = {}
        self.model = self._model(FILES)
        self.engine = self._engine(self.model)

    def of(self, roles: frozenset[str]) -> GraphQLEngine:
        """The twin of what these roles see."""
        if roles not in self._twins:
            model = self._model(written_without(hidden_from(self.model.catalog, roles)))
            self._twins[roles] = self._engine(model)
        return self._twins[roles]

    def hidden_names(self, roles: frozenset[str]) -> set[str]:
        """The words of the coordinates that are hidden and stand for nothing else."""
        hidden = hidden_from(self.model.catalog, roles)
        words = {word for coordinate in hidden for word in re.findall(r"\w+", coordinate)}
        return words - names_in(written_without(hidden))

    def answer(self, engine: GraphQLEngine, question: Asked, roles: frozenset[str]) -> bytes:
        """The bytes of a response, or what was raised."""
        return self._loop.run_until_complete(_answer(engine, question, tuple(sorted(roles))))

    def _model(self, files: tuple[SchemaFile, ...]) -> Model:
        path = self._folder / "model.graphql"
        path.write_text(files[0].text)
        return load_model(Settings(schema_path=path))

    def _engine(self, model: Model) -> GraphQLEngine:
        bound = bind_catalog(model.catalog, self._warehouse)
        catalog = self._loop.run_until_complete(bound)
        return engine_of(model, Service(catalog, self._warehouse), Settings())


async def _answer(engine: GraphQLEngine, question: Asked, roles: tuple[str, ...]) -> bytes:
    caller = Caller(None, roles, tier=3)
    try:
        response: Any = await engine.execute(question.text, caller, variables=question.variables)
    except AnalyticsError as error:
        response = [error.code, error.message, error.hint]
    return orjson.dumps(response)


@pytest.fixture(scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, Warehouse]]:
    folder = tmp_path_factory.mktemp("guarded")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(TABLES)
    path = folder / "model.graphql"
    path.write_text(FILES[0].text)
    model = load_model(Settings(schema_path=path))
    async with open_service(
        Settings(warehouse=f"duckdb://{folder / 'shop.duckdb'}"), model.catalog
    ) as service:
        yield folder, service.warehouse


@pytest.fixture(scope="module")
async def loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.fixture(scope="module")
def twins(opened: tuple[Path, Warehouse], loop: asyncio.AbstractEventLoop) -> Twins:
    return Twins(*opened, loop)


@given(question=asked(), roles=st.frozensets(st.sampled_from((*ROLES, "other"))))
@settings(max_examples=150, **SETTINGS)
def test_what_is_hidden_is_as_if_it_had_never_been(
    twins: Twins, question: Asked, roles: frozenset[str]
) -> None:
    note(question.whole)
    answer = twins.answer(twins.engine, question, roles)
    event("answered" if answer.startswith(b'{"data"') else "refused")
    assert answer == twins.answer(twins.of(roles & set(ROLES)), question, roles)
    told = set(re.findall(r"\w+", answer.decode())) - set(re.findall(r"\w+", question.whole))
    assert not told & twins.hidden_names(roles)


WHOLE = f"""{{
  shopMetrics({RANGE}, where: {{ purchaseCost: {{ gt: 1 }} }}, orderBy: [{{ by: BONUS }}]) {{
    region marginRate buyerId buyer {{ fullName salary }}
  }}
  wages {{ team paid }}
  people {{ nodes {{ hiredAt }} }}
}}"""


def test_those_with_every_role_are_answered(twins: Twins) -> None:
    answers = {
        twins.answer(twins.engine, Asked(WHOLE, {}), roles)
        for roles in (frozenset(ROLES), frozenset({EVERY_ROLE}), frozenset({*ROLES, "other"}))
    }
    (answer,) = answers
    assert "errors" not in orjson.loads(answer)
    assert orjson.loads(answer)["data"]["shopMetrics"][0]["buyer"]["salary"] == 90


def test_a_source_does_not_name_dimensions_that_are_hidden(twins: Twins) -> None:
    question = Asked(f"{{ shopMetrics({RANGE}) {{ visitCount buyerId }} }}", {})
    hint = orjson.loads(twins.answer(twins.engine, question, frozenset({"crm"})))["errors"][0]
    assert hint["extensions"]["hint"] == (
        "'visits' can be grouped and filtered by country; or leave the metric out"
    )
    roles = frozenset({"crm", "board"})
    hint = orjson.loads(twins.answer(twins.engine, question, roles))["errors"][0]
    assert "country, region; or" in hint["extensions"]["hint"]
