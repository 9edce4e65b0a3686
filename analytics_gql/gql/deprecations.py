"""Members of the schema that are on their way out."""

from __future__ import annotations

from functools import lru_cache

from graphql import GraphQLSchema

from analytics_gql.sdl.contract import members_of


@lru_cache(maxsize=8)
def deprecated_members(schema: GraphQLSchema) -> frozenset[str]:
    """The coordinates of all that is deprecated."""
    return frozenset(
        coordinate
        for coordinate, member in members_of(schema)
        if member.deprecation_reason is not None
    )
