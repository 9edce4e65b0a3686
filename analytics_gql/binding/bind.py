"""Catalog + live warehouse → a catalog that knows its physical types, or every fault.

What only the warehouse can tell: whether tables and columns exist, of what kind each expression
is, that the right side of each join has one row for each key, and that keys of records and
entities tell their rows apart. A duplicate key would double revenue silently, so nothing is served
over one. Whatever a statement will be made of is described here first: what an engine refuses stops
the start, not a request.
"""

from __future__ import annotations

from dataclasses import replace

from analytics_gql.binding.datasets import DatasetBinder
from analytics_gql.binding.lookups import check_lookups
from analytics_gql.binding.rows import RowBinder
from analytics_gql.binding.tables import Tables
from analytics_gql.errors import ModelError
from analytics_gql.model.catalog import Catalog
from analytics_gql.warehouses.warehouse import Warehouse


async def bind_catalog(catalog: Catalog, warehouse: Warehouse, *, is_start: bool = True) -> Catalog:
    """The same catalog with every kind filled in.

    Raises ModelError with all faults at once, and EngineError; that a statement took too long is a
    fault at the start and StatementTimeoutError later.
    """
    tables = Tables(warehouse, is_start=is_start)
    await tables.read_tables(catalog.relations())
    datasets, rows = DatasetBinder(tables), RowBinder(tables)
    bound = replace(
        catalog,
        datasets=tuple([await datasets.bind(dataset) for dataset in catalog.datasets]),
        records=tuple([await rows.records(records) for records in catalog.records]),
        entities=tuple([await rows.entity(entity) for entity in catalog.entities]),
    )
    check_lookups(bound, tables)
    if tables.faults:
        raise ModelError(tuple(tables.faults))
    return bound
