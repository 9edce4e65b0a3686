"""Tenancy fails closed: a model that is not clear about whose rows a table holds is refused."""

from __future__ import annotations

from collections.abc import Iterable

from analytics_gql.model.relation import Relation, TableName
from analytics_gql.sdl.faults import FaultList


def check_tenancy(all_relations: Iterable[Relation], faults: FaultList) -> None:
    """If one table of a model has a tenant, each must name one or be `shared`, consistently."""
    relations = list(all_relations)
    tenanted = any(relation.tenant is not None for relation in relations)
    first: dict[TableName, Relation] = {}
    for relation in sorted(relations, key=lambda relation: relation.tenant is None):
        known = first.setdefault(relation.table, relation)
        if relation.tenant is not None and relation.shared:
            _add(
                faults,
                relation,
                f"the table {relation.table} has a tenant and is shared",
                "keep one of the two",
            )
        elif tenanted and relation.tenant is None and not relation.shared:
            _add(
                faults,
                relation,
                f"the table {relation.table} names no tenant column, while others do",
                f'add tenant: "{known.tenant or "column"}", '
                "or shared: true if its rows are for everybody",
            )
        elif known.tenant != relation.tenant:
            _add(
                faults,
                relation,
                f"the table {relation.table} has {_say(relation)} here and {_say(known)} at "
                f"{known.place.file}:{known.place.line}",
                "say the same everywhere",
            )


def _add(faults: FaultList, relation: Relation, message: str, hint: str) -> None:
    faults.add_at(relation.place.file, relation.place.line, message, hint)


def _say(relation: Relation) -> str:
    return "no tenant" if relation.tenant is None else f"the tenant '{relation.tenant}'"
