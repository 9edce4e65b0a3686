"""What the organisations ask of AI models: whole, priced, and with the shapes of life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.gql.execution import GraphQLEngine

Rows = list[tuple[Any, ...]]


class Gold:
    """Questions to the demo file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, sql: str) -> Rows:
        return self.connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


@pytest.fixture(scope="module")
def gold(demo_path: Path) -> Iterator[Gold]:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo_path)])
        connection.execute("USE demo.gold")
        yield Gold(connection)


def test_three_organizations_of_unequal_size_over_half_a_year(gold: Gold) -> None:
    assert gold.rows(
        "SELECT org_id, count(*), count(DISTINCT workspace_id), count(DISTINCT requested_at::DATE),"
        "  min(requested_at)::DATE::TEXT, max(requested_at)::DATE::TEXT "
        "FROM usage_requests GROUP BY org_id ORDER BY org_id"
    ) == [
        ("acme", 60_000, 4, 181, "2026-01-01", "2026-06-30"),
        ("birch", 25_000, 3, 181, "2026-01-01", "2026-06-30"),
        ("cobalt", 15_000, 2, 181, "2026-01-01", "2026-06-30"),
    ]


def test_every_request_has_a_workspace_of_its_organization_and_a_model_that_was_out(
    gold: Gold,
) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM usage_requests AS requests "
            "JOIN workspaces ON workspaces.org_id = requests.org_id "
            "  AND workspaces.id = workspace_id AND created_at < requested_at "
            "JOIN ai_models ON ai_models.id = model AND released_on < requested_at"
        )
        == 100_000
    )


def test_workspaces_of_one_number_are_others_in_other_organizations(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM workspaces AS mine JOIN workspaces AS theirs USING (id) "
            "WHERE mine.org_id < theirs.org_id AND mine.name = theirs.name"
        )
        == 0
    )


def test_requests_are_numbered_and_stored_in_the_order_of_time(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM usage_requests AS later JOIN usage_requests AS earlier "
            "ON later.rowid = earlier.rowid + 1 WHERE (later.org_id, later.requested_at, later.id)"
            " <= (earlier.org_id, earlier.requested_at, earlier.id)"
        )
        == 0
    )
    assert gold.value("SELECT max(id) FROM usage_requests WHERE org_id = 'acme'") == 60_000


def test_a_request_costs_what_its_tokens_cost(gold: Gold) -> None:
    # Rounded down to the millionth of a dollar.
    assert (
        gold.value(
            "SELECT count(*) FROM usage_requests JOIN ai_models ON ai_models.id = model "
            "WHERE cost_usd <> "
            "  floor((input_tokens * input_price + output_tokens * output_price)) / 1000000"
        )
        == 0
    )


def test_only_what_was_answered_has_tokens_and_who_left_has_no_latency(gold: Gold) -> None:
    assert gold.rows(
        "SELECT status_code, min(input_tokens) > 0, max(output_tokens) > 0, max(cost_usd) > 0,"
        "  count(latency_ms) = count(*), count(latency_ms) = 0 "
        "FROM usage_requests WHERE endpoint = 'messages' GROUP BY 1 ORDER BY 1"
    ) == [
        (200, True, True, True, True, False),
        (400, False, False, False, True, False),
        (429, False, False, False, True, False),
        (499, True, True, True, False, True),
        (500, False, False, False, True, False),
        (503, False, False, False, True, False),
    ]
    assert gold.value("SELECT min(latency_ms) FROM usage_requests") > 0


def test_errors_are_few_but_for_one_afternoon(gold: Gold) -> None:
    usual, outage = gold.rows(
        "SELECT avg((status_code IN (400, 429, 500, 503))::INTEGER) "
        "FROM usage_requests "
        "GROUP BY requested_at BETWEEN '2026-05-12 14:10:00' AND '2026-05-12 16:25:00' ORDER BY 1"
    )
    assert 0.01 < usual[0] < 0.03
    assert 0.2 < outage[0] < 0.5
    assert (
        gold.value("SELECT count(DISTINCT requested_at::DATE) FROM usage_requests "
                   "WHERE status_code = 503") == 1
    )  # fmt: skip


def test_the_tail_of_latencies_is_long(gold: Gold) -> None:
    found = gold.rows(
        "SELECT model, quantile_cont(latency_ms, 0.95) / median(latency_ms) "
        "FROM usage_requests WHERE endpoint = 'messages' GROUP BY model"
    )
    assert all(ratio > 3 for _, ratio in found), found


def test_callers_move_on_to_a_successor(gold: Gold) -> None:
    share = dict(
        gold.rows(
            "SELECT month(requested_at), avg((model = 'kestrel-2')::INTEGER) "
            "FROM usage_requests WHERE model IN ('kestrel-1', 'kestrel-2') GROUP BY 1"
        )
    )
    assert share[3] == 0
    assert 0 < share[4] < share[5] < share[6] == 1


def test_people_who_work_ask_on_weekdays(gold: Gold) -> None:
    day = dict(gold.rows("SELECT isodow(requested_at), count(*) FROM usage_requests GROUP BY 1"))
    assert day[3] > 1.5 * day[6]
    growth = gold.value(
        "SELECT count(*) FILTER (WHERE requested_at >= '2026-06-01')"
        "  / count(*) FILTER (WHERE requested_at < '2026-02-01') "
        "FROM usage_requests WHERE org_id = 'birch'"
    )
    assert growth > 1.8


# --- asked by its owners -------------------------------------------------------------------------


async def ask(engine: GraphQLEngine, tenant: str, query: str, **variables: Any) -> Any:
    caller = Caller(tenant, (), tier=3)
    response = orjson.loads(
        orjson.dumps(await engine.execute(query, caller, variables=variables or None))
    )
    assert "errors" not in response
    return response["data"]


async def test_each_organization_sees_its_own_use_and_the_last_one_none(
    demo_engine: GraphQLEngine, gold: Gold
) -> None:
    year = 'dateRange: { start: "2026-01-01", end: "2026-12-31" }'
    query = f"""{{
      all: usageMetrics({year}) {{ requests cost latencyP95 }}
      usageMetrics({year}, groupBy: [WORKSPACE_ID]) {{ workspaceId workspace {{ name }} requests }}
      usageRequests {{ totalCount }}
      workspaces(ids: ["1", "2", "3", "4", "5"]) {{ name }}
    }}"""
    for tenant in ("acme", "birch", "cobalt", "dune"):
        data = await ask(demo_engine, tenant, query)
        ((requests, cost, p95),) = gold.rows(
            "SELECT count(*), sum(cost_usd), quantile_cont(latency_ms, 0.95) "
            f"FROM usage_requests WHERE org_id = '{tenant}'"
        )
        assert data["all"] == [
            {
                "requests": requests,
                "cost": None if cost is None else float(cost),
                "latencyP95": None if p95 is None else pytest.approx(p95, rel=1e-11),
            }
        ]
        assert data["usageRequests"]["totalCount"] == requests
        names = dict(gold.rows(f"SELECT id, name FROM workspaces WHERE org_id = '{tenant}'"))
        assert data["workspaces"] == [
            {"name": names[number]} if number in names else None for number in range(1, 6)
        ]
        assert data["usageMetrics"] == [
            {
                "workspaceId": str(number),
                "workspace": {"name": name},
                "requests": gold.value(
                    "SELECT count(*) FROM usage_requests "
                    f"WHERE org_id = '{tenant}' AND workspace_id = {number}"
                ),
            }
            for number, name in sorted(names.items())
        ]


async def test_pages_of_requests_joined_are_the_organization_s_own(
    demo_engine: GraphQLEngine, gold: Gold
) -> None:
    query = """query ($after: String) {
      usageRequests(
        first: 7, after: $after, where: { statusCode: { eq: 500 } }
        orderBy: [{ by: LATENCY_MS, direction: DESC }]
      ) { nodes { id latencyMs } pageInfo { hasNextPage endCursor } }
    }"""
    found: Rows = []
    after: str | None = None
    while True:
        page = (await ask(demo_engine, "birch", query, after=after))["usageRequests"]
        found += [(int(node["id"]), node["latencyMs"]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(found) > 7
    assert found == gold.rows(
        "SELECT id, latency_ms FROM usage_requests WHERE org_id = 'birch' AND status_code = 500 "
        "ORDER BY latency_ms DESC, id DESC"
    )
