"""Who may see what: the changes from one model to another."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSchema

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.clearance import FOR_ALL
from analytics_gql.sdl.changes import Change, Level
from analytics_gql.sdl.contract import members_of


def access_changes(
    old: Catalog, new: Catalog, old_schema: GraphQLSchema, new_schema: GraphQLSchema
) -> Iterator[Change]:
    """What somebody may not see any more, which breaks, and what others may see now.

    Of what both models have, in the order of the old schema. Where it is a whole type that
    changed, its fields are not told by themselves.
    """
    there = dict.fromkeys((*new_schema.type_map, *(name for name, _ in members_of(new_schema))))
    told: set[str] = set()
    for coordinate in (*old_schema.type_map, *(name for name, _ in members_of(old_schema))):
        was = old.clearances.get(coordinate, FOR_ALL)
        now = new.clearances.get(coordinate, FOR_ALL)
        if was == now or coordinate not in there or coordinate.partition(".")[0] in told:
            continue
        told.add(coordinate)
        is_kept = was.implies(now)
        yield Change(
            Level.ADDITIVE if is_kept else Level.BREAKING,
            "ACCESS_WIDENED" if is_kept else "ACCESS_NARROWED",
            f"{coordinate} is for {now}, and was for {was}",
            (coordinate,),
        )
