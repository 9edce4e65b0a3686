"""The executable schema: the public SDL, with a resolver for each root field."""

from __future__ import annotations

from ariadne import ObjectType, make_executable_schema
from graphql import GraphQLSchema, ScalarTypeDefinitionNode, parse

from analytics_gql.gql.resolvers import resolver
from analytics_gql.gql.scalars import SCALARS
from analytics_gql.model.catalog import Catalog


def executable_schema(public_sdl: str, query_type: str, catalog: Catalog) -> GraphQLSchema:
    """Build it. Clients see by introspection exactly what `schema print` prints."""
    query = ObjectType(query_type)
    for field in catalog.root_fields:
        query.set_field(field.name, resolver(field, catalog))
    declared = [
        SCALARS[node.name.value]
        for node in parse(public_sdl).definitions
        if isinstance(node, ScalarTypeDefinitionNode) and node.name.value in SCALARS
    ]
    return make_executable_schema(public_sdl, query, *declared)
