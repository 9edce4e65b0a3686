"""The fields of a root type → RootFields: what each returns says which verb answers it."""

from __future__ import annotations

from graphql import FieldDefinitionNode

from analytics_gql.errors import suggest
from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.model_types import (
    CATALOG,
    CONNECTION,
    DatasetType,
    EntityType,
    ModelTypes,
)
from analytics_gql.sdl.syntax import directive_of, listed_type, named_type, optional, type_text
from analytics_gql.sdl.vocabulary import SIGNED_URL

_NOTHING = "a key that is not there is null"


class _NoVerbError(Exception):
    """A type that a root field may not return: why, and what to write instead."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def read_root_fields(types: ModelTypes, faults: FaultList) -> tuple[RootField, ...]:
    """The fields of the query type that a verb answers, in their order; others are faults."""
    return _read(types.query_type, types.root_fields, types, faults)


def read_live_fields(types: ModelTypes, faults: FaultList) -> tuple[RootField, ...]:
    """The same of the subscription type.

    What a field asks is what the query type's field of its name asks: who may see the one may see
    the other, and nobody has to learn two meanings of a name.
    """
    queries = {node.name.value: node for node in types.root_fields}
    for node in types.live_fields:
        query = queries.get(node.name.value)
        if query is None:
            faults.add(
                node,
                f"{types.subscription_type}.{node.name.value} has no counterpart: "
                f"{types.query_type} has no field {node.name.value}",
                suggest(node.name.value, tuple(queries), "name it as what it repeats"),
            )
        elif type_text(query.type) != type_text(node.type):
            faults.add(
                node,
                f"{types.subscription_type}.{node.name.value} returns {type_text(node.type)}, "
                f"and {types.query_type}.{node.name.value} {type_text(query.type)}",
                f"write {type_text(query.type)}",
            )
    return _read(types.subscription_type, types.live_fields, types, faults)


def _read(
    owner: str,
    nodes: tuple[FieldDefinitionNode, ...],
    types: ModelTypes,
    faults: FaultList,
) -> tuple[RootField, ...]:
    found: list[RootField] = []
    for node in nodes:
        try:
            verb, of = _verb(node, types)
        except _NoVerbError as wrong:
            faults.add(
                node,
                f"{owner}.{node.name.value} returns {type_text(node.type)}, {wrong.reason}",
                wrong.hint,
            )
        else:
            found.append(RootField(node.name.value, verb, of))
    return tuple(found)


def _verb(node: FieldDefinitionNode, types: ModelTypes) -> tuple[Verb, str]:
    """The verb that answers a field, and the type that it asks. Raises _NoVerbError."""
    listed, named = listed_type(node.type), optional(node.type)
    is_nullable = type_text(node.type) == named
    if listed in types.datasets:
        return Verb.AGGREGATE, listed
    if listed in types.entities:
        _check_many(node, types.entities[listed], listed in types.records)
        return Verb.LOOK_UP_MANY, listed
    if named in types.entities:
        if not is_nullable:
            raise _NoVerbError(f"but {_NOTHING}", f"write {named}")
        return Verb.LOOK_UP, named
    if named == SIGNED_URL:
        _check_signing(node, is_nullable=is_nullable)
        return Verb.SIGN_URL, named
    if named in types.connections:
        if not is_nullable:
            raise _NoVerbError(
                "and if it is refused the others would be lost too", f"write {named}"
            )
        paged = types.connections[named]
        is_metrics = isinstance(paged, DatasetType)
        return (Verb.PAGE_OF_METRICS if is_metrics else Verb.PAGE_OF_RECORDS), paged.name
    if types.is_catalog(node):
        if not is_nullable:
            raise _NoVerbError(
                "and if it is refused the others would be lost too", f"write {CATALOG}"
            )
        return Verb.CATALOG, CATALOG
    raise _no_verb(node, types)


def _check_signing(node: FieldDefinitionNode, *, is_nullable: bool) -> None:
    if not is_nullable:
        raise _NoVerbError("and if it is refused the others would be lost too", "write SignedUrl")
    if directive_of(node, "access") is None:
        raise _NoVerbError(
            "and lets others read what the caller may",
            'say who may pass answers on: add @access(roles: ["…"])',
        )


def _check_many(node: FieldDefinitionNode, entity: EntityType, is_paged: bool) -> None:
    name = entity.name
    if len(entity.key) > 1:
        raise _NoVerbError(
            f"and the key of {name} has {len(entity.key)} fields",
            f"look it up one by one: return {name}",
        )
    if type_text(node.type).removesuffix("!") != f"[{name}]":
        page = f", or {name}{CONNECTION} for a page" if is_paged else ""
        raise _NoVerbError(f"but {_NOTHING}", f"write [{name}]{page}")


def _no_verb(node: FieldDefinitionNode, types: ModelTypes) -> _NoVerbError:
    """What is wrong with a type that no verb returns."""
    name, named = named_type(node.type), optional(node.type)
    if named in types.datasets:
        return _NoVerbError("which is no list of a dataset", f"write [{name}!]")
    if name in types.records and name in (named, listed_type(node.type)):
        also = "" if named != name else f", or add @entity to {name} to look one up"
        return _NoVerbError("and records come in pages", f"return {name}{CONNECTION}{also}")
    entity = types.entities.get(named.removesuffix(CONNECTION))
    if named.endswith(CONNECTION) and entity is not None:
        return _NoVerbError(
            f"and {entity.name} has no @records",
            f'add @records(table: "…", key: ["…"]) to {entity.name}',
        )
    if name in types.connections:
        return _NoVerbError("and a connection is no item of a list", f"write {name}")
    known = (*types.datasets, *types.connections, *types.entities)
    return _NoVerbError("which no root field can return", suggest(name, known, _hint(types)))


def _hint(types: ModelTypes) -> str:
    """The forms of what can be returned, by the names of this model."""
    forms = [f"[{name}!]" for name in types.datasets]
    forms += [f"{name}{CONNECTION}" for name in types.records]
    forms += types.entities
    if forms:
        return f"return {'one of ' if len(forms) > 1 else ''}{', '.join(forms)}"
    return (
        "return a list of a type with @dataset, the connection of one with @records, or a type "
        "with @entity"
    )
