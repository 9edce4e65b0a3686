"""What is selected of a row → its shape, and what is wanted of the entities in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import FieldNode, GraphQLObjectType
from graphql.execution.values import get_argument_values

from analytics_gql.gql.collecting import Info, collected
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.lookup import Lookup
from analytics_gql.query.row_shape import (
    ConstantMember,
    FieldMember,
    Link,
    LinkMember,
    RowSelection,
)


def row_selection(
    nodes: Iterable[FieldNode],
    info: Info,
    type_name: str,
    lookups: Mapping[str, Lookup],
    catalog: Catalog,
) -> RowSelection:
    """The selection below the nodes of one field of a row type; `lookups` are the type's."""
    members: list[FieldMember | ConstantMember | LinkMember] = []
    links: list[Link] = []
    for key, fields in collected(nodes, info).items():
        name = fields[0].name.value
        lookup = lookups.get(name)
        if lookup is not None:
            members.append(LinkMember(key, lookup.by))
            links.append(_link(fields, info, type_name, lookup, catalog))
        elif name == "__typename":
            members.append(ConstantMember(key, type_name))
        else:
            members.append(FieldMember(key, name))
    return RowSelection(tuple(members), tuple(links))


def entity_selection(
    nodes: Iterable[FieldNode], info: Info, entity: str, catalog: Catalog
) -> RowSelection:
    """The selection below the nodes of one field that is an entity."""
    lookups = catalog.entity(entity).rows.lookup_named
    return row_selection(nodes, info, entity, lookups, catalog)


def _link(
    fields: list[FieldNode], info: Info, type_name: str, lookup: Lookup, catalog: Catalog
) -> Link:
    as_of = None
    if fields[0].arguments:
        owner = info.schema.type_map[type_name]
        assert isinstance(owner, GraphQLObjectType)
        arguments = get_argument_values(owner.fields[lookup.name], fields[0], info.variable_values)
        as_of = arguments.get("asOf")
    return Link(lookup.entity, as_of, entity_selection(fields, info, lookup.entity, catalog))
