"""Every case under this folder, on both engines: plan, SQL and result are as written down.

A case is a folder `<topic>/<case>/` with `query.graphql` and, where it has variables,
`variables.json`. `UPDATE_GOLDEN=1 pytest tests/golden` writes the rest; read the difference before
you commit it. Where there is a `by_hand.sql`, its rows are the result by another way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from graphql import (
    FieldNode,
    GraphQLFloat,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import Answer, Reuse
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.plan.explain import explain_plan
from analytics_gql.service.service import Service
from analytics_gql.service.statements import StatementRequest
from analytics_gql.settings import Settings

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/query.graphql"))
FLOAT_TOLERANCE = Decimal("1e-9")


def updating() -> bool:
    """Whether files are to be written. Never in CI: there, a difference is a failure."""
    if os.environ.get("UPDATE_GOLDEN") != "1":
        return False
    if os.environ.get("CI"):
        raise RuntimeError("UPDATE_GOLDEN is for people; CI compares")
    return True


class Recorder(Service):
    """A service that notes the plan and the SQL of what it answers."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.catalog, service.warehouse)
        self.plans: list[str] = []
        self.statements: list[str] = []

    async def run(
        self, request: StatementRequest, caller: Caller, reuse: Reuse | None = None
    ) -> Answer:
        dialect = self.warehouse.dialect
        statement = request.compile(self.catalog, caller, dialect, pretty=True)
        # What is shown is what is run, but for the line breaks.
        prepared = self.prepare(request, caller)
        assert "".join(statement.text.split()) == "".join(prepared.statement.text.split())
        bound = [
            f"-- ${number} = {value!r}" for number, value in enumerate(prepared.parameters, start=1)
        ]
        self.plans.append(explain_plan(request.plan(self.catalog, caller)) + "\n")
        self.statements.append("\n".join([statement.text, *bound, ""]))
        return await super().run(request, caller, reuse)


async def _recorded(
    case: Path, service: Service, model: Model, caller: Caller
) -> tuple[Recorder, Any]:
    """The recorder that was asked, and the response with each object as a list of pairs."""
    recorder = Recorder(service)
    variables = case / "variables.json"
    response = await engine_of(model, recorder, Settings()).execute(
        (case / "query.graphql").read_text("utf-8"),
        caller,
        variables=orjson.loads(variables.read_bytes()) if variables.exists() else None,
    )
    return recorder, _read(orjson.dumps(response).decode())


@pytest.mark.parametrize("case", CASES, ids=[str(case.relative_to(HERE)) for case in CASES])
async def test_plan_sql_and_result_are_as_written_down(
    case: Path, duckdb_demo: Service, postgres_demo: Service, demo_model: Model, acme: Caller
) -> None:
    on_duckdb, result = await _recorded(case, duckdb_demo, demo_model, acme)
    on_postgres, other_result = await _recorded(case, postgres_demo, demo_model, acme)
    assert on_duckdb.plans == on_postgres.plans
    texts = {
        "plan.txt": "\n".join(on_duckdb.plans),
        "duckdb.sql": "\n".join(on_duckdb.statements),
        "postgres.sql": "\n".join(on_postgres.statements),
    }
    if updating():
        for name, text in texts.items():
            (case / name).write_text(text, "utf-8")
        (case / "result.json").write_text(_written(result) + "\n", "utf-8")
    floats = _float_keys(demo_model.schema, (case / "query.graphql").read_text("utf-8"))
    written_down = _read((case / "result.json").read_text("utf-8"))
    assert list(_differences(written_down, result, floats)) == []
    assert list(_differences(written_down, other_result, floats)) == []
    for name, text in texts.items():
        assert (case / name).read_text("utf-8") == text, f"{name} differs; UPDATE_GOLDEN=1 writes"


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if (case / "by_hand.sql").exists()],
    ids=lambda case: str(case.relative_to(HERE)),
)
def test_sql_written_by_hand_gives_the_same(case: Path, demo_path: Path, demo_model: Model) -> None:
    with duckdb.connect() as connection:
        # Attached rather than opened: in this process the file is open with settings of its own.
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        connection.execute("USE demo")
        connection.execute("SET TimeZone = 'UTC'")
        cursor = connection.execute((case / "by_hand.sql").read_text("utf-8"))
        keys = [column[0] for column in cursor.description or ()]
        by_hand = [[*zip(keys, row, strict=True)] for row in cursor.fetchall()]
    response = dict(_read((case / "result.json").read_text("utf-8")))
    ((_, rows),) = response["data"]
    assert len(rows) == len(by_hand)
    floats = _float_keys(demo_model.schema, (case / "query.graphql").read_text("utf-8"))
    expected = _read(json.dumps([dict(row) for row in by_hand], default=str))
    assert list(_differences(_numbers_read(expected, rows), rows, floats)) == []


def test_the_headline_queries_are_the_registered_ones() -> None:
    for name in ("finance", "marketing"):
        registered = HERE.parent.parent / "persisted_queries" / f"{name}_metrics.graphql"
        assert (HERE / "headline" / name / "query.graphql").read_bytes() == registered.read_bytes()


def test_files_are_never_rewritten_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATE_GOLDEN", "1")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(RuntimeError, match="CI compares"):
        updating()


def test_differences_are_seen() -> None:
    def differ(expected: str, found: str) -> int:
        return len(list(_differences(_read(expected), _read(found), frozenset({"float"}))))

    assert differ('[{"a": 10.50, "b": null}]', '[{"a": 10.5, "b": null}]') == 0
    assert differ('{"float": 0.1}', '{"float": 0.1000000000001}') == 0
    assert differ('{"float": 0.1}', '{"float": 0.10001}') == 1
    assert differ('{"a": 0.1}', '{"a": 0.1000000000001}') == 1
    assert differ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}') == 1
    assert differ('{"a": null}', "{}") == 1
    assert differ('{"a": null}', '{"a": 0}') == 1
    assert differ('{"a": 1}', '{"a": "1"}') == 1
    assert differ('{"a": {}}', '{"a": []}') == 1
    assert differ("[1, 2]", "[2, 1]") == 2
    assert differ("[1]", "[1, 2]") == 1


# --- reading, writing and comparing responses ----------------------------------------------------


def _read(text: str) -> Any:
    """JSON with objects as lists of pairs, so that the order of keys counts, and exact numbers."""
    return json.loads(text, object_pairs_hook=_Object, parse_float=Decimal, parse_int=Decimal)


class _Object(list[tuple[str, Any]]):
    """The members of a JSON object."""


def _written(value: Any, indent: int = 0) -> str:
    """JSON with a line for each row."""
    pad = "  " * (indent + 1)
    if isinstance(value, _Object):
        if all(not isinstance(item, list) for _, item in value):
            members = ", ".join(f"{json.dumps(key)}: {_written(item)}" for key, item in value)
            return f"{{{members}}}"
        lines = [f"{pad}{json.dumps(key)}: {_written(item, indent + 1)}" for key, item in value]
        return "{\n" + ",\n".join(lines) + "\n" + pad[:-2] + "}"
    if isinstance(value, list) and value:
        lines = [pad + _written(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(lines) + "\n" + pad[:-2] + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _differences(
    expected: Any, found: Any, floats: frozenset[str], place: str = "", key: str = ""
) -> Iterator[str]:
    """Where two responses differ: numbers by value, floats by more than the tolerance."""
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        allowed = FLOAT_TOLERANCE * max(Decimal(1), abs(expected)) if key in floats else Decimal(0)
        if abs(expected - found) > allowed:
            yield f"{place}: {expected} became {found}"
    elif isinstance(expected, _Object) and isinstance(found, _Object):
        keys = [name for name, _ in expected]
        if keys != [name for name, _ in found]:
            yield f"{place}: the keys {keys} became {[name for name, _ in found]}"
            return
        for (name, left), (_, right) in zip(expected, found, strict=True):
            yield from _differences(left, right, floats, f"{place}.{name}", name)
    elif type(expected) is list and type(found) is list:
        if len(expected) != len(found):
            yield f"{place}: {len(expected)} items became {len(found)}"
            return
        for number, (left, right) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(left, right, floats, f"{place}[{number}]", key)
    elif type(expected) is not type(found) or expected != found:
        yield f"{place}: {expected!r} became {found!r}"


def _numbers_read(expected: Any, found: Any) -> Any:
    """Texts of `expected` as numbers where `found` has numbers: Python writes decimals as text."""
    if isinstance(expected, _Object):
        named = dict(found)
        return _Object((key, _numbers_read(item, named.get(key))) for key, item in expected)
    if isinstance(expected, list):
        return [_numbers_read(*pair) for pair in zip(expected, found, strict=True)]
    if isinstance(expected, str) and isinstance(found, Decimal):
        return Decimal(expected)
    return expected


def _float_keys(schema: GraphQLSchema, text: str) -> frozenset[str]:
    """The response keys of a document's Float fields."""
    types = TypeInfo(schema)
    keys: set[str] = set()

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            of_type = types.get_type()
            if of_type is not None and get_named_type(of_type) is GraphQLFloat:
                keys.add(node.alias.value if node.alias else node.name.value)

    visit(parse(text), TypeInfoVisitor(types, Collector()))
    return frozenset(keys)
