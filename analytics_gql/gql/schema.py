"""The executable schema: the public SDL, with a resolver for each root field."""

from __future__ import annotations

from ariadne import ObjectType, make_executable_schema
from graphql import GraphQLSchema, ScalarTypeDefinitionNode, build_ast_schema, parse

from analytics_gql.gql.catalog_reader import catalog_resolver
from analytics_gql.gql.resolvers import resolver
from analytics_gql.gql.scalars import SCALARS
from analytics_gql.model.catalog import Catalog, Verb


def executable_schema(
    public_sdl: str, query_type: str, catalog: Catalog, hidden: frozenset[str] = frozenset()
) -> GraphQLSchema:
    """Build it. Clients see by introspection exactly what `schema print` prints.

    `hidden` are the coordinates that the SDL and the catalog have nothing of.
    """
    document = parse(public_sdl)
    if not catalog.root_fields:
        # Of all that there is the caller may see nothing. GraphQL asks for a field all the same;
        # `__typename` is one that can be asked for.
        return build_ast_schema(document, assume_valid=True)
    query = ObjectType(query_type)
    for field in catalog.root_fields:
        query.set_field(
            field.name,
            catalog_resolver(query_type, hidden)
            if field.verb is Verb.CATALOG
            else resolver(field, catalog),
        )
    declared = [
        SCALARS[node.name.value]
        for node in document.definitions
        if isinstance(node, ScalarTypeDefinitionNode) and node.name.value in SCALARS
    ]
    schema = make_executable_schema(public_sdl, query, *declared)
    if schema.subscription_type is not None:
        # Executed again at each change, as a query is: nothing has to be said of `subscribe`.
        for field in catalog.live_fields:
            schema.subscription_type.fields[field.name].resolve = resolver(field, catalog)
    return schema
