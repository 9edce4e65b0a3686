"""The arguments that the verbs read: of root fields, and of look-ups. Only syntax is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import FieldDefinitionNode, InputValueDefinitionNode

from analytics_gql.sdl.derived import types_in
from analytics_gql.sdl.edits import members_of
from analytics_gql.sdl.model_types import (
    CATALOG,
    DatasetType,
    EntityType,
    ModelTypes,
    RecordsType,
)
from analytics_gql.sdl.syntax import listed_type, named_type, optional
from analytics_gql.sdl.vocabulary import SIGNED_URL

_PAGE = ("first: Int", "after: String", "last: Int", "before: String")


@dataclass(frozen=True, slots=True)
class FieldArguments:
    """All arguments that a field of its verb can have, in their order.

    `obstacles` are those that this field cannot have, and why; `required` those that must be given;
    `instead` says what is written in place of an argument of another verb. `owner` is the type that
    is asked.
    """

    owner: str
    standard: dict[str, InputValueDefinitionNode]
    obstacles: dict[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    instead: dict[str, str] = field(default_factory=dict)


def root_arguments(root_field: FieldDefinitionNode, types: ModelTypes) -> FieldArguments | None:
    """The arguments of a field of the query type; None where nothing of the model is returned."""
    if types.is_catalog(root_field):
        return FieldArguments(CATALOG, {})
    listed, named = listed_type(root_field.type), optional(root_field.type)
    if listed in types.datasets:
        return _of_metrics(types.datasets[listed])
    if listed in types.entities:
        return _of_entities(types.entities[listed])
    if named in types.entities:
        return _of_entity(types.entities[named])
    if named == SIGNED_URL:
        return _OF_SIGNED_URL
    paged = types.connections.get(named)
    if isinstance(paged, DatasetType):
        return _of_metrics(paged, is_page=True)
    return _of_records(paged) if paged is not None else None


def lookup_arguments(link: FieldDefinitionNode, types: ModelTypes) -> FieldArguments | None:
    """The arguments of a field with @lookup; None where it leads to no entity."""
    entity = types.entities.get(named_type(link.type))
    if entity is None:
        return None
    return FieldArguments(entity.name, _inputs(["asOf: DateTime"]), _instant_obstacles(entity))


def _of_metrics(dataset: DatasetType, *, is_page: bool = False) -> FieldArguments | None:
    if not dataset.ordered:
        return None  # the reader says what such a type lacks
    name = dataset.name
    standard = [
        "dateRange: DateRange!",
        f"groupBy: [{name}Dimension!]",
        "granularity: Granularity! = DAY",
        "timezone: String",
        f"where: {name}Filter",
        f"orderBy: [{name}Order!]",
    ]
    obstacles: dict[str, str] = {}
    if not dataset.has_range:
        reason = f"the @dataset of {name} has no `time`"
        obstacles |= dict.fromkeys(("dateRange", "timezone"), reason)
    if not dataset.dimensions:
        obstacles["groupBy"] = f"{name} has no @dimension field"
    if not dataset.has_time:
        obstacles["granularity"] = f"{name} has no @time field"
    if is_page:
        return FieldArguments(name, _inputs([*_PAGE, *standard]), obstacles, instead=_FOR_LIMIT)
    return FieldArguments(name, _inputs([*standard, "limit: Int"]), obstacles)


def _of_records(records: RecordsType) -> FieldArguments | None:
    if not records.columns:
        return None
    name = records.name
    standard = [
        *_PAGE,
        "dateRange: DateRange",
        f"where: {name}Filter",
        f"orderBy: [{name}Order!]",
    ]
    obstacles = {}
    if not records.has_range:
        obstacles["dateRange"] = f"the @records of {name} has no `time`"
    return FieldArguments(name, _inputs(standard), obstacles, instead=_FOR_LIMIT)


def _of_entity(entity: EntityType) -> FieldArguments | None:
    if not entity.key:
        return None
    keys = {node.name.value: named_type(node.type) for node in entity.key}
    standard = [f"{name}: {type_name}!" for name, type_name in keys.items()]
    return FieldArguments(
        entity.name,
        _inputs([*standard, "asOf: DateTime"]),
        _instant_obstacles(entity),
        frozenset(keys),
    )


def _of_entities(entity: EntityType) -> FieldArguments | None:
    if len(entity.key) != 1:
        return None
    key = entity.key[0]
    name = f"{key.name.value}s"
    return FieldArguments(
        entity.name,
        _inputs([f"{name}: [{named_type(key.type)}!]!", "asOf: DateTime"]),
        _instant_obstacles(entity),
        frozenset({name}),
    )


_FOR_LIMIT = {"limit": "use first", "offset": "use after, with the endCursor of the page before"}


def _instant_obstacles(entity: EntityType) -> dict[str, str]:
    if entity.is_versioned:
        return {}
    return {"asOf": f"the @entity of {entity.name} has no `time`"}


def _inputs(arguments: Iterable[str]) -> dict[str, InputValueDefinitionNode]:
    lines = "\n".join(f"  {argument}" for argument in arguments)
    return {
        node.name.value: node
        for node in members_of(types_in(f"input Arguments {{\n{lines}\n}}\n")[0])
        if isinstance(node, InputValueDefinitionNode)
    }


_OF_SIGNED_URL = FieldArguments(
    SIGNED_URL,
    _inputs(["document: String!", "parameters: [UrlParameter!]", "expiresInS: Int! = 86400"]),
    required=frozenset({"document"}),
)
