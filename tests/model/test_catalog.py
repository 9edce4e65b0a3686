"""What a catalog knows by name."""

from __future__ import annotations

import pytest

from analytics_gql.errors import UnknownNameError
from analytics_gql.model.kinds import READABLE_AS, ColumnKind, FieldType
from analytics_gql.model.relation import TableName
from analytics_gql.model.time_zones import known_time_zones
from tests.sdl.models import ORDERS, PRODUCT, TRAFFIC, catalog_of, dataset_sdl

SALES = dataset_sdl(
    'clicks: BigInt @metric(sql: "sum(traffic.clicks)")\n'
    '  rate: Float @metric(sql: "clicks / orderCount + clicks")\n'
    '  region: String @dimension(sources: [{name: "traffic", sql: "area"}])',
    f'{ORDERS}, tenant: "org_id"',
    f"{TRAFFIC.replace('table:', 'shared: true, table:')} "
    f"{PRODUCT.replace('table:', 'shared: true, table:')}",
)


def test_a_dataset_is_found_by_its_name_or_suggested() -> None:
    catalog = catalog_of(SALES)
    assert catalog.dataset("Sales") is catalog.datasets[0]
    with pytest.raises(UnknownNameError, match="there is no dataset 'Sale'") as caught:
        catalog.dataset("Sale")
    assert caught.value.hint == "did you mean 'Sales'?"
    with pytest.raises(UnknownNameError) as caught:
        catalog.dataset("Inventory")
    assert caught.value.hint == "ask the schema for its types"


def test_every_table_is_known_with_its_tenant() -> None:
    catalog = catalog_of(SALES)
    assert [str(relation.table) for relation in catalog.relations()] == [
        "gold.orders",
        "gold.products",
        "gold.traffic",
    ]
    assert catalog.tenant_columns == {
        TableName(("gold", "orders")): "org_id",
        TableName(("gold", "products")): None,
        TableName(("gold", "traffic")): None,
    }


def test_a_dataset_knows_its_parts_by_name() -> None:
    (dataset,) = catalog_of(SALES).datasets
    assert list(dataset.source_named) == ["orders", "traffic"]
    assert list(dataset.metric_named) == ["clicks", "rate", "orderCount"]
    assert dataset.metric_named["rate"].sources == ("traffic", "orders")
    region = dataset.dimension_named["region"]
    column = region.in_source("traffic")
    assert column is not None
    assert column.expression.sql() == '"traffic"."area"'
    assert dataset.dimension_named["country"].in_source("traffic") is None
    assert dataset.has_range
    assert not catalog_of(dataset_sdl(dataset='table: "t"', also="")).datasets[0].has_range


def test_every_type_can_be_read_from_some_column_and_every_kind_sent_as_some_type() -> None:
    assert set(READABLE_AS) == set(FieldType)
    assert all(READABLE_AS.values())
    assert frozenset().union(*READABLE_AS.values()) == set(ColumnKind)
    assert [kind for kind in FieldType if kind.is_text] == [FieldType.STRING, FieldType.ID]


def test_time_zones_are_those_of_the_database_alone() -> None:
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= known_time_zones()
    assert not {"localtime", "posixrules", "Factory", "Europe", ""} & known_time_zones()
