"""TPC-H asked through a model: the answers must be those of the specification's own SQL.

`queries/` has each question twice, as GraphQL and as SQL with the validation parameters of the
specification. Response keys are the SQL's column names; each root field must have the SQL's rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, GraphQLFloat, OperationDefinitionNode, get_named_type, parse

from analytics_gql.cli.parser import run
from analytics_gql.compose.model import Model

FOLDER = Path(__file__).parent
QUESTIONS = sorted(path.stem for path in (FOLDER / "queries").glob("*.graphql"))

Warehouse = Any  # that of conftest.py, which no test can import
Rows = list[dict[str, Any]]


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Each engine in turn."""
    return request.getfixturevalue(f"{request.param}_tpch")


def text_of(name: str) -> str:
    return (FOLDER / "queries" / name).read_text()


def inexact_keys(text: str, model: Model) -> set[str]:
    """The response keys whose fields are Floats; all others must agree exactly."""

    def floats(node: FieldNode | OperationDefinitionNode, parent: Any) -> Iterator[str]:
        assert node.selection_set is not None
        for field in node.selection_set.selections:
            assert isinstance(field, FieldNode)
            field_type = get_named_type(parent.fields[field.name.value].type)
            if field.selection_set is not None:
                yield from floats(field, field_type)
            elif field_type is GraphQLFloat:
                yield field.alias.value if field.alias else field.name.value

    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return set(floats(operation, model.schema.query_type))


def assert_same_rows(found: Rows, expected: Rows, inexact: set[str]) -> None:
    """Same rows in the same order, same keys in the same order, same values.

    `found` is of JSON, `expected` of JSON or of a driver.
    """
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            wanted: Any = value.isoformat() if isinstance(value, date) else value
            if key in inexact and wanted is not None:
                assert math.isclose(ours[key], wanted, rel_tol=1e-9), (key, ours, theirs)
            else:
                assert ours[key] == wanted, (key, ours, theirs)


def test_the_model_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "check", "--schema", str(FOLDER / "schema.graphql")]) == 0
    assert "is in order" in capsys.readouterr().out


@pytest.mark.parametrize("question", QUESTIONS)
async def test_answers_are_those_of_the_specification(
    question: str, warehouse: Warehouse, tpch_model: Model
) -> None:
    text = text_of(f"{question}.graphql")
    expected = await warehouse.sql(text_of(f"{question}.sql"))
    assert expected
    assert all(value is not None for row in expected for value in row.values())
    for rows in (await warehouse.ask(text)).values():
        assert_same_rows(rows, expected, inexact_keys(text, tpch_model))


@pytest.mark.parametrize("question", QUESTIONS)
async def test_engines_answer_alike(
    question: str, duckdb_tpch: Warehouse, postgres_tpch: Warehouse, tpch_model: Model
) -> None:
    text = text_of(f"{question}.graphql")
    one, other = await duckdb_tpch.ask(text), await postgres_tpch.ask(text)
    assert list(one) == list(other)
    for key, rows in one.items():
        assert_same_rows(rows, other[key], inexact_keys(text, tpch_model))


async def test_decimals_in_variables_are_taken_as_written(warehouse: Warehouse) -> None:
    # As doubles both discounts are a little more than the decimals: rows at 5 % would fall out.
    text = text_of("q06_forecasting_revenue_change.graphql")
    defaults = await warehouse.ask(text)
    assert await warehouse.ask(text, discounts=[0.05, 0.07], below=24) == defaults
    assert await warehouse.ask(text, discounts=["0.05", "0.0700"], below="24.00") == defaults


async def test_groups_of_which_no_row_meets_a_metric_s_condition_stay_with_null(
    warehouse: Warehouse,
) -> None:
    data = await warehouse.ask(
        """{
          salesMetrics(
            dateRange: { start: "1994-01-01", end: "1994-01-02" }
            groupBy: [SUPPLIER_NATION]
            orderBy: [{ by: LOCAL_REVENUE, direction: DESC }]
          ) { supplierNation localRevenue localShare lineCount }
        }"""
    )
    rows = data["salesMetrics"]
    empty = [row for row in rows if row["localRevenue"] is None]
    assert 0 < len(empty) < len(rows)
    assert rows[-len(empty) :] == empty
    assert [row["supplierNation"] for row in empty] == sorted(r["supplierNation"] for r in empty)
    assert all(row["localShare"] is None and row["lineCount"] > 0 for row in empty)


@pytest.mark.parametrize("condition", ["isLate", "leftInTime", "wasDelayedOnTheWay", "wasUrgent"])
async def test_a_condition_as_a_dimension_filters_as_it_groups(
    condition: str, warehouse: Warehouse
) -> None:
    january = 'dateRange: { start: "1994-01-01", end: "1994-01-31" }'
    grouped = (await warehouse.ask(f"{{ receiptMetrics({january}) {{ {condition} lineCount }} }}"))[
        "receiptMetrics"
    ]
    no, yes = (row["lineCount"] for row in grouped)
    assert [row[condition] for row in grouped] == [False, True]
    expected = {
        "{ %s: { eq: true } }": yes,
        "{ %s: { eq: false } }": no,
        "{ %s: { ne: true } }": no,
        "{ not: { %s: { eq: true } } }": no,
        "{ or: [{ %s: { eq: true } }, { shipMode: { isNull: true } }] }": yes,
        "{ %s: { isNull: false } }": no + yes,
        "{ %s: { isNull: true } }": 0,
    }
    found = {}
    for where in expected:
        text = f"{{ receiptMetrics({january}, where: {where % condition}) {{ lineCount }} }}"
        ((row,),) = (await warehouse.ask(text)).values()
        found[where] = row["lineCount"]
    assert found == expected
