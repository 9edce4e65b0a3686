"""Links from rows and groups to entities."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics_gql.model.relation import Place


@dataclass(frozen=True, slots=True)
class Lookup:
    """A field that is an entity, fetched by the values of `by`: names of fields of the same type.

    On a dataset these are dimensions. They stand in the order of the entity's key.
    """

    name: str
    entity: str
    by: tuple[str, ...]
    place: Place = field(compare=False)
    description: str | None = None
