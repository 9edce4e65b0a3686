"""The catalog tells the truth: of values, of figures, and of what goes together."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.errors import RequestError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import DateRange, MetricQuery
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings

JUNE = DateRange(date(2026, 6, 1), date(2026, 6, 30))
TENANTS = ("acme", "birch")
HAND_WRITTEN = {
    ("OrderMetrics", "country"): "select country from gold.orders where org_id = $1",
    ("OrderMetrics", "productId"): "select product_id::text from gold.orders where org_id = $1",
    ("OrderMetrics", "segment"): """
        select c.segment from gold.orders o
        join gold.customers c on c.id = o.customer_id and c.org_id = o.org_id
        where o.org_id = $1""",
    ("UsageMetrics", "statusCode"): """
        select status_code from gold.usage_requests where org_id = $1""",
    ("UsageMetrics", "modelFamily"): """
        select m.family from gold.usage_requests u join gold.ai_models m on m.id = u.model
        where u.org_id = $1""",
}


async def answer(engine: GraphQLEngine, query: str, caller: Caller, **variables: Any) -> Any:
    response = await engine.execute(query, caller, variables=variables or None)
    return orjson.loads(orjson.dumps(response))


async def catalog(engine: GraphQLEngine, selection: str, caller: Caller, **variables: Any) -> Any:
    head = "query ($search: String)" if "$" in selection else ""
    told = await answer(engine, f"{head} {{ catalog {{ {selection} }} }}", caller, **variables)
    assert "errors" not in told, told["errors"]
    return told["data"]["catalog"]


async def refusal(engine: GraphQLEngine, selection: str, caller: Caller) -> tuple[str, str, str]:
    """Message, code and hint of the one error of a catalog."""
    told = await answer(engine, f"{{ catalog {{ {selection} }} }}", caller)
    assert told["data"] == {"catalog": None}
    (error,) = told["errors"]
    assert error["path"] == ["catalog"]
    return error["message"], error["extensions"]["code"], error["extensions"]["hint"]


def rows_of(demo_path: Path, sql: str, tenant: str) -> list[Any]:
    """The first column of what SQL that was written by hand gives of a tenant."""
    with duckdb.connect() as connection:
        # Attached rather than opened: in this process the file is open with settings of its own.
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        connection.execute("USE demo")
        connection.execute("SET TimeZone = 'UTC'")
        return [row[0] for row in connection.execute(sql, [tenant]).fetchall()]


# --- what the warehouse knows --------------------------------------------------------------------


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize(("dataset", "dimension"), HAND_WRITTEN)
async def test_values_and_their_number_are_those_of_sql_by_hand(
    demo_engine: GraphQLEngine, demo_path: Path, tenant: str, dataset: str, dimension: str
) -> None:
    told = await catalog(
        demo_engine,
        f'datasets(name: "{dataset}") {{ dimensions(name: "{dimension}") '
        "{ cardinality values(first: 1000) few: values(first: 2) } }",
        Caller(tenant, (), tier=3),
    )
    ((found,),) = [item["dimensions"] for item in told["datasets"]]
    rows = rows_of(demo_path, HAND_WRITTEN[dataset, dimension], tenant)
    expected = [str(value) for value in sorted({row for row in rows if row is not None})]
    assert found["values"] == expected
    assert found["cardinality"] == len(expected)
    assert found["few"] == expected[:2]


@pytest.mark.parametrize("tenant", TENANTS)
async def test_the_time_range_is_that_of_the_rows(
    demo_engine: GraphQLEngine, demo_path: Path, tenant: str
) -> None:
    told = await catalog(
        demo_engine,
        'datasets(name: "OrderMetrics") { timeRange { end start } freshness }',
        Caller(tenant, (), tier=3),
    )
    (first,) = rows_of(
        demo_path, "select min(ordered_at) from gold.orders where org_id = $1", tenant
    )
    (last,) = rows_of(
        demo_path, "select max(ordered_at) from gold.orders where org_id = $1", tenant
    )
    (dataset,) = told["datasets"]
    assert list(dataset["timeRange"].items()) == [
        ("end", last.date().isoformat()),
        ("start", first.date().isoformat()),
    ]
    assert dataset["freshness"] == last.replace(tzinfo=None).isoformat() + "Z"


async def test_of_a_tenant_without_rows_there_is_nothing(demo_engine: GraphQLEngine) -> None:
    told = await catalog(
        demo_engine,
        'datasets(name: "OrderMetrics") { timeRange { start } freshness '
        'dimensions(name: "country") { cardinality values } }',
        Caller("nobody", (), tier=3),
    )
    assert told["datasets"] == [
        {"timeRange": None, "freshness": None, "dimensions": [{"cardinality": 0, "values": []}]}
    ]


@pytest.mark.parametrize(
    ("search", "expected"),
    [("EN", ["kitchen"]), ("%", []), ("_", []), ("\\", []), ("k%n", []), ("", None), (None, None)],
)
async def test_a_search_ignores_case_and_has_no_wildcards(
    demo_engine: GraphQLEngine, acme: Caller, search: str | None, expected: list[str] | None
) -> None:
    told = await catalog(
        demo_engine,
        'datasets(name: "OrderMetrics") { dimensions(name: "category") '
        "{ values(search: $search) all: values } }",
        acme,
        search=search,
    )
    ((category,),) = [item["dimensions"] for item in told["datasets"]]
    assert category["values"] == (category["all"] if expected is None else expected)


async def test_numbers_are_searched_by_their_digits(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    told = await catalog(
        demo_engine,
        'datasets(name: "UsageMetrics") { dimensions(name: "statusCode") { values(search: "9") } } '
        'orders: datasets(name: "OrderMetrics") '
        '{ dimensions(name: "productId") { values(search: "23", first: 3) } }',
        acme,
    )
    assert told["datasets"] == [{"dimensions": [{"values": ["429", "499"]}]}]
    ((product,),) = [item["dimensions"] for item in told["orders"]]
    assert len(product["values"]) == 3
    assert all("23" in value for value in product["values"])


class Counting(Service):
    """Counts the statements that are read."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.catalog, service.warehouse)
        self.statements = 0

    async def run(self, *arguments: Any, **named: Any) -> Any:
        self.statements += 1
        return await super().run(*arguments, **named)


@pytest.mark.parametrize(
    ("selection", "statements"),
    [
        ("datasets { name metrics { formula excluded { name } } dimensions { name } }", 0),
        ("datasets { timeRange { start } freshness dimensions { cardinality } }", 2),
        ('datasets(name: "OrderMetrics") { a: freshness b: freshness }', 1),
        ('datasets(name: "OrderMetrics") { dimensions(name: "country") { values } }', 1),
    ],
)
async def test_what_stands_still_costs_no_statement_and_figures_of_a_dataset_one(
    duckdb_demo: Service, demo_model: Model, acme: Caller, selection: str, statements: int
) -> None:
    service = Counting(duckdb_demo)
    engine = engine_of(demo_model, service, Settings())
    await catalog(engine, selection, acme)
    assert service.statements == statements


async def test_the_tree_is_made_once(duckdb_demo: Service, demo_model: Model, acme: Caller) -> None:
    engine = engine_of(demo_model, duckdb_demo, Settings())
    field = demo_model.schema.type_map["Query"].fields["catalog"]  # type: ignore[attr-defined]
    reader = field.resolve.__self__
    await catalog(engine, "datasets { name }", acme)
    tree = reader._tree(duckdb_demo.catalog)
    await catalog(engine, "records { name }", Caller("birch"))
    assert reader._tree(duckdb_demo.catalog) is tree


async def test_values_are_priced_and_what_stands_still_is_not(
    duckdb_demo: Service, demo_model: Model, acme: Caller
) -> None:
    engine = engine_of(demo_model, duckdb_demo, Settings())
    still = await engine.executed(engine.prepare("{ catalog { entities { key } } }", acme), acme)
    assert still.price.requested == 0
    text = '{ catalog { datasets(name: "OrderMetrics") { dimensions { values cardinality } } } }'
    asked = await engine.executed(engine.prepare(text, acme), acme)
    assert asked.price.requested > 500
    assert {part.of for part in asked.price.parts} == {"OrderMetrics"}


async def test_aliases_fragments_and_directives_are_as_graphql_has_them(
    duckdb_demo: Service, demo_model: Model, acme: Caller
) -> None:
    engine = engine_of(demo_model, duckdb_demo, Settings())
    told = await answer(
        engine,
        """query ($no: Boolean = false) {
          c: catalog { ...parts  __typename }
        }
        fragment parts on Catalog {
          d: datasets(name: "OrderMetrics") {
            metrics(name: "sessions") { n: name unit @include(if: $no) ... on CatalogMetric { n } }
            dimensions @skip(if: true) { values }
          }
        }""".replace("{ n }", "{ kind: __typename }"),
        acme,
    )
    assert list(told["data"]["c"].items()) == [
        ("d", [{"metrics": [{"n": "sessions", "kind": "CatalogMetric"}]}]),
        ("__typename", "Catalog"),
    ]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selection", "message", "code", "hint"),
    [
        (
            'datasets(name: "OrderMetric") { name }',
            "the catalog has no dataset 'OrderMetric'",
            "UNKNOWN_NAME",
            "did you mean 'OrderMetrics'",
        ),
        (
            'datasets { metrics(name: "revenu") { name } }',
            "the catalog has no metric 'revenu' of 'OrderMetrics'",
            "UNKNOWN_NAME",
            "did you mean 'revenue'",
        ),
        (
            'entities(name: "xyz") { name }',
            "the catalog has no entity 'xyz'",
            "UNKNOWN_NAME",
            "leave `name` out to see all entities",
        ),
        (
            "datasets { dimensions { values(first: 0) } }",
            "`first` is 0",
            "INVALID_PAGE",
            "at least 1 row",
        ),
        (
            "datasets { dimensions { values(first: -3) } }",
            "`first` is -3",
            "INVALID_PAGE",
            "at least 1 row",
        ),
        (
            "datasets { dimensions { values(first: 101) } }",
            "`first` is 101, and your tier may read 100 rows at once",
            "TOO_MANY_ROWS",
            "ask for first: 100",
        ),
        (
            'datasets { dimensions { values(search: "a\\u0000") } }',
            "the value for 'country' has the character U+0000, which no text holds",
            "INVALID_FILTER",
            "take it out",
        ),
    ],
)
async def test_what_cannot_be_is_refused_with_a_hint(
    duckdb_demo: Service,
    demo_model: Model,
    selection: str,
    message: str,
    code: str,
    hint: str,
) -> None:
    engine = engine_of(demo_model, duckdb_demo, Settings())
    told = await refusal(engine, selection, Caller("acme", (), tier=1))
    assert told[:2] == (message, code)
    assert hint in told[2]


async def test_without_a_tenant_the_model_is_told_and_no_row(
    demo_engine: GraphQLEngine,
) -> None:
    nobody = Caller(None, (), tier=3)
    told = await catalog(demo_engine, "datasets { name metrics { dimensions } }", nobody)
    assert [item["name"] for item in told["datasets"]] == ["OrderMetrics", "UsageMetrics"]
    for field in ("freshness", "dimensions { values }", "dimensions { cardinality }"):
        _, code, _ = await refusal(demo_engine, f"datasets {{ {field} }}", nobody)
        assert code == "TENANT_REQUIRED"


# --- what goes together --------------------------------------------------------------------------


async def test_what_is_said_to_go_together_is_answered_and_the_rest_refused_for_that_reason(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    told = await catalog(
        demo_engine,
        "datasets { name rootField dimensions { name groupBy } metrics { name dimensions metrics "
        "excluded { name reason hint } } }",
        acme,
    )
    pairs = 0
    for dataset in told["datasets"]:
        values = {item["name"]: item["groupBy"] for item in dataset["dimensions"]}
        for metric in dataset["metrics"]:
            excluded = {item["name"]: item for item in metric["excluded"]}
            assert {*metric["dimensions"], *excluded} >= values.keys()
            assert excluded.keys().isdisjoint({*metric["dimensions"], *metric["metrics"]})
            for name, value in values.items():
                response = await answer(
                    demo_engine,
                    f'{{ {dataset["rootField"]}(dateRange: {{ start: "2026-06-30", '
                    f'end: "2026-06-30" }}, groupBy: [{value}]) {{ {name} {metric["name"]} }} }}',
                    acme,
                )
                pairs += 1
                if name in metric["dimensions"]:
                    assert "errors" not in response
                    assert response["data"][dataset["rootField"]]
                    continue
                (error,) = response["errors"]
                assert error["message"] == excluded[name]["reason"]
                assert error["extensions"]["hint"] == excluded[name]["hint"]
    assert pairs == 10 * 7 + 9 * 6


def test_metrics_that_are_said_to_go_together_are_planned_with_what_all_of_them_have(
    duckdb_demo: Service, demo_model: Model, acme: Caller
) -> None:
    field = demo_model.schema.type_map["Query"].fields["catalog"]  # type: ignore[attr-defined]
    tree = field.resolve.__self__._tree(duckdb_demo.catalog)
    for dataset in tree["datasets"]:
        for one, other in itertools.permutations(dataset["metrics"], 2):
            query = MetricQuery(
                dataset["name"],
                metrics=(one["name"], other["name"]),
                dimensions=tuple(name for name in one["dimensions"] if name in other["dimensions"]),
                date_range=JUNE,
            )
            try:
                plan(query, duckdb_demo.catalog, acme)
            except RequestError:
                assert other["name"] not in one["metrics"]
            else:
                assert other["name"] in one["metrics"]
