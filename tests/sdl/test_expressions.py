"""The SQL of a model: what is refused and how, and that what is read keeps its meaning."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pytest
from graphql import GraphQLError
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from analytics_gql.errors import ModelError
from analytics_gql.gql.schema import executable_schema
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Dataset, Metric
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.expressions import MAX_DEPTH, ExpressionError, parse_expression
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import examine, query_type_name
from analytics_gql.sdl.read_metrics import MAX_PARTS
from tests.sdl.models import (
    ORDERS,
    PRODUCT,
    ROWS,
    TRAFFIC,
    catalog_of,
    dataset_sdl,
    metric_faults,
    schema_file,
    synced,
)

CANNOT_BE_READ = (
    "check parentheses and quotes; a reserved word as a column's name needs double quotes"
)
ONE = "write one SQL expression, without commas and semicolons around it"
QUERY = "write the expression alone, without SELECT, FROM, WHERE and what else a query has"
DISTINCT = "write count(distinct column)"
SUB_QUERY = "reach another table by @join, a fact by @source"
CLOCK = "leave time to the question's dateRange: a result is reused while the data is the same"
CHANCE = "a figure must be the same each time it is asked for"
ALIAS = "take the name away; the field has one"
FILTER = "write it behind one, as in count(*) filter (where status = 'paid')"
NINETY_FIVE = (
    "write as in percentile(latency_ms, 0.95) for the 95th percentile, and min or max for the ends"
)
INNER = "give the inner one a @metric of its own, or aggregate once"
HALVES = "make it flatter; terms of a long sum can be put into parentheses by halves"


def metric(sql: str, kind: str = "Float", name: str = "x") -> str:
    return f"{name}: {kind} @metric(sql: {json.dumps(sql, ensure_ascii=False)})"


def only_fault(sql: str) -> str:
    """The one thing that is held against a metric."""
    (told,) = metric_faults(metric(sql))
    return told.removeprefix("the metric x: ")


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "ordrCount / 2",
            "'ordrCount' is no metric of Sales, and as a column it is not inside an aggregate – "
            "did you mean 'orderCount'?",
        ),
        (
            "net_amount",
            "'net_amount' is no metric of Sales, and as a column it is not inside an aggregate – "
            "write sum(net_amount) if it is a column",
        ),
        ("1", "`1` has no aggregate – aggregate a column, as in sum(column)"),
        ("sum(max(a))", f"an aggregate stands inside an aggregate in `sum(max(a))` – {INNER}"),
        (
            "sum(count(*) filter (where b))",
            "an aggregate stands inside an aggregate in `sum(count(*) filter (where b))` – "
            f"{INNER}",
        ),
        (
            "sum(nope.a)",
            "`sum(nope.a)` speaks of 'nope', which is no source and no join here – "
            "known are orders, traffic, product",
        ),
        (
            "sum(trafic.a)",
            "`sum(trafic.a)` speaks of 'trafic', which is no source and no join here – "
            "did you mean 'traffic'?",
        ),
        (
            "sum(a + traffic.b)",
            "an aggregate in `sum(a + traffic.b)` reads orders and traffic at once – aggregate "
            "each source by itself and combine the results; "
            "count(traffic.*) counts the rows of 'traffic'",
        ),
        (
            "count(*) filter (where traffic.a > 1)",
            "an aggregate in `count(*) filter (where traffic.a > 1)` reads orders and traffic at "
            "once – aggregate each source by itself and combine the results; "
            "count(traffic.*) counts the rows of 'traffic'",
        ),
        (
            "count(product.*)",
            "'product' in `count(product.*)` is a join, and count(product.*) counts the rows of a "
            "source – write count(product.column) for the rows that have one, or count(*) for all",
        ),
        ("traffic.a", "the column `traffic.a` in `traffic.a` is not aggregated – "
         "wrap it, as in sum(traffic.a)"),
        ("sum(a.b.c)", "`a.b.c` in `sum(a.b.c)` has too many dots – "
         "qualify a column by the name of its source or join alone"),
        ("sum((select 1))", f"there is a sub-query in `sum((select 1))` – {SUB_QUERY}"),
        ("(select 1)", f"there is a sub-query in `(select 1)` – {SUB_QUERY}"),
        ("exists (select 1)", f"there is a sub-query in `exists (select 1)` – {SUB_QUERY}"),
        ("sum(a in (select 1))", "`in` has no list of values in `sum(a in (select 1))` – "
         "write as in x in ('a', 'b')"),
        ("sum(a) over ()", "there is a window function in `sum(a) over ()` – "
         "take `over (…)` away: the question's groups are the windows"),
        ("1; drop table x", f"`1; drop table x` is not one expression – {ONE}"),
        ("sum(a), sum(b)", f"`sum(a), sum(b)` is not one expression – {ONE}"),
        ("sum(a) from t", f"`sum(a) from t` is a query, not an expression – {QUERY}"),
        ("distinct a", f"`distinct a` is a query, not an expression – {QUERY}"),
        ("as value a", f"`as value a` is a query, not an expression – {QUERY}"),
        ("sum(a", f"the expression `sum(a` cannot be read as SQL – {CANNOT_BE_READ}"),
        ("sum('a)", f"the expression `sum('a)` cannot be read as SQL – {CANNOT_BE_READ}"),
        ('sum("a)', f"the expression `sum(\"a)` cannot be read as SQL – {CANNOT_BE_READ}"),
        ("sum()", f"the expression `sum()` cannot be read as SQL – {CANNOT_BE_READ}"),
        ("", "the SQL expression is empty – write one, or leave the argument out"),
        (" \n ", "the SQL expression is empty – write one, or leave the argument out"),
        ("sum(a)\0", "`'sum(a)\\x00'` has control characters – take them out"),
        ("sum(a) as b",
         f"`sum(a) as b` names its result, or an operator is missing in it – {ALIAS}"),
        ("sum(a) b", f"`sum(a) b` names its result, or an operator is missing in it – {ALIAS}"),
        ("count(*) filter (where a < now())",
         f"`count(*) filter (where a < now())` depends on the clock – {CLOCK}"),
        ("sum(a) + current_date", f"`sum(a) + current_date` depends on the clock – {CLOCK}"),
        ("count(*) filter (where a < 'today'::date)",
         f"`count(*) filter (where a < 'today'::date)` depends on the clock – {CLOCK}"),
        ("count(*) filter (where a < timestamp ' NOW ')",
         f"`count(*) filter (where a < timestamp ' NOW ')` depends on the clock – {CLOCK}"),
        ("max(clock_timestamp())", f"`max(clock_timestamp())` depends on the clock – {CLOCK}"),
        ("sum(random())", f"`sum(random())` depends on chance – {CHANCE}"),
        ("count(gen_random_uuid())", f"`count(gen_random_uuid())` depends on chance – {CHANCE}"),
        ("sum(distinct a)", f"`distinct` in `sum(distinct a)` can only count one expression – "
         f"{DISTINCT}"),
        ("count(distinct a, b)", f"`distinct` in `count(distinct a, b)` can only count one "
         f"expression – {DISTINCT}"),
        ("count(distinct *)", "`*` in `count(distinct *)` stands outside count(*) – name a column"),
        ("*", "`*` in `*` stands outside count(*) – name a column"),
        ("min(a, b)", "an aggregate in `min(a, b)` does not take one argument – "
         "write as in sum(column), or count(*)"),
        ("percentile(a)", "`percentile` in `percentile(a)` does not take a column and a fraction – "
         "write as in percentile(latency_ms, 0.95)"),
        ("percentile(distinct a, 0.5)", "`percentile` in `percentile(distinct a, 0.5)` does not "
         "take a column and a fraction – write as in percentile(latency_ms, 0.95)"),
        ("Percentile(a, 0.5 order by b)", "`percentile` in `Percentile(a, 0.5 order by b)` does "
         "not take a column and a fraction – write as in percentile(latency_ms, 0.95)"),
        *((f"percentile(a, {fraction})", "the second argument of `percentile` in "
           f"`percentile(a, {fraction})` is no fraction between 0 and 1 – {NINETY_FIVE}")
          for fraction in ("95", "0", "0.0", "1", "1.0", "-0.5", "b", "'0.5'", "5e-1", "1e-400",
                           "0.5 + 0.1", "0.0000000001", "$1")),
        ("percentile(sum(a), 0.5)",
         f"an aggregate stands inside an aggregate in `percentile(sum(a), 0.5)` – {INNER}"),
        ("sum(percentile(a, 0.5))",
         f"an aggregate stands inside an aggregate in `sum(percentile(a, 0.5))` – {INNER}"),
        ("percentile(a + traffic.b, 0.5)",
         "an aggregate in `percentile(a + traffic.b, 0.5)` reads orders and traffic at once – "
         "aggregate each source by itself and combine the results; "
         "count(traffic.*) counts the rows of 'traffic'"),
        ("lower(a) filter (where b)",
         f"`filter` in `lower(a) filter (where b)` follows no aggregate – {FILTER}"),
        ("sum(?)", "there is a parameter in `sum(?)` – write its value instead"),
        ("sum($1)", "there is a parameter in `sum($1)` – write its value instead"),
        ("sum(:a)", "there is a parameter in `sum(:a)` – write its value instead"),
    ],
)  # fmt: skip
def test_a_metric_is_refused_with_what_is_wrong_and_how_to_mend_it(sql: str, expected: str) -> None:
    assert only_fault(sql) == expected


@pytest.mark.parametrize(
    ("sql", "function"),
    [
        ("median(a)", "median"),
        ("quantile(a, 0.5)", "quantile"),
        ("percentile_disc(a, 0.5)", "percentile_disc"),
        ("sum(generate_series(1, 2))", "generate_series"),
        ("sum(f(a))", "f"),
        ("sum(pg_sleep(1))", "pg_sleep"),
        ("lower(orderCount)", "lower"),
        ("sum(read_csv('x'))", "read_csv"),
        ("max(date_trunc('month', a))", "date_trunc"),
    ],
)
def test_a_function_that_is_not_listed_is_refused_by_its_name(sql: str, function: str) -> None:
    message, _, hint = only_fault(sql).partition(" – ")
    assert message == f"the function {function} is not allowed in `{sql}`"
    assert "COALESCE" in hint


def test_the_one_collation_is_that_of_code_points() -> None:
    assert metric_faults(metric('max(a collate "C")')) == []
    fault = only_fault('max(a collate "de_DE")')
    assert "has a collation that not every engine knows" in fault
    assert 'COLLATE "C"' in fault


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("sum(a -> 'b')", "a -> 'b'"),
        ("sum(a[1])", "a[1]"),
        ("max(array[a])", "ARRAY[a]"),
        ("sum(a) between '1' and interval '1 day'", "INTERVAL '1 DAY'"),
        ("max(a::regclass)", "REGCLASS"),
    ],
)  # fmt: skip
def test_any_other_construct_is_refused_as_it_is_written(sql: str, shown: str) -> None:
    assert only_fault(sql).startswith(f"`{shown}` is not allowed in `{sql}` – ")


def test_a_cycle_is_told_once_and_those_who_depend_on_it_are_not_blamed() -> None:
    broken = "break the cycle: write one of them with aggregates alone"
    two = f"{metric('y + 1')}\n{metric('x', name='y')}"
    three = f"{metric('y')}\n{metric('z', name='y')}\n{metric('x', name='z')}\n"
    three += metric("z + y + orderCount", name="w")
    assert metric_faults(metric("x + 1")) == [
        f"the metric x is derived from itself: x → x – {broken}"
    ]
    assert metric_faults(two) == [f"the metric y is derived from itself: x → y → x – {broken}"]
    assert metric_faults(three) == [
        f"the metric z is derived from itself: x → y → z → x – {broken}"
    ]


def test_every_unknown_metric_of_an_expression_is_told() -> None:
    told = metric_faults(metric("foo + orderCount / bar"))
    assert [line.split("'")[1] for line in told] == ["bar", "foo"]


@pytest.mark.parametrize("kind", ["Decimal", "Int", "BigInt"])
@pytest.mark.parametrize(
    "sql",
    [
        "sum(a) / sum(b)",
        "avg(a)",
        "sum(a / b)",
        "2 * avg(a)",
        "ratio + 1",
        "sqrt(orderCount)",
        "exp(orderCount)",
        "sum(ln(a))",
        "orderCount * 1e2",
        "max(cast(a as double precision))",
        "case when orderCount > 1 then avg(a) end",
        "coalesce(sum(a), avg(b))",
        "nullif(avg(a), 0)",
        "percentile(a, 0.5)",
        "sum(a) - percentile(a, 0.5)",
    ],
)
def test_exact_types_refuse_what_is_not_exact(kind: str, sql: str) -> None:
    ratio = metric("sum(a) / sum(b)", name="ratio")
    (told,) = metric_faults(f"{ratio}\n{metric(sql, kind)}")
    assert told == (
        f"the metric x: {kind} is exact, and `{sql}` is not: it divides, averages, or takes a "
        "percentile, a root, a logarithm or a floating-point number – declare the metric Float"
    )
    assert metric_faults(f"{ratio}\n{metric(sql)}") == []


@pytest.mark.parametrize(
    "sql",
    [
        "sum(a) * 0.19 - min(b) + max(c)",
        "sum(case when a / b > 0.5 then c else 0 end)",
        "case when avg(a) > 1 then count(*) else 0 end",
        "count(*) filter (where a / b > 1)",
        "count(a / b)",
        "count(distinct a / b)",
        "nullif(sum(a), avg(b))",
        "sum(cast(a / b as numeric))",
        "abs(round(sum(a), 2))",
        "sum(a) % 7",
        "sum(case b when '1e5' then a end)",
    ],
)
def test_exact_types_take_what_is_exact(sql: str) -> None:
    assert metric_faults(metric(sql, "Decimal")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "{}a{}".format("(" * 20_000, ")" * 20_000),
        "a" + " + a" * 20_000,
        "sum(a)" + " + sum(a)" * MAX_DEPTH,
        "not " * 1_000 + "a",
        "- " * 1_000 + "sum(a)",
        "case when a then " * 500 + "1" + " end" * 500,
        "a" + "::int" * 1_000,
        "sum(a" + ".a" * 5_000 + ")",
        "sum(cast(a as int" + "[]" * 5_000 + "))",
    ],
)
def test_deep_expressions_are_refused(sql: str) -> None:
    shown = " ".join(sql.split())[:79]
    assert only_fault(sql) == (
        f"the expression `{shown}…` nests more than {MAX_DEPTH} levels – {HALVES}"
    )


def test_long_expressions_that_are_flat_enough_are_read() -> None:
    words = ", ".join(f"'{number}'" for number in range(5_000))
    assert metric_faults(metric(f"count(*) filter (where a in ({words}))")) == []
    assert metric_faults(metric(f"sum({'a' * 20_000})")) == []
    assert metric_faults(metric("sum(a)" + " + sum(a)" * (MAX_DEPTH - 4))) == []


def test_deep_chains_of_metrics_are_read_or_refused() -> None:
    def chain(sql: str, length: int) -> str:
        steps = [sql.format(f"m{number}") for number in range(length)]
        first = metric("sum(a)", name="m0")
        return "\n".join([first, *(metric(s, name=f"m{n}") for n, s in enumerate(steps, 1))])

    assert metric_faults(chain("{0} + 1", 40)) == []
    (told,) = metric_faults(chain("{0} + 1", 60))
    assert told.startswith("the metric m50: the expression `m49 + 1` nests more than 100 levels")
    (told,) = metric_faults(chain("{0} * {0}", 60))
    assert told == (
        "the metric m9: `m8 * m8`, with the metrics that it is derived from, has more than "
        f"{MAX_PARTS} parts – derive it from fewer metrics"
    )


# --- what is read --------------------------------------------------------------------------------


def only_dataset(*metrics: str) -> Dataset:
    return catalog_of(dataset_sdl("\n".join(metrics))).datasets[0]


def sql_of(part: exp.Expr | None) -> str | None:
    return None if part is None else part.sql(dialect="duckdb")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("sum(Net_Amount)", ("orders", Accumulate.SUM, '"orders"."net_amount"', None)),
        ('sum("NetAmount")', ("orders", Accumulate.SUM, '"orders"."NetAmount"', None)),
        ("sum(orders.a)", ("orders", Accumulate.SUM, '"orders"."a"', None)),
        ("sum(TRAFFIC.a)", ("traffic", Accumulate.SUM, '"traffic"."a"', None)),
        (
            "sum(product.a * b)",
            ("orders", Accumulate.SUM, '"product"."a" * "orders"."b"', None),
        ),
        ("count(*)", ("orders", Accumulate.COUNT, None, None)),
        ("count(orders.*)", ("orders", Accumulate.COUNT, None, None)),
        ("count(traffic.*)", ("traffic", Accumulate.COUNT, None, None)),
        ("count(distinct a)", ("orders", Accumulate.COUNT_DISTINCT, '"orders"."a"', None)),
        ("percentile(a, 0.95)", ("orders", Accumulate.PERCENTILE, '"orders"."a"', None)),
        (
            "PERCENTILE(traffic.a / 1000, .5) filter (where b)",
            (
                "traffic",
                Accumulate.PERCENTILE,
                'CAST("traffic"."a" AS DOUBLE) / NULLIF(CAST(1000 AS DOUBLE), 0)',
                '"traffic"."b"',
            ),
        ),
        ("sum(1)", ("orders", Accumulate.SUM, "1", None)),
        (
            "count(traffic.*) filter (where a > 1)",
            ("traffic", Accumulate.COUNT, None, '"traffic"."a" > 1'),
        ),
        (
            "count(*) filter (where product.a is null or b)",
            ("orders", Accumulate.COUNT, None, '"product"."a" IS NULL OR "orders"."b"'),
        ),
        (
            "sum(traffic.a) filter (where b = 'x' -- the others do not count\n)",
            ("traffic", Accumulate.SUM, '"traffic"."a"', "\"traffic\".\"b\" = 'x'"),
        ),
        ("sum(/* net */ a)", ("orders", Accumulate.SUM, '"orders"."a"', None)),
        ("sum(comment + show)",
         ("orders", Accumulate.SUM, '"orders"."comment" + "orders"."show"', None)),
        (
            "sum(a / b % c)",
            (
                "orders",
                Accumulate.SUM,
                'CAST("orders"."a" AS DOUBLE) / NULLIF(CAST("orders"."b" AS DOUBLE), 0) '
                '% NULLIF("orders"."c", 0)',
                None,
            ),
        ),
    ],
)  # fmt: skip
def test_an_aggregate_becomes_a_component_of_its_source(
    sql: str, expected: tuple[str, Accumulate, str | None, str | None]
) -> None:
    (component,) = only_dataset(metric(sql)).metric_named["x"].components
    shown = sql_of(component.argument), sql_of(component.where)
    assert (component.source, component.accumulate, *shown) == expected


def test_equal_aggregates_are_one_component_whatever_metric_they_stand_in() -> None:
    dataset = only_dataset(
        metric("sum(a) + SUM( A )"),
        metric("avg(a)", name="y"),
        metric("sum(orders.a) / count(a)", name="z"),
        metric('sum("A")', name="v"),
        metric("sum(a) filter (where b)", name="w"),
    )
    names = {
        name: [component.name for component in dataset.metric_named[name].components]
        for name in "xyzvw"
    }
    assert names["x"] == ["sum_a"]
    assert names["y"] == names["z"] == ["sum_a", "count_a"]
    assert len({*names["x"], *names["v"], *names["w"]}) == 3


def test_percentiles_of_one_column_are_told_apart_by_their_fraction() -> None:
    dataset = only_dataset(
        metric("percentile(a, 0.5)", name="x"),
        metric("2 * percentile(a, .50)", name="y"),
        metric("percentile(a, 0.95)", name="z"),
        metric("percentile(a, 0.0000001)", name="v"),
    )
    found = {
        name: [(part.name, part.fraction) for part in dataset.metric_named[name].components]
        for name in "xyzv"
    }
    assert found["x"] == found["y"] == [("percentile_50_a", Decimal("0.5"))]
    assert found["z"] == [("percentile_95_a", Decimal("0.95"))]
    assert found["v"] == [("percentile_0_00001_a", Decimal("0.0000001"))]


def test_columns_of_statements_are_unique_and_short_enough_for_postgresql() -> None:
    # Metrics called as columns, dimensions called as components, names that fold to one.
    long = "a" * 200
    dataset = only_dataset(
        metric("sum(cost)", name="cost"),
        metric("sum(COST) + sum(\"COST\")", name="sumCost"),
        "sum_cost2: String @dimension",
        "count: String @dimension",
        f'{long}1: String @dimension(sql: "a")',
        f'{long}2: String @dimension(sql: "b")',
        metric(f"sum({long}1)", name=f"{long}3"),
        metric(f"sum({long}2)", name=f"{long}4"),
        metric("count(*) filter (where a)", name="c"),
        metric("sum(ä)", name="d"),
        metric("sum(ö)", name="e"),
    )  # fmt: skip
    assert dataset.time is not None
    keys = [dataset.time.column, *(dimension.column for dimension in dataset.dimensions)]
    components = {component.name for metric in dataset.metrics for component in metric.components}
    by_value = {component for metric in dataset.metrics for component in metric.components}
    columns = [metric.column for metric in dataset.metrics]
    assert len(components) == len(by_value)
    assert len({*keys, *components}) == len(keys) + len(components)
    assert len({*keys, *columns}) == len(keys) + len(columns)
    assert all(len(name.encode()) <= 63 for name in (*keys, *components, *columns))


# --- what it means: DuckDB computes what Python computes -----------------------------------------


COLUMNS: dict[str, float | None] = {"a": 7, "b": 3, "c": 0, "d": -2, "e": None}


ORDER = duckdb.connect()
ORDER.execute("CREATE TABLE orders AS SELECT 7 a, 3 b, 0 c, -2 d, NULL::INT e")


ACCUMULATED = {
    Accumulate.SUM: "SUM({})",
    Accumulate.COUNT: "COUNT({})",
    Accumulate.MIN: "MIN({})",
    Accumulate.MAX: "MAX({})",
    Accumulate.COUNT_DISTINCT: "COUNT(DISTINCT {})",
    Accumulate.PERCENTILE: "QUANTILE_CONT({}, 0.5)",
}


def accumulated(component: Component) -> str:
    argument = sql_of(component.argument) or "*"
    where = f" FILTER (WHERE {sql_of(component.where)})" if component.where is not None else ""
    return f'{ACCUMULATED[component.accumulate].format(argument)}{where} AS "{component.name}"'


def value_of(metric: Metric) -> object:
    """The metric over the one row of the table."""
    components = ", ".join(map(accumulated, metric.components))
    row = ORDER.execute(
        f"SELECT {sql_of(metric.expression)} FROM (SELECT {components} FROM orders)"
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("difference / total", 0.4),
        ("a - difference", 3),
        ("a - (difference - b)", 6),
        ("a * total", 70),
        ("difference * b + a", 19),
        ("-difference", -4),
        ("- negative", 4),
        ("a % total", 7),
        ("total % difference", 2),
        ("a % c", None),
        ("a % nullif(c, 5)", None),
        ("a / c", None),
        ("a / b / d", 7 / 3 / -2),
        ("a / (b / d)", 7 / (3 / -2)),
        ("a / (b / c)", None),
        ("a / c / b", None),
        ("a / (1 / (b / d))", 7 * (3 / -2)),
        ("b / 2 / 2", 0.75),
        ("10 % (a % (b % 2))", None),
        ("10 % (a % (b % 4))", 0),
        ("ratio / ratio", 1),
        ("1 / ratio", 3 / 7),
        ("1 - ratio", 1 - 7 / 3),
        ("avg(a) / avg(b)", 7 / 3),
        ("a - avg(b)", 4),
        ("not isBig", False),
        ("isBig and not isSmall", True),
        ("not (isBig and isSmall)", True),
        ("case when isBig or isSmall then difference else total end * 2", 8),
        ("case difference when 4 then 'four' else 'other' end", "four"),
        ("coalesce(e, difference) * 2", 8),
        ("nullif(difference, 4)", None),
        ("greatest(difference, total) - least(difference, total)", 6),
        ("difference between b and total", True),
        ("difference not between b and total", False),
        ("difference in (1, 4)", True),
        ("(difference > 1) = isBig", True),
        ("isBig is not null", True),
        ("e is null and difference is distinct from e", True),
        ("abs(d) + sqrt(difference) + floor(ratio) + ceil(ratio) + round(ratio, 1)", 11.3),
        ("ln(exp(difference))", 4),
        ("sum(a / b)", 7 / 3),
        ("sum(a / c)", None),
        ("sum(b / 2 / 2)", 0.75),
        ("sum(a / (b / c))", None),
        ("sum(a % c)", None),
        ("sum(case when a > b then a - b else 0 end)", 4),
        ("sum(a) filter (where a in (7, 8) and not b between 4 and 5)", 7),
        ("count(*) filter (where cast(a as text) || 'x' like '7%')", 1),
        ("count(e)", 0),
        ("count(e) + 1", 1),
        ("sum(e)", None),
        ("count(distinct a) / 2", 0.5),
    ],
)
def test_derived_metrics_keep_the_meaning_of_what_they_are_derived_from(
    sql: str, expected: object
) -> None:
    dataset = only_dataset(
        *(metric(f"sum({name})", name=name) for name in COLUMNS),
        metric("a - b", name="difference"),
        metric("a + b", name="total"),
        metric("-difference", name="negative"),
        metric("a / b", name="ratio"),
        metric("a > 5", "Boolean", name="isBig"),
        metric("a < 5 or b > 5", "Boolean", name="isSmall"),
        metric(sql),
    )
    value = value_of(dataset.metric_named["x"])
    if isinstance(expected, float | int) and not isinstance(expected, bool):
        assert value == pytest.approx(expected)
    else:
        assert value is expected or value == expected


@dataclass(frozen=True)
class Tree:
    """An arithmetic expression; with `name`, it is a metric of its own."""

    operator: str
    parts: tuple[Tree, ...] = ()
    name: str | None = None

    def sql(self) -> str:
        """Written with all parentheses, named parts by their names."""
        shown = [part.name or f"({part.sql()})" for part in self.parts]
        match self.operator:
            case "neg":
                return f"-{shown[0]}"
            case "case":
                return f"case when {shown[0]} > {shown[1]} then {shown[1]} else {shown[2]} end"
            case "+" | "-" | "*" | "/":
                return f" {self.operator} ".join(shown)
            case leaf:
                return f"sum({leaf})"

    def value(self) -> float | None:
        values = [part.value() for part in self.parts]
        if self.operator == "case":
            first, second, third = values
            is_more = first is not None and second is not None and first > second
            return second if is_more else third
        if self.operator in COLUMNS:
            return COLUMNS[self.operator]
        if None in values:
            return None
        numbers = [value for value in values if value is not None]
        match self.operator:
            case "neg":
                return -numbers[0]
            case "+":
                return numbers[0] + numbers[1]
            case "-":
                return numbers[0] - numbers[1]
            case "*":
                return numbers[0] * numbers[1]
            case _:
                return numbers[0] / numbers[1] if numbers[1] else None

    def named(self) -> list[Tree]:
        found = [tree for part in self.parts for tree in part.named()]
        return [*found, self] if self.name else found


NAMES = st.none() | st.integers(0, 9_999_999).map("m{}".format)


def trees(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    two = st.tuples(parts, parts)
    return (
        st.builds(Tree, st.sampled_from("+-*/"), two, NAMES)
        | st.builds(Tree, st.just("neg"), st.tuples(parts), NAMES)
        | st.builds(Tree, st.just("case"), st.tuples(parts, parts, parts), NAMES)
    )


@settings(max_examples=100, deadline=None)
@given(tree=st.recursive(st.builds(Tree, st.sampled_from(sorted(COLUMNS))), trees, max_leaves=12))
def test_any_arithmetic_over_metrics_equals_the_same_in_python(tree: Tree) -> None:
    named = {part.name: part for part in tree.named() if part.name}
    assume(len(named) == len(tree.named()) and tree.name is None)
    expected = tree.value()
    assume(expected is None or abs(expected) < 1e12)
    fields = [metric(part.sql(), name=name) for name, part in named.items()]
    dataset = only_dataset(*fields, metric(tree.sql()))
    value = value_of(dataset.metric_named["x"])
    if expected is None:
        assert value is None
    else:
        assert isinstance(value, int | float)
        assert math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)


# --- whatever is written, it is read or told -----------------------------------------------------

WORDS = """
    sum count min max avg ( ) ( ) * + - / % , . ; = <> < > <= >= :: || -> ->> ~ ! @ # $ $1 ? :x
    and or not is null true false case when then else end in between like ilike escape exists any
    select from where filter over partition by order group having limit union distinct all as with
    recursive lateral cast extract year epoch interval date timestamp at time zone collate array [
    ] { } row values insert update delete drop table create a b orders traffic traffic.a product.b
    traffic.* orderCount x 1 0 1.5 1e9 'a' 'it''s' "A" "" '' ' " -- /* */ \\ ä 🎉 int text
    decimal(10,2) double precision current_date now() random() coalesce nullif round abs ln concat
    lower substring trim both f(a) if greatest nullif( coalesce( within group sum( count(*)
    count(distinct unnest struct map grouping sets rollup cube window qualify pivot tablesample
    percentile( 0.5)
"""
WORD = st.sampled_from(WORDS.split())
SNIPPETS = st.one_of(
    st.text(max_size=40),
    st.lists(WORD, max_size=14).map(" ".join),
    st.lists(WORD, max_size=8).map("".join),
    st.lists(WORD, max_size=6).map(lambda words: f"sum({' '.join(words)})"),
)
STRINGS = SNIPPETS.map(lambda text: json.dumps(text, ensure_ascii=False))
LITERALS = st.recursive(
    STRINGS
    | st.sampled_from(["null", "true", "UP", "CURRENCY", "{}", "[]", '"UTC"', '"traffic"'])
    | st.integers().map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map("{:.3e}".format),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{' '.join(parts)}]")
        | st.dictionaries(st.sampled_from(["name", "sql", "x"]), inner, max_size=3).map(
            lambda pairs: "{" + " ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        )
    ),
    max_leaves=4,
)
PLACES = [
    (TRAFFIC, "x: Float @metric(sql: {})", ORDERS),
    (TRAFFIC, "x: Decimal @metric(sql: {})", ORDERS),
    (TRAFFIC, "x: String @dimension(sql: {})", ORDERS),
    (TRAFFIC, 'x: String @dimension(sources: [{{name: "traffic", sql: {}}}])', ORDERS),
    (TRAFFIC, "x: String @dimension(sources: {})", ORDERS),
    (TRAFFIC, 'x: Int @metric(sql: "sum(a)", format: {0}, better: {0}, cost: {0}, unit: {0})',
     ORDERS),
    ("", "", "table: {}"),
    ("", "", 'table: "gold.orders", time: {}'),
    ("", "", 'table: "gold.orders", where: {}'),
    ("", "", 'table: "gold.orders", version: {}'),
    ("", "", 'table: "gold.orders", tenant: {}'),
    ("", "", 'table: "gold.orders", shared: {}'),
    ("", "", 'table: "gold.orders", timezone: {}'),
    ("", "", 'table: "gold.orders", storedIn: {}'),
    (PRODUCT.replace('"product_id = product.id"', "{}"), "", ORDERS),
    (PRODUCT.replace('"product"', "{}"), "", ORDERS),
    (PRODUCT.replace('"gold.products"', "{}"), "", ORDERS),
    (PRODUCT.replace("name:", "source: {}, name:"), "", ORDERS),
    (TRAFFIC.replace('"traffic"', "{}"), "", ORDERS),
]  # fmt: skip


def check_reading(text: str) -> None:
    """Reading ends in faults or in a catalog whose SQL can be written for every engine."""
    catalog, faults = examine((schema_file(text),))
    assert all(fault.line and fault.hint for fault in faults)
    if faults:
        return
    for dataset in catalog.datasets:
        parts = [column.expression for d in dataset.dimensions for column in d.columns]
        parts += [found.expression for found in dataset.metrics]
        parts += [part for m in dataset.metrics for c in m.components for part in c.expressions]
        for source in dataset.sources:
            own = (source.time, source.relation.where, source.relation.version)
            parts += [part for part in (*own, *(join.on for join in source.joins)) if part]
        check_parts(parts)
    for rows, moments in (
        *((records.rows, (records.time,)) for records in catalog.records),
        *((entity.rows, (entity.time, entity.available_at)) for entity in catalog.entities),
    ):
        parts = [found.expression for found in rows.fields]
        own = (*moments, rows.relation.where, rows.relation.version)
        check_parts(parts + [part for part in own if part])
        assert rows.key_fields


def check_parts(parts: list[exp.Expr]) -> None:
    for part in parts:
        assert part.sql(dialect="duckdb")
        assert part.sql(dialect="postgres")
        assert not any(node.comments for node in part.walk())


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLACES), value=STRINGS | LITERALS)
def test_whatever_stands_in_an_argument_is_read_or_told(
    place: tuple[str, str, str], value: str
) -> None:
    also, fields, dataset = (part.format(value) if "{" in part else part for part in place)
    try:
        text = dataset_sdl(fields, dataset, also)
        schema_file(text)
    except GraphQLError:
        assume(False)
    check_reading(text)


PLACES_OF_ROWS = (
    '"Gold.Orders"', '["orderNumber", "id"]', '"ordered_at / 2"', '"total > 0"', '"max(loaded_at)"',
    '["id"]', '"valid_from"', '"\\"Known At\\""', '"orders_tax / net"', '["customerId"]',
    '"org_id"', '["orderNumber", "customerId"]', '["country"]',
)  # fmt: skip
"""Values of arguments in ROWS."""


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLACES_OF_ROWS), value=STRINGS | LITERALS)
def test_whatever_stands_in_an_argument_of_rows_is_read_or_told(place: str, value: str) -> None:
    assert place in ROWS
    try:
        text = ROWS.replace(place, value)
        schema_file(text)
    except GraphQLError:
        assume(False)
    check_reading(text)


@settings(max_examples=200, deadline=None)
@given(sql=SNIPPETS)
def test_an_expression_is_read_or_refused_as_a_value(sql: str) -> None:
    try:
        parsed = parse_expression(sql)
    except ExpressionError as error:
        refusal = error
    else:
        assert parsed.parent is None
        return
    assert refusal.message
    assert refusal.hint
    assert "\n" not in refusal.message


TOKENS = """
    , ! [ ] { } ( ) " : @ & | = # extend type input enum union interface scalar schema query
    mutation subscription on directive repeatable implements fragment Query Sales SalesFilter Int
    @time @dataset @dimension @metric @source @join __x null true
"""
WHOLE = synced(
    dataset_sdl(
        'x: Float @metric(sql: "avg(traffic.a) / orderCount", format: PERCENT)\n'
        '  y: String @dimension(sql: "product.name")'
    )
)[0].text


@settings(max_examples=150, deadline=None)
@given(
    start=st.integers(0, len(WHOLE)),
    length=st.integers(0, 30),
    text=st.sampled_from(TOKENS.split()),
)
def test_a_damaged_file_is_told_or_still_a_model(start: int, length: int, text: str) -> None:
    damaged = f"{WHOLE[:start]} {text} {WHOLE[start + length :]}"
    try:
        file = schema_file(damaged)
    except GraphQLError:
        return  # told when the file is loaded, see test_files
    try:
        catalog = check_model((file,))
    except ModelError:
        return
    executable_schema(public_sdl((file,)), query_type_name((file,)), catalog)
