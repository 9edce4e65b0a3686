"""Which types of a schema are datasets, records and entities, and what its root types return.

Only syntax is looked at: sync has to mend files that the reader refuses, and the reader has to
know the types that a field may return before it has read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    ListValueNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
)

from analytics_gql.sdl.files import SchemaFile, definitions
from analytics_gql.sdl.syntax import directive_of, named_type, optional
from analytics_gql.sdl.vocabulary import FIELD_TYPES

_ROLES = ("time", "dimension", "metric")

CONNECTION = "Connection"
"""What the name of a connection's type ends in."""

CATALOG = "Catalog"
"""The type of the root field by which clients learn what may be asked; see `catalog_types`."""


@dataclass(frozen=True, slots=True)
class DatasetType:
    """An object type with @dataset, and those of its fields that say what they are.

    It is paged where a root field returns its connection.
    """

    node: ObjectTypeDefinitionNode
    has_range: bool
    has_time: bool
    is_paged: bool
    dimensions: tuple[FieldDefinitionNode, ...]
    ordered: tuple[FieldDefinitionNode, ...]
    filtered: tuple[FieldDefinitionNode, ...]

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.node.name.value


@dataclass(frozen=True, slots=True)
class RecordsType:
    """An object type with @records.

    `undecided` are fields that are neither columns of a known type nor links.
    """

    node: ObjectTypeDefinitionNode
    has_range: bool
    columns: tuple[FieldDefinitionNode, ...]
    undecided: tuple[FieldDefinitionNode, ...]

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.node.name.value


@dataclass(frozen=True, slots=True)
class EntityType:
    """An object type with @entity. `key` are its key's fields; none if one of them is at fault."""

    node: ObjectTypeDefinitionNode
    is_versioned: bool
    key: tuple[FieldDefinitionNode, ...]

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.node.name.value


@dataclass(frozen=True)
class ModelTypes:
    """The types of a model by name. A type may be records and entity at once.

    `root_fields` are those of the query type, `live_fields` those of the subscription type, in the
    order of the files; `objects` the names of all object types.
    """

    query_type: str
    subscription_type: str
    root_fields: tuple[FieldDefinitionNode, ...]
    live_fields: tuple[FieldDefinitionNode, ...]
    objects: frozenset[str]
    datasets: dict[str, DatasetType]
    records: dict[str, RecordsType]
    entities: dict[str, EntityType]

    @cached_property
    def nodes(self) -> dict[str, ObjectTypeDefinitionNode]:
        """The definition of each dataset, records type and entity, each once."""
        found = {item.name: item.node for item in self.owners}
        return found | {entity.name: entity.node for entity in self.entities.values()}

    @property
    def has_catalog(self) -> bool:
        """Whether a root field is the catalog."""
        return any(map(self.is_catalog, self.root_fields))

    def is_catalog(self, root_field: FieldDefinitionNode) -> bool:
        """Whether a root field returns the catalog; a type of the model may be called so."""
        return optional(root_field.type) == CATALOG and CATALOG not in self.nodes

    @property
    def owners(self) -> tuple[DatasetType | RecordsType, ...]:
        """The types that others are derived from."""
        return (*self.datasets.values(), *self.records.values())

    @property
    def connections(self) -> dict[str, DatasetType | RecordsType]:
        """What a root field pages through, by the name of the connection's type."""
        return {f"{owner.name}{CONNECTION}": owner for owner in self.owners}


def model_types(files: tuple[SchemaFile, ...]) -> ModelTypes:
    """The types with @dataset, @records and @entity; of two of one name, the first."""
    query_type, subscription_type = query_type_name(files), subscription_type_name(files)
    root_fields = _fields_of(query_type, files)
    live_fields = _fields_of(subscription_type, files)
    returned = {optional(field.type) for field in (*root_fields, *live_fields)}
    nodes: dict[str, ObjectTypeDefinitionNode] = {}
    for node in definitions(files):
        if isinstance(node, ObjectTypeDefinitionNode):
            nodes.setdefault(node.name.value, node)
    datasets: dict[str, DatasetType] = {}
    records: dict[str, RecordsType] = {}
    entities: dict[str, EntityType] = {}
    for name, node in nodes.items():
        if applied := directive_of(node, "dataset"):
            # With a second verb it is a fault, and read as a dataset alone.
            datasets[name] = _dataset_type(node, applied, f"{name}{CONNECTION}" in returned)
            continue
        if applied := directive_of(node, "records"):
            records[name] = _records_type(node, applied)
        if applied := directive_of(node, "entity"):
            entities[name] = _entity_type(node, applied)
    return ModelTypes(
        query_type,
        subscription_type,
        root_fields,
        live_fields,
        frozenset(nodes),
        datasets,
        records,
        entities,
    )


def query_type_name(files: tuple[SchemaFile, ...]) -> str:
    """The name of the query root type; `Query` where no `schema { … }` says otherwise."""
    return _root_type_name("query", files) or "Query"


def subscription_type_name(files: tuple[SchemaFile, ...]) -> str:
    """The name of the subscription root type; there need not be one of it."""
    return _root_type_name("subscription", files) or "Subscription"


def _root_type_name(operation: str, files: tuple[SchemaFile, ...]) -> str | None:
    """What a `schema { … }` calls the root type of an operation."""
    for node in definitions(files):
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for named in node.operation_types or ():
                if named.operation.value == operation:
                    return named.type.name.value
    return None


def root_types(
    files: tuple[SchemaFile, ...],
) -> Iterator[ObjectTypeDefinitionNode | ObjectTypeExtensionNode]:
    """The definition of the query type, and its extensions."""
    return _pieces_of(query_type_name(files), files)


def _fields_of(name: str, files: tuple[SchemaFile, ...]) -> tuple[FieldDefinitionNode, ...]:
    return tuple(field for node in _pieces_of(name, files) for field in node.fields or ())


def _pieces_of(
    name: str, files: tuple[SchemaFile, ...]
) -> Iterator[ObjectTypeDefinitionNode | ObjectTypeExtensionNode]:
    for node in definitions(files):
        if (
            isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
            and node.name.value == name
        ):
            yield node


def column_fields(node: ObjectTypeDefinitionNode) -> tuple[FieldDefinitionNode, ...]:
    """The fields of a row type that are columns: no links, and of a type that a column can have."""
    return tuple(f for f in node.fields or () if not _is_link(f) and _is_value(f))


def _dataset_type(
    node: ObjectTypeDefinitionNode, applied: ConstDirectiveNode, is_paged: bool
) -> DatasetType:
    # A field with two roles is the reader's to refuse; here the first of these counts.
    roles = [
        (role, f)
        for f in node.fields or ()
        if (role := next((r for r in _ROLES if directive_of(f, r)), None))
    ]
    return DatasetType(
        node=node,
        has_range=_gives(applied, "time"),
        has_time=any(role == "time" for role, _ in roles),
        is_paged=is_paged,
        dimensions=tuple(f for role, f in roles if role == "dimension"),
        ordered=tuple(f for _, f in roles),
        filtered=tuple(f for role, f in roles if role != "time"),
    )


def _records_type(node: ObjectTypeDefinitionNode, applied: ConstDirectiveNode) -> RecordsType:
    return RecordsType(
        node=node,
        has_range=_gives(applied, "time"),
        columns=column_fields(node),
        undecided=tuple(f for f in node.fields or () if not _is_link(f) and not _is_value(f)),
    )


def _entity_type(node: ObjectTypeDefinitionNode, applied: ConstDirectiveNode) -> EntityType:
    columns = {field.name.value: field for field in column_fields(node)}
    names = key_names(applied)
    whole = all(name in columns for name in names)
    return EntityType(
        node=node,
        is_versioned=_gives(applied, "time"),
        key=tuple(columns[name] for name in dict.fromkeys(names)) if whole else (),
    )


def key_names(applied: ConstDirectiveNode) -> tuple[str, ...]:
    """The names in the `key` of @records or @entity, as far as they are text."""
    for argument in applied.arguments or ():
        if argument.name.value == "key":
            value = argument.value
            values = value.values if isinstance(value, ListValueNode) else (value,)
            return tuple(item.value for item in values if isinstance(item, StringValueNode))
    return ()


def _gives(applied: ConstDirectiveNode, name: str) -> bool:
    return any(
        argument.name.value == name and not isinstance(argument.value, NullValueNode)
        for argument in applied.arguments or ()
    )


def _is_link(field: FieldDefinitionNode) -> bool:
    return directive_of(field, "lookup") is not None


def _is_value(field: FieldDefinitionNode) -> bool:
    # A list is the reader's to refuse, and has the filter of its items, as in a dataset.
    return named_type(field.type) in FIELD_TYPES
