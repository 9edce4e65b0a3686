"""What is hidden from a caller, and that their schema is as if it had never been written."""

from __future__ import annotations

import itertools

import pytest
from graphql import build_schema, validate_schema

from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.hidden import catalog_without, hidden_from
from analytics_gql.sdl.public import public_sdl
from tests.sdl.guarded import FILES, ROLES, guarded_catalog, names_in, written_without
from tests.sdl.models import synced

SETS = [roles for size in range(len(ROLES) + 1) for roles in itertools.combinations(ROLES, size)]


@pytest.mark.parametrize("roles", SETS, ids="+".join)
def test_a_narrowed_schema_is_that_of_a_model_without_what_is_hidden(
    roles: tuple[str, ...],
) -> None:
    hidden = hidden_from(guarded_catalog(), roles)
    sdl = public_sdl(FILES, hidden)
    twin = written_without(hidden)
    assert sdl == public_sdl(twin)
    assert validate_schema(build_schema(sdl)) == []
    left, written = catalog_without(guarded_catalog(), "Query", hidden), check_model(twin)
    assert left.root_fields == written.root_fields
    for found, expected in zip(left.datasets, written.datasets, strict=True):
        assert list(found.dimension_named) == list(expected.dimension_named)
        assert list(found.metric_named) == list(expected.metric_named)
        assert list(found.lookup_named) == list(expected.lookup_named)


def test_those_with_every_role_see_the_whole() -> None:
    assert hidden_from(guarded_catalog(), ROLES) == frozenset()
    assert public_sdl(FILES, frozenset()) == public_sdl(FILES)


def test_what_stands_for_a_field_goes_with_it() -> None:
    hidden = hidden_from(guarded_catalog(), ["crm", "hr", "board"])
    assert hidden == {"Sale.soldOn", "SaleFilter.soldOn", "SaleOrderField.SOLD_ON",
                      "Query.sales(dateRange:)"}  # fmt: skip
    assert "soldOn" not in names_in(written_without(hidden))


def test_types_go_that_only_a_hidden_field_used() -> None:
    sdl = public_sdl(FILES, hidden_from(guarded_catalog(), ["finance"]))
    for name in ("Person", "PersonConnection", "IntFilter", "BooleanFilter", "DateTime", "Wages"):
        assert f" {name} " not in sdl
    assert "input DateFilter {" in sdl


ONLY = """\
type Sales @dataset(table: "sales", shared: true) {
  country: String @access(roles: ["a"]) @dimension
  revenue: Decimal @access(roles: ["a", "b"]) @metric(sql: "sum(net)")
}

type Query {
  sales: [Sales!]
}
"""


def test_a_type_none_of_whose_fields_can_be_seen_is_hidden() -> None:
    files = synced(ONLY)
    catalog = check_model(files)
    hidden = hidden_from(catalog, [])
    assert {"Sales", "SalesFilter", "SalesOrder"} <= hidden
    assert catalog_without(catalog, "Query", hidden).root_fields == ()
    assert public_sdl(files, hidden).strip().startswith("type Query\n\n")
    assert "Sales" not in public_sdl(files, hidden)


def test_an_argument_goes_with_the_last_value_that_it_may_have() -> None:
    files = synced(ONLY)
    sdl = public_sdl(files, hidden_from(check_model(files), ["b"]))
    assert "sales(where: SalesFilter, orderBy: [SalesOrder!], limit: Int): [Sales!]" in sdl
    assert "SalesDimension" not in sdl


def test_a_default_goes_with_what_it_names() -> None:
    (file,) = synced(ONLY)
    text = file.text.replace("[SalesDimension!]", "[SalesDimension!] = [COUNTRY]").replace(
        "[SalesOrder!]",
        "[SalesOrder!] = [{ by: COUNTRY, direction: DESC }]",
    )
    text = text.replace(
        "  revenue: Decimal @acc",
        '  shops: BigInt @metric(sql: "count(*)")\n  revenue: Decimal @acc',
    )
    files = synced(text)
    catalog = check_model(files)
    assert "= [{ by: COUNTRY, direction: DESC }]" in public_sdl(files)
    sdl = public_sdl(files, hidden_from(catalog, ["b"]))
    assert "orderBy: [SalesOrder!], limit" in sdl
    assert "COUNTRY" not in sdl
    other = tuple(synced(text.replace("by: COUNTRY", "by: SHOPS")))
    assert "= [{ by: SHOPS, direction: DESC }]" in public_sdl(
        other, hidden_from(check_model(other), ["b"])
    )
