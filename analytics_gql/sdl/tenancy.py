"""Tenancy fails closed: a model that is not clear about whose rows a table holds is refused."""

from __future__ import annotations

from analytics_gql.errors import Fault
from analytics_gql.model.dataset import Dataset, Relation, TableName


def check_tenancy(datasets: list[Dataset], faults: list[Fault]) -> None:
    """If one table of a model has a tenant, each must name one or be `shared`, consistently."""
    relations = [
        relation
        for dataset in datasets
        for source in dataset.sources
        for relation in (source.relation, *(join.relation for join in source.joins))
    ]
    tenanted = any(relation.tenant is not None for relation in relations)
    first: dict[TableName, Relation] = {}
    for relation in relations:
        if tenanted and relation.tenant is None and not relation.shared:
            faults.append(
                Fault(
                    relation.place.file,
                    relation.place.line,
                    f"the table {relation.table} names no tenant column, while others do",
                    'add tenant: "column", or shared: true if its rows are for everybody',
                )
            )
        if relation.tenant is not None and relation.shared:
            faults.append(
                Fault(
                    relation.place.file,
                    relation.place.line,
                    f"the table {relation.table} has a tenant and is shared",
                    "keep one of the two",
                )
            )
        known = first.setdefault(relation.table, relation)
        if known.tenant != relation.tenant:
            faults.append(
                Fault(
                    relation.place.file,
                    relation.place.line,
                    f"the table {relation.table} has tenant {_say(relation)} here and "
                    f"{_say(known)} at {known.place.file}:{known.place.line}",
                    "say the same everywhere",
                )
            )


def _say(relation: Relation) -> str:
    return "none" if relation.tenant is None else f"'{relation.tenant}'"
