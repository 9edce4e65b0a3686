"""`schema sync`: what it writes, what it leaves alone, and what it cannot mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    Source,
    TokenKind,
    build_schema,
    lexicographic_sort_schema,
    parse,
    print_schema,
    validate_schema,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.errors import Fault
from analytics_gql.sdl.files import SchemaFile, load_schema
from analytics_gql.sdl.sync import SyncPlan, apply_sync, edits_as_faults, edits_as_news, plan_sync
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY

REPOSITORY = Path(__file__).parents[2]

NEWCOMER = """\
# Flights, as the operations team counts them.
type FlightMetrics @dataset(table: "ops.flights", time: "departed_at", shared: true) {
  day: Date @time
  origin: String @dimension # the IATA code
  isInternational: Boolean @dimension
  flightCount: BigInt @metric(sql: "count(*)")
  delay: Float @metric(sql: "avg(delay_minutes)")
}

type Query {
  flightMetrics: [FlightMetrics!]
}
"""

NEWCOMER_WITH_ARGUMENTS = """\
# Flights, as the operations team counts them.
type FlightMetrics @dataset(table: "ops.flights", time: "departed_at", shared: true) {
  day: Date @time
  origin: String @dimension # the IATA code
  isInternational: Boolean @dimension
  flightCount: BigInt @metric(sql: "count(*)")
  delay: Float @metric(sql: "avg(delay_minutes)")
}

type Query {
  flightMetrics(
    dateRange: DateRange!
    groupBy: [FlightMetricsDimension!]
    granularity: Granularity! = DAY
    timezone: String
    where: FlightMetricsFilter
    orderBy: [FlightMetricsOrder!]
    limit: Int
  ): [FlightMetrics!]
}
"""

NEWCOMER_DERIVED = """\

# Derived from the model, written by `analytics-gql schema sync`.

"What `FlightMetrics` can be grouped by."
enum FlightMetricsDimension {
  ORIGIN
  IS_INTERNATIONAL
}

"Conditions on `FlightMetrics`, all of which must hold: on dimensions before grouping, on metrics after."
input FlightMetricsFilter {
  and: [FlightMetricsFilter!]
  or: [FlightMetricsFilter!]
  not: FlightMetricsFilter
  origin: StringFilter
  isInternational: BooleanFilter
  flightCount: BigIntFilter
  delay: FloatFilter
}

"What `FlightMetrics` can be ordered by."
enum FlightMetricsOrderField {
  DAY
  ORIGIN
  IS_INTERNATIONAL
  FLIGHT_COUNT
  DELAY
}

"One step in the order of `FlightMetrics`."
input FlightMetricsOrder {
  by: FlightMetricsOrderField!
  direction: SortDirection! = ASC
}
"""  # noqa: E501 – what a file gets, to the letter


def schema_file(text: str, name: str = "schema.graphql") -> SchemaFile:
    return SchemaFile(Path(name), name, text, parse(Source(text, name)))


def plan_for(text: str) -> SyncPlan:
    return plan_sync((schema_file(text),))


def synced(text: str) -> str:
    return apply_sync(plan_for(text)).get(Path("schema.graphql"), text)


def disagreements(text: str) -> list[str]:
    """What a file that sync has written to before would be told."""
    return [str(fault) for fault in edits_as_faults(replace(plan_for(text), is_first=False))]


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in plan_for(text).faults]


def definition(text: str, name: str) -> str:
    """The text of a type or directive, descriptions included."""
    for node in parse(text).definitions:
        if getattr(node, "name", None) and node.name.value == name and node.loc:  # type: ignore[attr-defined]
            return text[node.loc.start : node.loc.end]
    raise AssertionError(f"{name} is not defined")


SYNCED_NEWCOMER = synced(NEWCOMER)


def newcomer_with(old: str, new: str) -> str:
    """The synced newcomer after a person's change."""
    assert old in SYNCED_NEWCOMER
    return SYNCED_NEWCOMER.replace(old, new, 1)


# --- what is written -----------------------------------------------------------------------------


def test_a_newcomer_gets_arguments_derived_types_shared_types_and_the_vocabulary() -> None:
    result = SYNCED_NEWCOMER
    head = NEWCOMER_WITH_ARGUMENTS + NEWCOMER_DERIVED
    assert result.startswith(head)
    shared = "\n\n".join(
        definition(SHARED_TYPES, name)
        for name in (
            "BigInt",
            "Date",
            "DateRange",
            "Granularity",
            "SortDirection",
            "StringFilter",
            "BooleanFilter",
            "FloatFilter",
            "BigIntFilter",
        )
    )
    assert result[len(head) :] == (
        "\n# Shared by the whole model, written by `analytics-gql schema sync`.\n\n"
        f"{shared}\n"
        "\n# What the directives mean, written by `analytics-gql schema sync`.\n\n"
        f"{VOCABULARY}"
    )


def test_a_synced_newcomer_is_a_valid_schema_with_every_argument() -> None:
    schema = build_schema(SYNCED_NEWCOMER)
    assert validate_schema(schema) == []
    query = schema.query_type
    assert isinstance(query, GraphQLObjectType)
    arguments = query.fields["flightMetrics"].args
    assert {name: str(argument.type) for name, argument in arguments.items()} == {
        "dateRange": "DateRange!",
        "groupBy": "[FlightMetricsDimension!]",
        "granularity": "Granularity!",
        "timezone": "String",
        "where": "FlightMetricsFilter",
        "orderBy": "[FlightMetricsOrder!]",
        "limit": "Int",
    }


def test_each_disagreement_is_a_line_that_names_the_command() -> None:
    found = disagreements(NEWCOMER)
    assert found[:2] == [
        "schema.graphql:11: type Query: field flightMetrics lacks the argument `dateRange` – "
        "run `analytics-gql schema sync`",
        "schema.graphql:11: type Query: field flightMetrics lacks the argument `groupBy` – "
        "run `analytics-gql schema sync`",
    ]
    assert (
        "schema.graphql:2: enum FlightMetricsDimension is missing – "
        "run `analytics-gql schema sync`" in found
    )
    assert (
        "schema.graphql:10: directive @metric is missing – run `analytics-gql schema sync`" in found
    )


def test_before_the_first_sync_all_that_is_lacking_is_one_line() -> None:
    plan = plan_for(NEWCOMER)
    assert [str(fault) for fault in edits_as_faults(plan)] == [
        f"schema.graphql: {len(plan.edits)} parts follow from the model, and are not written yet – "
        "run `analytics-gql schema sync`"
    ]
    assert edits_as_news(plan) == [
        f"wrote what follows from the model into schema.graphql: {len(plan.edits)} changes"
    ]


def test_what_sync_has_written_is_told_line_by_line() -> None:
    text = SYNCED_NEWCOMER.replace("    limit: Int\n", "", 1)
    text = text.replace("enum SortDirection {\n  ASC\n  DESC\n}\n", "")
    assert edits_as_news(plan_for(text)) == [
        "schema.graphql:11: wrote the argument `limit` (type Query: field flightMetrics)",
        "schema.graphql:10: wrote enum SortDirection",
        "wrote 2 changes",
    ]
    text = SYNCED_NEWCOMER.replace("  delay: FloatFilter", "  delay: IntFilter")
    told, count = edits_as_news(plan_for(text))
    assert re.fullmatch(
        r"schema\.graphql:\d+: mended: input FlightMetricsFilter: field `delay` is "
        r"`IntFilter`, not `FloatFilter`",
        told,
    )
    assert count == "wrote 1 change"


def test_a_synced_file_has_nothing_to_sync() -> None:
    plan = plan_for(SYNCED_NEWCOMER)
    assert plan.edits == ()
    assert plan.faults == ()
    assert apply_sync(plan) == {}


def test_no_file_is_no_plan() -> None:
    assert plan_sync(()) == SyncPlan((), ())


def test_the_schema_of_the_repository_can_be_synced(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphql"
    path.write_bytes((REPOSITORY / "schema.graphql").read_bytes())
    plan = plan_sync(load_schema(path))
    assert plan.faults == ()
    for changed, text in apply_sync(plan).items():
        changed.write_text(text, encoding="utf-8", newline="")
    files = load_schema(path)
    assert plan_sync(files).edits == ()
    assert validate_schema(build_schema(files[0].text)) == []


def test_a_new_dimension_is_appended_to_its_types() -> None:
    text = newcomer_with(
        "  flightCount: BigInt", "  gate: String @dimension\n  flightCount: BigInt"
    )
    assert disagreements(text) == [
        "schema.graphql:26: enum FlightMetricsDimension lacks the value `GATE` – "
        "run `analytics-gql schema sync`",
        "schema.graphql:32: input FlightMetricsFilter lacks the field `gate` – "
        "run `analytics-gql schema sync`",
        "schema.graphql:43: enum FlightMetricsOrderField lacks the value `GATE` – "
        "run `analytics-gql schema sync`",
    ]
    result = synced(text)
    assert result == (
        text.replace("  IS_INTERNATIONAL\n}", "  IS_INTERNATIONAL\n  GATE\n}")
        .replace("  delay: FloatFilter\n", "  delay: FloatFilter\n  gate: StringFilter\n")
        .replace("  DELAY\n", "  DELAY\n  GATE\n")
    )


def test_a_dataset_without_dimensions_has_no_dimension_enum_and_no_group_by() -> None:
    result = synced("""\
type Pulse @dataset(table: "pulse", time: "at") {
  at: DateTime @time beats: Int @metric(sql: "count(*)")
}
type Query {
  pulse: [Pulse!]
}
""")
    assert "PulseDimension" not in result
    assert "groupBy" not in result
    assert "  pulse(\n    dateRange: DateRange!\n    granularity: Granularity! = DAY\n" in result
    assert validate_schema(build_schema(result)) == []


def test_a_dataset_without_time_has_neither_range_nor_zone_nor_granularity() -> None:
    result = synced("""\
type Stock @dataset(table: "stock") {
  item: ID @dimension
  pieces: Int @metric(sql: "sum(pieces)")
}
type Query {
  stock: [Stock!]!
}
""")
    assert (
        definition(result, "Query")
        == """\
type Query {
  stock(
    groupBy: [StockDimension!]
    where: StockFilter
    orderBy: [StockOrder!]
    limit: Int
  ): [Stock!]!
}"""
    )
    assert "DateRange" not in definition(result, "StockFilter")
    assert "input IDFilter" in result
    assert "scalar Date" not in result


def test_time_is_ordered_by_but_neither_grouped_nor_filtered_by() -> None:
    assert "DAY" not in definition(SYNCED_NEWCOMER, "FlightMetricsDimension")
    assert "day" not in definition(SYNCED_NEWCOMER, "FlightMetricsFilter")
    assert "  DAY\n" in definition(SYNCED_NEWCOMER, "FlightMetricsOrderField")


def test_a_field_of_a_type_without_filter_is_left_to_the_reader() -> None:
    text = NEWCOMER.replace("origin: String", "origin: Airport")
    result = synced(text)
    assert "AirportFilter" not in result
    by_hand = result.replace(
        "  not: FlightMetricsFilter\n", "  not: FlightMetricsFilter\n  origin: X\n"
    )
    assert plan_for(by_hand).edits == ()


def test_types_that_people_use_are_written_too() -> None:
    result = synced(NEWCOMER.replace("type Query {", "type Query {\n  now: DateTime"))
    assert definition(SHARED_TYPES, "DateTime") in result


def test_another_query_type_and_its_extensions_get_arguments() -> None:
    text = """\
schema { query: Root }
type Root { version: String }
extend type Root {
  stock: [Stock]
}
type Query { stock: [Stock!] }
type Stock @dataset(table: "stock") { pieces: Int @metric(sql: "sum(pieces)") }
"""
    result = synced(text)
    assert (
        "  stock(\n    where: StockFilter\n    orderBy: [StockOrder!]\n    limit: Int\n  ): [Stock]"
        in result
    )
    assert "type Query { stock: [Stock!] }" in result
    assert "type Root: field stock lacks the argument `where`" in disagreements(text)[0]


def test_fields_that_return_no_list_of_a_dataset_are_left_alone() -> None:
    text = newcomer_with(
        "type Query {", "type Query {\n  one: FlightMetrics\n  many: [[FlightMetrics]]"
    )
    assert plan_for(text).edits == ()


def test_a_folder_gets_derived_types_beside_the_dataset_and_the_rest_beside_the_query() -> None:
    flights, query = NEWCOMER.split("\ntype Query")
    files = (
        schema_file(flights, "models/flights.graphql"),
        schema_file(f"type Query{query}", "models/query.graphql"),
        schema_file("scalar Date\n", "models/scalars.graphql"),
    )
    changed = apply_sync(plan_sync(files))
    assert set(changed) == {Path("models/flights.graphql"), Path("models/query.graphql")}
    assert changed[Path("models/flights.graphql")] == flights + NEWCOMER_DERIVED
    other = changed[Path("models/query.graphql")]
    assert other.startswith("type Query {\n  flightMetrics(\n    dateRange: DateRange!\n")
    assert "# Shared by the whole model" in other
    assert "directive @dataset" in other
    assert "scalar Date\n" not in other
    again = tuple(schema_file(changed.get(file.path, file.text), file.name) for file in files)
    assert plan_sync(again).edits == ()
    assert validate_schema(build_schema("\n".join(file.text for file in again))) == []


def test_any_definition_that_is_lost_is_written_again() -> None:
    for node in parse(SYNCED_NEWCOMER).definitions:
        assert node.loc
        if node.loc.start < len(NEWCOMER_WITH_ARGUMENTS):
            continue
        text = SYNCED_NEWCOMER[: node.loc.start] + SYNCED_NEWCOMER[node.loc.end :]
        plan = plan_for(text)
        assert [edit.reason.endswith(" is missing") for edit in plan.edits] == [True]
        assert meaning(synced(text)) == meaning(SYNCED_NEWCOMER)


# --- where it is written, and in whose style -----------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            "(dateRange: DateRange!, timezone: String)",
            "(dateRange: DateRange!, groupBy: [FlightMetricsDimension!], "
            "granularity: Granularity! = DAY, timezone: String, where: FlightMetricsFilter, "
            "orderBy: [FlightMetricsOrder!], limit: Int)",
            id="one line",
        ),
        pytest.param(
            "(dateRange: DateRange! limit: Int)",
            "(dateRange: DateRange! groupBy: [FlightMetricsDimension!] "
            "granularity: Granularity! = DAY timezone: String where: FlightMetricsFilter "
            "orderBy: [FlightMetricsOrder!] limit: Int)",
            id="one line without commas",
        ),
        pytest.param(
            "(limit: Int = 10)",
            "(dateRange: DateRange!, groupBy: [FlightMetricsDimension!], "
            "granularity: Granularity! = DAY, timezone: String, where: FlightMetricsFilter, "
            "orderBy: [FlightMetricsOrder!], limit: Int = 10)",
            id="before the first",
        ),
        pytest.param(
            """(
      # The days that count.
      dateRange: DateRange # may be left out
      # How many.
      limit: Int
  )""",
            """(
      # The days that count.
      dateRange: DateRange # may be left out
      groupBy: [FlightMetricsDimension!]
      granularity: Granularity! = DAY
      timezone: String
      where: FlightMetricsFilter
      orderBy: [FlightMetricsOrder!]
      # How many.
      limit: Int
  )""",
            id="several lines with comments",
        ),
        pytest.param(
            """( # all optional
    "How many."
    limit: Int,
  )""",
            """( # all optional
    dateRange: DateRange!,
    groupBy: [FlightMetricsDimension!],
    granularity: Granularity! = DAY,
    timezone: String,
    where: FlightMetricsFilter,
    orderBy: [FlightMetricsOrder!],
    "How many."
    limit: Int,
  )""",
            id="several lines with commas, before the first",
        ),
        pytest.param(
            """(orderBy: [FlightMetricsOrder!], dateRange: DateRange!, where: FlightMetricsFilter,
                groupBy: [FlightMetricsDimension!], timezone: String, limit: Int)""",
            """(orderBy: [FlightMetricsOrder!], dateRange: DateRange!, where: FlightMetricsFilter,
                groupBy: [FlightMetricsDimension!]
                granularity: Granularity! = DAY, timezone: String, limit: Int)""",
            id="a person's order, hanging",
        ),
        pytest.param(
            """(dateRange: DateRange!
    groupBy: [FlightMetricsDimension!], granularity: Granularity = MONTH
    timezone: String, where: FlightMetricsFilter
    orderBy: [FlightMetricsOrder!])""",
            """(dateRange: DateRange!
    groupBy: [FlightMetricsDimension!], granularity: Granularity = MONTH
    timezone: String, where: FlightMetricsFilter
    orderBy: [FlightMetricsOrder!]
    limit: Int)""",
            id="closed on the last line, another default",
        ),
    ],
)
def test_missing_arguments_take_their_place_in_the_style_of_the_list(
    written: str, expected: str
) -> None:
    whole = re.compile(r"\(\n    dateRange.*?\n  \)", re.DOTALL)
    text = whole.sub(lambda _: written, SYNCED_NEWCOMER, count=1)
    result = synced(text)
    assert result == whole.sub(lambda _: expected, SYNCED_NEWCOMER, count=1)
    assert plan_for(result).edits == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{ ORIGIN }", "{ ORIGIN IS_INTERNATIONAL }"),
        ("{ ORIGIN, OLD, OLDER }", "{ ORIGIN, IS_INTERNATIONAL }"),
        ("{ OLD ORIGIN }", "{ ORIGIN IS_INTERNATIONAL }"),
        ("{ OLD, OLDER, ORIGIN }", "{ ORIGIN, IS_INTERNATIONAL }"),
        ("{ IS_INTERNATIONAL OLD ORIGIN }", "{ IS_INTERNATIONAL ORIGIN }"),
        ("{\n\tORIGIN\n}", "{\n\tORIGIN\n\tIS_INTERNATIONAL\n}"),
        ("{\n  ORIGIN }", "{\n  ORIGIN\n  IS_INTERNATIONAL }"),
        (
            "{\n  ORIGIN # the code\n\n  # More to come.\n}",
            "{\n  ORIGIN # the code\n  IS_INTERNATIONAL\n\n  # More to come.\n}",
        ),
        ("{\n  ORIGIN, OLD\n}", "{\n  ORIGIN\n  IS_INTERNATIONAL\n}"),
        ("", " {\n  ORIGIN\n  IS_INTERNATIONAL\n}"),
    ],
)  # fmt: skip
def test_values_are_added_and_removed_in_the_style_of_the_enum(written: str, expected: str) -> None:
    members = "{\n  ORIGIN\n  IS_INTERNATIONAL\n}"
    before = f"enum FlightMetricsDimension {members}"
    text = newcomer_with(before, f"enum FlightMetricsDimension {written}".rstrip())
    result = synced(text)
    assert definition(result, "FlightMetricsDimension").partition("enum ")[2] == (
        f"FlightMetricsDimension{expected}" if not written else f"FlightMetricsDimension {expected}"
    )
    assert plan_for(result).edits == ()


def test_new_text_ends_its_lines_and_indents_as_the_file_does() -> None:
    text = NEWCOMER.replace("  ", "\t").replace("\n", "\r\n")
    result = synced(text)
    assert not re.search(r"(?<!\r)\n", result)
    assert "\r\n\tflightMetrics(\r\n\t\tdateRange: DateRange!\r\n" in result
    assert "\r\nenum FlightMetricsDimension {\r\n\tORIGIN\r\n\tIS_INTERNATIONAL\r\n}\r\n" in result
    assert "\r\n\tbetween: [String!]\r\n" in result
    assert plan_for(result).edits == ()


@pytest.mark.parametrize(
    ("end", "before"),
    [
        ("", "\n\n"),
        ("\n", "\n"),
        ("\n\n", ""),
        ("\n# The end.", "\n\n"),
        ("\r\n", "\n"),
        ("  ", "\n\n"),
    ],
)
def test_a_blank_line_comes_before_what_is_appended(end: str, before: str) -> None:
    text = NEWCOMER.rstrip() + end
    result = synced(text)
    assert f"}}{end}{before}# Derived from the model" in result
    assert result.endswith("}\n")


def test_a_file_may_start_with_a_byte_order_mark() -> None:
    result = synced("\ufeff" + NEWCOMER)
    assert result == "\ufeff" + SYNCED_NEWCOMER


def test_a_field_that_shares_its_line_gets_its_arguments_indented() -> None:
    text = NEWCOMER.replace(
        "{\n  flightMetrics: [FlightMetrics!]\n}", "{ flightMetrics: [FlightMetrics!] }"
    )
    result = synced(text)
    assert "type Query { flightMetrics(\n  dateRange: DateRange!\n" in result
    assert "  limit: Int\n): [FlightMetrics!] }" in result


# --- what people own -----------------------------------------------------------------------------


def test_descriptions_directives_comments_and_order_of_members_stay() -> None:
    text = newcomer_with(
        "enum FlightMetricsDimension {\n  ORIGIN\n  IS_INTERNATIONAL\n}",
        'enum FlightMetricsDimension {\n  IS_INTERNATIONAL @deprecated(reason: "ask for origin")\n'
        '  # Where from.\n  "The airport."\n  ORIGIN\n}',
    ).replace("  origin: StringFilter", '  "Prefer IATA codes."\n  origin: StringFilter')
    assert plan_for(text).edits == ()
    result = synced(text.replace("  flightCount:", "  gate: String @dimension\n  flightCount:"))
    assert definition(result, "FlightMetricsDimension").endswith("""\
enum FlightMetricsDimension {
  IS_INTERNATIONAL @deprecated(reason: "ask for origin")
  # Where from.
  "The airport."
  ORIGIN
  GATE
}""")
    assert '  "Prefer IATA codes."\n  origin: StringFilter' in result


def test_arguments_may_be_required_or_not_and_default_to_anything() -> None:
    text = (
        newcomer_with("dateRange: DateRange!", "dateRange: DateRange")
        .replace("granularity: Granularity! = DAY", "granularity: Granularity = MONTH")
        .replace("limit: Int\n", "limit: Int! = 10\n")
    )
    plan = plan_for(text)
    assert plan.edits == ()
    assert plan.faults == ()


def test_a_default_direction_that_people_chose_stays() -> None:
    plan = plan_for(newcomer_with("SortDirection! = ASC", "SortDirection! = DESC"))
    assert plan.edits == ()
    assert plan.faults == ()


def test_members_of_an_extension_count_as_there() -> None:
    text = newcomer_with("  ORIGIN\n  IS_INTERNATIONAL\n}", "  ORIGIN\n}")
    assert (
        plan_for(f"{text}\nextend enum FlightMetricsDimension {{ IS_INTERNATIONAL }}").edits == ()
    )


def test_extra_fields_of_shared_inputs_stay_and_missing_ones_are_added() -> None:
    text = newcomer_with("  startsWith: String\n", "  endsWith: String\n").replace(
        '  "Two values, both included."\n  between: [String!]\n', ""
    )
    result = synced(text)
    assert definition(result, "StringFilter").endswith("""\
  contains: String
  endsWith: String
  isNull: Boolean
  "Two values, both included."
  between: [String!]
  startsWith: String
}""")


# --- what is stale -------------------------------------------------------------------------------


def test_members_of_fields_that_are_gone_go_with_their_lines_and_descriptions() -> None:
    with_metric = newcomer_with("  delay: Float @metric", "  worst: Int @metric")
    described = with_metric.replace(
        "  DELAY\n", '  "How late."\n  DELAY @deprecated\n  # Nothing follows.\n'
    )
    result = synced(described)
    assert definition(result, "FlightMetricsOrderField").endswith("""\
enum FlightMetricsOrderField {
  DAY
  ORIGIN
  IS_INTERNATIONAL
  FLIGHT_COUNT
  WORST
  # Nothing follows.
}""")
    assert "  flightCount: BigIntFilter\n  worst: IntFilter\n}" in result
    assert "input IntFilter" in result
    assert (
        "schema.graphql:48: enum FlightMetricsOrderField: FlightMetrics has nothing for the value "
        "`DELAY` – run `analytics-gql schema sync`" in disagreements(described)
    )


def test_a_filter_of_the_wrong_type_gets_the_right_one() -> None:
    text = newcomer_with("  isInternational: Boolean", "  isInternational: String").replace(
        "isInternational: BooleanFilter", 'isInternational: BooleanFilter @deprecated(reason: "x")'
    )
    assert disagreements(text) == [
        "schema.graphql:36: input FlightMetricsFilter: field `isInternational` is "
        "`BooleanFilter`, not `StringFilter` – run `analytics-gql schema sync`"
    ]
    assert '  isInternational: StringFilter @deprecated(reason: "x")\n' in synced(text)


def test_a_filter_type_that_only_stale_fields_use_is_not_written() -> None:
    text = newcomer_with("  delay: FloatFilter\n", "  delay: FloatFilter\n  gone: DateTimeFilter\n")
    result = synced(text)
    assert result == SYNCED_NEWCOMER


def test_an_order_without_default_direction_gets_one() -> None:
    text = newcomer_with("direction: SortDirection! = ASC", "direction: SortDirection")
    assert synced(text) == SYNCED_NEWCOMER


def test_all_dimensions_may_be_renamed_at_once() -> None:
    text = SYNCED_NEWCOMER.replace("origin:", "from:").replace("isInternational:", "abroad:")
    result = synced(text)
    assert plan_for(text).faults == ()
    assert "enum FlightMetricsDimension {\n  FROM\n  ABROAD\n}" in result


def test_comments_inside_what_is_removed_stay() -> None:
    text = newcomer_with(
        "  IS_INTERNATIONAL\n}",
        '  IS_INTERNATIONAL\n  "Old."\n  # Ask Ida about it.\n  OLD @deprecated # since May\n}',
    )
    assert "  IS_INTERNATIONAL\n  # Ask Ida about it.\n  # since May\n}" in synced(text)


def test_a_vocabulary_directive_that_differs_is_replaced_and_keeps_its_own_description() -> None:
    own = '"Ours."\n# Mind the zone.\ndirective @time(zone: String) on FIELD_DEFINITION'
    text = SYNCED_NEWCOMER.replace(definition(VOCABULARY, "time"), own)
    assert synced(text) == text.replace("directive @time(zone: String)", "directive @time")
    bare = SYNCED_NEWCOMER.replace(definition(VOCABULARY, "time"), "directive @time on OBJECT")
    assert synced(bare) == SYNCED_NEWCOMER


def test_descriptions_and_order_in_a_vocabulary_directive_are_free() -> None:
    text = SYNCED_NEWCOMER.replace(
        definition(VOCABULARY, "dimension"),
        "directive @dimension(sources: [SourceColumn!], "
        '"An expression." sql: String) on FIELD_DEFINITION',
    )
    assert plan_for(text).edits == ()


# --- what only people can mend -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "    limit: Int\n",
            "    limit: String\n",
            "schema.graphql:18: type Query: field flightMetrics has the argument `limit` of type "
            "`String` – write `limit: Int`",
            id="argument of another type",
        ),
        pytest.param(
            "granularity: Granularity! = DAY",
            "granularity: String",
            "schema.graphql:14: type Query: field flightMetrics has the argument `granularity` of "
            "type `String` – write `granularity: Granularity! = DAY`",
            id="argument of another type with default",
        ),
        pytest.param(
            "    limit: Int\n",
            "    limit: Int\n    colour: String\n",
            "schema.graphql:19: type Query: field flightMetrics has the argument `colour`, and no "
            "verb reads it – remove it",
            id="own argument",
        ),
        pytest.param(
            "    limit: Int\n",
            "    limit: Int\n    limits: Int\n",
            "schema.graphql:19: type Query: field flightMetrics has the argument `limits`, and no "
            "verb reads it – did you mean 'limit'?",
            id="mistyped argument",
        ),
        pytest.param(
            ', time: "departed_at"',
            "",
            "schema.graphql:12: type Query: field flightMetrics has the argument `dateRange`, but "
            "the @dataset of FlightMetrics has no `time` – "
            "remove it, or give FlightMetrics what it lacks",
            id="argument without its ground",
        ),
        pytest.param(
            "enum FlightMetricsDimension {\n  ORIGIN\n  IS_INTERNATIONAL\n}",
            "type FlightMetricsDimension { id: ID }",
            "schema.graphql:25: FlightMetricsDimension should be the enum derived from "
            "FlightMetrics, but is declared as type – rename this type",
            id="another kind under a derived name",
        ),
        pytest.param(
            '"What `FlightMetrics` can be grouped by."\n'
            "enum FlightMetricsDimension {\n  ORIGIN\n  IS_INTERNATIONAL\n}",
            "enum FlightMetricsDimension { LENGTH WIDTH }",
            "schema.graphql:24: enum FlightMetricsDimension should be the one derived from "
            "FlightMetrics, but has no value of that – rename it; if it is a leftover, remove it "
            "and run `analytics-gql schema sync`",
            id="a person's enum under a derived name",
        ),
        pytest.param(
            "scalar Date\n",
            "input Date { year: Int }\n",
            "schema.graphql:62: Date should be the scalar shared by the whole model, but is "
            "declared as input – rename this input",
            id="another kind under a shared name",
        ),
        pytest.param(
            "  start: Date!",
            "  start: String!",
            "schema.graphql:66: input DateRange: field `start` is `String!`, not `Date!` – "
            "write `Date!`, or rename the input",
            id="another type in a shared input",
        ),
        pytest.param(
            '"Which way a metric is meant to go."\nenum Direction {\n  UP\n  DOWN\n}',
            "enum Direction { NORTH }",
            "schema.graphql:192: enum Direction should be the one shared by the whole model, but "
            "has no value of that",
            id="a person's enum under a shared name",
        ),
    ],
)
def test_what_sync_cannot_mend_is_a_fault(old: str, new: str, expected: str) -> None:
    text = newcomer_with(old, new)
    assert any(fault.startswith(expected) for fault in faults_of(text)), faults_of(text)
    assert faults_of(synced(text)) == faults_of(text)


def test_two_fields_with_one_enum_name_are_a_fault_at_the_second() -> None:
    text = NEWCOMER.replace("  delay:", "  flight_count: Int @dimension\n  delay:")
    assert plan_for(text).faults == (
        Fault(
            "schema.graphql",
            7,
            "two fields with one enum name FLIGHT_COUNT: `flightCount` and `flight_count`",
            "rename one of them; `sql` keeps its column",
        ),
    )
    assert definition(synced(text), "FlightMetricsOrderField").count("FLIGHT_COUNT") == 1


def test_a_field_named_as_a_combinator_of_filters_is_a_fault() -> None:
    text = NEWCOMER.replace("  origin:", "  not:")
    assert faults_of(text) == [
        "schema.graphql:4: `not` of FlightMetrics could not be filtered: `not` combines conditions "
        "in every filter – rename the field; `sql` keeps its column"
    ]
    assert "  not: FlightMetricsFilter\n  isInternational" in synced(text)


def test_nothing_is_derived_from_a_persons_type() -> None:
    text = NEWCOMER + "\nscalar FlightMetricsOrderField\n"
    result = synced(text)
    assert len(faults_of(text)) == 1
    assert "input FlightMetricsOrder " not in result
    assert "orderBy:" not in result
    assert "where: FlightMetricsFilter\n    limit: Int" in result
    assert plan_for(result).edits == ()


def test_a_leftover_dimension_enum_is_a_fault() -> None:
    text = SYNCED_NEWCOMER.replace("  origin: String @dimension # the IATA code\n", "").replace(
        "  isInternational: Boolean @dimension\n", ""
    )
    messages = [fault.message for fault in plan_for(text).faults]
    assert messages == [
        "type Query: field flightMetrics has the argument `groupBy`, but FlightMetrics has no "
        "@dimension field",
        "FlightMetricsDimension is there, but FlightMetrics has no @dimension field",
    ]


def test_a_dataset_without_fields_of_any_role_implies_nothing() -> None:
    text = SYNCED_NEWCOMER + '\ntype Bare @dataset(table: "bare") { x: Int }\n'
    text = text.replace("type Query {", "type Query {\n  bare: [Bare!]")
    plan = plan_for(text)
    assert plan.edits == ()
    assert plan.faults == ()


# --- properties ----------------------------------------------------------------------------------

RICH = synced("""\
# Two datasets, and a root field in each style.
type SalesMetrics @dataset(table: "sales", time: "sold_at", shared: true) {
  date: Date @time
  country: String @dimension
  channel: String @dimension
  store: ID @dimension
  revenue: Decimal @metric(sql: "sum(net)")
  orders: BigInt @metric(sql: "count(*)")
}

type StockMetrics @dataset(table: "stock", shared: true) {
  item: String @dimension
  isFresh: Boolean @dimension
  pieces: Int @metric(sql: "sum(pieces)")
}

type Query {
  salesMetrics: [SalesMetrics!]
  stockMetrics(where: StockMetricsFilter, limit: Int): [StockMetrics!]
  everything: [SalesMetrics!]
}
""")
STALE_VALUES = (
    "OLD",
    '"An old one." OLD_AND_DESCRIBED',
    "OLD_AND_DEPRECATED @deprecated",
    "A_PAIR OF_THEM",
)
STALE_FIELDS = (
    "old: StringFilter",
    '"An old one." oldAndDescribed: [IntFilter!]!',
    "oldWithDefault: FloatFilter = {eq: 1}",
)


@dataclass(frozen=True)
class Block:
    """The lines of a list of members in RICH, and what stale lines may be put into it."""

    lines: range
    stale: tuple[str, ...]


def derived_blocks() -> list[Block]:
    blocks = []
    for node in parse(RICH).definitions:
        name = node.name.value if hasattr(node, "name") else ""
        if node.loc is None or not name.startswith(("Sales", "Stock")) or name.endswith("Metrics"):
            continue
        stale = STALE_VALUES if node.kind == "enum_type_definition" else STALE_FIELDS
        # Lines count from 0 here; the first is the description, the second opens the list.
        blocks.append(
            Block(range(node.loc.start_token.line + 1, node.loc.end_token.line - 1), stale)
        )
    lines = RICH.split("\n")
    for number, line in enumerate(lines):
        if line.endswith("("):
            blocks.append(Block(range(number + 1, lines.index("  ): [SalesMetrics!]", number)), ()))
    return blocks


BLOCKS = derived_blocks()


JOINED = "\0"
CHANGES: tuple[Callable[[str], str], ...] = (
    lambda line: f"\n{line}",
    lambda line: f" \t\n{line}",
    lambda line: f"# é, {{\n{line}",
    lambda line: f'\t # "\n#\n{line}',
    lambda line: f"{line} # behind" if line else line,
    lambda line: f"{line}#behind" if line else line,
    lambda line: f"{line}, " if line else line,
    lambda line: line.strip(),
    lambda line: f"\t{line.strip()}",
    lambda line: f"     {line}",
    lambda line: f"{line}{JOINED}" if line and "#" not in line else line,
)
"""What people do to a line of SDL that does not change what it means."""


@st.composite
def handled_files(draw: st.DrawFn) -> str:
    """RICH after people: members lost, stale ones added, comments, blank lines, indentation."""
    lines: list[str | None] = list(RICH.split("\n"))
    for block in BLOCKS:
        lost = draw(st.sets(st.sampled_from(block.lines), max_size=len(block.lines) - 1))
        for number in lost:
            lines[number] = None
    stale = [block for block in BLOCKS if block.stale]
    for block in draw(st.lists(st.sampled_from(stale), unique=True)):
        number, added = draw(st.sampled_from(block.lines)), draw(st.sampled_from(block.stale))
        lines[number] = "\n".join(line for line in (f"  {added}", lines[number]) if line)
    numbers = st.integers(0, len(lines) - 1)
    for number, change in draw(st.lists(st.tuples(numbers, st.sampled_from(CHANGES)))):
        line = lines[number]
        if line is not None:
            lines[number] = "\n".join(map(change, line.split("\n")))
    text = "\n".join(line for line in lines if line is not None)
    # Lines are joined last, where no comment would swallow the next one.
    text = re.sub(f"(?m)({JOINED}+)(?=.*#)", "", text)
    text = re.sub(f"{JOINED}+(\n[ \t]*)?", " ", text)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def comments_in(text: str) -> list[str]:
    token = parse(text).loc.start_token  # type: ignore[union-attr]
    found = []
    while token is not None:
        if token.kind is TokenKind.COMMENT:
            found.append(text[token.start : token.end])
        token = token.next
    return found


@cache
def meaning(text: str) -> str:
    schema: GraphQLSchema = build_schema(text)
    return print_schema(lexicographic_sort_schema(schema))


def test_the_rich_schema_has_blocks_of_every_sort() -> None:
    assert len(BLOCKS) == 4 + 4 + 2
    assert all(len(block.lines) > 1 for block in BLOCKS)


@settings(deadline=None)
@given(handled_files())
def test_sync_restores_what_is_lost_and_keeps_what_people_wrote(text: str) -> None:
    plan = plan_for(text)
    assert plan.faults == ()
    result = apply_sync(plan).get(Path("schema.graphql"), text)
    assert comments_in(result) == comments_in(text)
    assert meaning(result) == meaning(RICH)
    assert plan_for(result).edits == ()
    if "\r\n" in text:
        assert not re.search(r"(?<!\r)\n", result)
    # Every character outside the edits is in its place.
    position, offset = 0, 0
    for edit in plan.edits:
        expected = text[offset : edit.start] + edit.text
        assert result[position : position + len(expected)] == expected
        position, offset = position + len(expected), edit.end
    assert result[position:] == text[offset:]


def test_a_field_that_signs_urls_gets_its_arguments_and_types() -> None:
    field = 'shareable: SignedUrl @access(roles: ["editor"])'
    text = synced(NEWCOMER.replace("[FlightMetrics!]\n", f"[FlightMetrics!]\n  {field}\n"))
    shareable = build_schema(text).query_type.fields["shareable"]
    assert {name: str(argument.type) for name, argument in shareable.args.items()} == {
        "document": "String!",
        "parameters": "[UrlParameter!]",
        "expiresInS": "Int!",
    }
