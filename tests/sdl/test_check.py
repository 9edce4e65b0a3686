"""`schema check`: the reader's faults, sync's and GraphQL's own, each told once."""

from __future__ import annotations

import pytest

from analytics_gql.errors import ModelError
from analytics_gql.gql.schema import executable_schema
from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import query_type_name
from tests.sdl.models import ROWS, check_faults, dataset_sdl, schema_file, synced

TOTAL = 'type Total @dataset(table: "t") { n: Int @metric(sql: "count(*)") }'
QUERY = "type Query { t: [Total!] }"
SPECIFICATION = "change it as the GraphQL specification asks"


def test_a_synced_model_is_in_order_and_can_be_executed() -> None:
    for text in (
        dataset_sdl(),
        f"{TOTAL}\n{QUERY}",
        f"schema {{ query: Root }}\n{TOTAL}\ntype Root {{ t: [Total!]! }}",
        f"{TOTAL}\ntype Query {{ t: [Total!] }}\nextend type Query {{ u: [Total!] }}",
    ):
        files = synced(text)
        catalog = check_model(files)
        schema = executable_schema(public_sdl(files), query_type_name(files), catalog)
        assert schema.query_type is not None
        assert set(schema.query_type.fields) == {field.name for field in catalog.root_fields}


def test_a_model_of_rows_is_in_order_once_it_is_synced() -> None:
    files = synced(ROWS)
    catalog = check_model(files)
    assert [field.name for field in catalog.root_fields][-3:] == ["customer", "customers", "price"]
    assert check_faults(
        ROWS.replace("orders: OrderConnection", "orders(limit: Int): [Order!]")
    ) == [
        "0.graphql:52: Query.orders returns [Order!], but a key that is not there is null – "
        "write [Order], or OrderConnection for a page",
        "0.graphql:52: type Query: field orders has the argument `limit`, and no verb reads it – "
        "remove it",
    ]


def test_what_sync_would_write_for_rows_is_no_unknown_type() -> None:
    with pytest.raises(ModelError) as caught:
        check_model((schema_file(ROWS),))
    assert {fault.hint for fault in caught.value.faults} == {"run `analytics-gql schema sync`"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'type A @records(table: "a", key: ["b"]) { b: ID! c: Int @colum(sql: "d") }',
            ["Unknown directive '@colum' – did you mean 'column'?"],
        ),
        (
            'type A @records(table: "a", key: ["b"], tabel: "c") { b: ID! }',
            ["@records: unknown argument 'tabel' – did you mean 'table' or 'time'?"],
        ),
        (
            'type A @entity(table: "a", key: ["b"]) { b: ID! c: A @lookup(by: ["b"], of: 1) }',
            ["@lookup: unknown argument 'of' – it takes by"],
        ),
        (
            'type A @entity(table: "a", key: ["b"]) { b: ID! c: A @lookup @lookup }',
            [
                "@lookup stands twice – keep one of them",
                "@lookup: the argument 'by' is missing – add by: [\"…\"]",
            ],
        ),
        (
            'type A @records(table: "a", key: ["b"]) { b: ID! c: Nothing }',
            [
                "A.c is of type Nothing – use one of String, Boolean, Int, Float, BigInt, Decimal, "
                "Date, DateTime, ID, without `!`: any of them can be missing"
            ],
        ),
    ],
)
def test_a_fault_of_rows_is_told_once_by_reader_or_graphql(line: str, expected: list[str]) -> None:
    text = synced(f"{TOTAL}\n{QUERY}")[0].text
    last = text.count("\n") + 1
    told = check_faults(f"{text}{line}")
    assert told == [f"0.graphql:{last}: {message}" for message in expected]


def test_an_extended_schema_names_its_query_type() -> None:
    files = synced(f"{TOTAL}\nextend schema {{ query: Root }}\ntype Root {{ t: [Total!] }}")
    catalog = check_model(files)
    assert catalog.root_fields == (RootField("t", Verb.AGGREGATE, "Total"),)
    schema = executable_schema(public_sdl(files), "Root", catalog)
    assert schema.query_type is not None
    assert schema.query_type.name == "Root"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            TOTAL.replace("n:", "m:"),
            ["There can be only one type named 'Total' – rename one of them, or take it away"],
        ),
        (
            "extend type Query { t: [Total!] }",
            ["Field 'Query.t' can only be defined once – rename one of them, or take it away"],
        ),
        ("enum E { A A }", ["Enum value 'E.A' can only be defined once – take one of them away"]),
        (
            "type A { a(b: Int, b: Int): Int }",
            ["Argument 'A.a(b:)' can only be defined once – take one of them away"],
        ),
        (
            "schema { query: Query } schema { query: Query }",
            [
                "Must provide only one schema definition – keep one `schema { … }`",
                "There can be only one query type in schema – "
                "name one root type for each operation",
            ],
        ),
        (
            "directive @a on FIELD directive @a on QUERY",
            ["There can be only one directive named '@a' – take one of the definitions away"],
        ),
        (
            "extend enum Colour { RED }",
            [
                "Cannot extend type 'Colour' because it is not defined – "
                "define the type, or write the definition in place of `extend`"
            ],
        ),
        ("type A { a: Strin }", ["Unknown type 'Strin' – did you mean 'String'?"]),
        (
            "type A { a: Wholesale }",
            ["Unknown type 'Wholesale' – define it, or write the name of a type that is there"],
        ),
        (
            "type A @datset(a: 1) { a: Int }",
            ["Unknown directive '@datset' – did you mean 'dataset' or 'sunset'?"],
        ),
        (
            "type A @foreign { a: Int }",
            ["Unknown directive '@foreign' – define the directive, or take it away"],
        ),
        (
            'interface I @dataset(table: "t") { a: Int }',
            [
                "Directive '@dataset' may not be used on interface – "
                "put it where its definition allows"
            ],
        ),
        (
            'type A { a: Int @deprecated(because: "b") }',
            [
                "Unknown argument 'because' on directive '@deprecated' – "
                "take it away; the directive's definition has the others"
            ],
        ),
        (
            'type A { a: Int @deprecated(reason: "b", reason: "c") }',
            ["There can be only one argument named 'reason' – keep one of them"],
        ),
        (
            "type A { a: Int @deprecated @deprecated }",
            [
                "The directive '@deprecated' can only be used once at this location – "
                "keep one of them"
            ],
        ),
        (
            "scalar S @specifiedBy",
            [
                "Argument '@specifiedBy(url:)' of type 'String!' is required, but it was not "
                "provided – add it"
            ],
        ),
        (
            "input A { b: A! }",
            [
                "Input Object A cannot be provided a finite value because it references itself "
                f"through fields: A.b – {SPECIFICATION}"
            ],
        ),
        (
            "union U = Int",
            [
                "Union type U can only include Object types, it cannot include Int – "
                f"{SPECIFICATION}"
            ],
        ),
        ("type A", [f"Type A must define one or more fields – {SPECIFICATION}"]),
        (
            "type A { a: DateRange }",
            [f"The type of A.a must be Output Type but got: DateRange – {SPECIFICATION}"],
        ),
        (
            "type A { __a: Int }",
            [
                "Name '__a' must not begin with '__', which is reserved by GraphQL introspection – "
                f"{SPECIFICATION}"
            ],
        ),
        (
            "type A { a: Int @deprecated(reason: 5) }",
            [
                "Argument 'reason' has invalid value: String cannot represent a non string "
                f"value: 5 – {SPECIFICATION}"
            ],
        ),
        (
            "query { t { n } }",
            [
                "an operation stands in the schema – "
                "keep clients' documents in another file, outside of the schema's folder"
            ],
        ),
        (
            "fragment F on Total { n }",
            [
                "an operation stands in the schema – "
                "keep clients' documents in another file, outside of the schema's folder"
            ],
        ),
    ],
)
def test_what_graphql_forbids_is_told_at_its_line(line: str, expected: list[str]) -> None:
    text = synced(f"{TOTAL}\n{QUERY}")[0].text
    last = text.count("\n") + 1
    told = check_faults(f"{text}{line}")
    assert told == [f"0.graphql:{last}: {message}" for message in expected]


def test_reserved_names_of_fields_are_told_once_not_for_every_derived_type() -> None:
    (told,) = check_faults(dataset_sdl('__x: Int @metric(sql: "sum(a)")'))
    assert told.startswith("0.graphql:7: Name '__x' must not begin with '__'")


def test_two_fields_with_one_enum_name_are_a_fault() -> None:
    fields = 'netSales: Int @metric(sql: "sum(a)")\n  net_sales: Int @metric(sql: "sum(b)")'
    assert check_faults(dataset_sdl(fields)) == [
        "0.graphql:8: two fields with one enum name NET_SALES: `netSales` and `net_sales` – "
        "rename one of them; `sql` keeps its column"
    ]


def test_a_field_that_stands_twice_is_a_fault() -> None:
    assert check_faults(dataset_sdl("country: String @dimension")) == [
        "0.graphql:7: Field 'Sales.country' can only be defined once – "
        "rename one of them, or take it away"
    ]


def test_a_name_of_the_filter_algebra_is_a_fault() -> None:
    (told,) = check_faults(dataset_sdl('and: Int @metric(sql: "sum(a)")'))
    assert told.startswith("0.graphql:7: `and` of Sales could not be filtered")


def test_what_the_reader_tells_is_not_told_again_by_graphql() -> None:
    fields = 'x: Flot @metric(sql: "sum(a)", formt: 1)\n  y: Int @metrc\n  z: Int @metric @metric'
    assert check_faults(dataset_sdl(fields)) == [
        "0.graphql:7: @metric: unknown argument 'formt' – did you mean 'format' or 'cost'?",
        "0.graphql:7: Sales.x is of type Flot – use one of String, Boolean, Int, Float, BigInt, "
        "Decimal, Date, DateTime, ID, without `!`: any of them can be missing",
        "0.graphql:8: Sales.y has no meaning – did you mean 'metric'?",
        "0.graphql:9: @metric stands twice – keep one of them",
        "0.graphql:9: @metric: the argument 'sql' is missing – add sql: \"…\"",
    ]


def test_faults_of_all_sorts_and_files_are_told_at_once_in_order() -> None:
    with pytest.raises(ModelError) as caught:
        check_model(
            (
                schema_file(dataset_sdl("x: Int\n  y: Int @metric(sql: 5)"), "a/model.graphql"),
                schema_file("type B { c: Nothing }\nenum E { A A }", "b/other.graphql"),
            )
        )
    told = caught.value.faults
    assert told == tuple(sorted(told))
    assert told[0].message.endswith(" parts follow from the model, and are not written yet")
    assert told[0].hint == "run `analytics-gql schema sync`"
    places = {(fault.file, fault.line, fault.hint) for fault in told}
    assert {(file, line) for file, line, hint in places if "sync" not in hint} == {
        ("a/model.graphql", 7),
        ("a/model.graphql", 8),
        ("b/other.graphql", 1),
        ("b/other.graphql", 2),
    }
    # What sync would write is its own to tell: nothing is "unknown" because of it.
    assert [fault.message for fault in told if "nknown" in fault.message] == [
        "Unknown type 'Nothing'"
    ]


def test_a_folder_may_part_a_model() -> None:
    files = synced(TOTAL, "extend type Query { t: [Total!] }", "type Query")
    assert check_model(files).root_fields == (RootField("t", Verb.AGGREGATE, "Total"),)


def test_what_follows_from_a_fault_is_not_told_of_types_that_are_not_in_the_files() -> None:
    text = f"{dataset_sdl()}type Decimal {{ a: Int }}\ninput Date {{ a: Int }}"
    with pytest.raises(ModelError) as caught:
        check_model((schema_file(text),))
    assert {fault.file for fault in caught.value.faults} == {"m.graphql"}
    unsynced, *others = caught.value.faults
    assert unsynced.line == 0
    assert all(fault.line for fault in others)
