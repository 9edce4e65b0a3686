"""Which field of the model a member of a derived type stands for."""

from __future__ import annotations

from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.vocabulary import enum_name

DERIVED_TYPES = ("Dimension", "Filter", "OrderField", "Order", "Connection", "Edge")
"""What the names of the types end in that are derived from a dataset or a records type."""


def derived_coordinates(catalog: Catalog) -> dict[str, str]:
    """`SalesOrderField.REVENUE`, `SalesFilter.revenue` … → `Sales.revenue`."""
    found: dict[str, str] = {}
    for dataset in catalog.datasets:
        name, time = dataset.name, dataset.time
        for dimension in dataset.dimensions:
            found[f"{name}Dimension.{dimension.enum_value}"] = f"{name}.{dimension.name}"
        fields = [*dataset.dimension_named, *dataset.metric_named]
        found |= {f"{name}Filter.{field}": f"{name}.{field}" for field in fields}
        fields += [time.name] if time is not None else []
        found |= {f"{name}OrderField.{enum_name(field)}": f"{name}.{field}" for field in fields}
    for records in catalog.records:
        name = records.name
        for field in records.rows.field_named:
            found[f"{name}Filter.{field}"] = f"{name}.{field}"
            found[f"{name}OrderField.{enum_name(field)}"] = f"{name}.{field}"
    return found
