"""How often members of the schema are used that are on their way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


class DeprecatedUses:
    """Counts executed documents by each deprecated member that they use, once a document."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, coordinates: Iterable[str]) -> None:
        """One more document that uses these."""
        self.counts.update(coordinates)
