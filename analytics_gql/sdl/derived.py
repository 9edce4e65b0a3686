"""What the datasets of a schema imply: the derived types and the arguments of root fields, as SDL.

A dataset `T` implies `TDimension`, `TFilter`, `TOrderField`, `TOrder` and the standard arguments
of the root fields that return it. Each is written as text and parsed, so that it can be compared
with what is present and its slices written into a file. Only syntax is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
)

from analytics_gql.sdl.edits import members_of
from analytics_gql.sdl.files import SchemaFile, definitions
from analytics_gql.sdl.syntax import directive_of, named_type
from analytics_gql.sdl.vocabulary import FIELD_TYPES, enum_name

COMBINATORS = ("and", "or", "not")
"""The members of every filter that combine conditions."""

KINDS: dict[type[TypeDefinitionNode], str] = {
    EnumTypeDefinitionNode: "enum",
    InputObjectTypeDefinitionNode: "input",
    InterfaceTypeDefinitionNode: "interface",
    ObjectTypeDefinitionNode: "type",
    ScalarTypeDefinitionNode: "scalar",
    UnionTypeDefinitionNode: "union",
}
"""The keyword of each kind of type."""

_ROLES = ("time", "dimension", "metric")


@dataclass(frozen=True, slots=True)
class DatasetType:
    """An object type with @dataset, and those of its fields that say what they are."""

    node: ObjectTypeDefinitionNode
    name: str
    has_range: bool
    has_time: bool
    dimensions: tuple[FieldDefinitionNode, ...]
    ordered: tuple[FieldDefinitionNode, ...]
    filtered: tuple[FieldDefinitionNode, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A type as it should be. `owner` is the dataset that it is derived from, if any.

    Members named in `tolerated` may stay, though none would be written.
    """

    node: TypeDefinitionNode
    owner: str | None = None
    tolerated: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name that the type has to have."""
        return self.node.name.value

    @property
    def kind(self) -> str:
        """`enum`, `input` or another keyword."""
        return KINDS[type(self.node)]


def dataset_types(files: tuple[SchemaFile, ...]) -> dict[str, DatasetType]:
    """The types with @dataset, by name."""
    found: dict[str, DatasetType] = {}
    for node in definitions(files):
        if not isinstance(node, ObjectTypeDefinitionNode) or node.name.value in found:
            continue
        applied = directive_of(node, "dataset")
        if applied is None:
            continue
        # A field with two roles is the reader's to refuse; here the first of these counts.
        roles = [
            (role, f)
            for f in node.fields or ()
            if (role := next((r for r in _ROLES if directive_of(f, r)), None))
        ]
        found[node.name.value] = DatasetType(
            node=node,
            name=node.name.value,
            has_range=any(
                argument.name.value == "time" and not isinstance(argument.value, NullValueNode)
                for argument in applied.arguments or ()
            ),
            has_time=any(role == "time" for role, _ in roles),
            dimensions=tuple(f for role, f in roles if role == "dimension"),
            ordered=tuple(f for _, f in roles),
            filtered=tuple(f for role, f in roles if role != "time"),
        )
    return found


def derived_types(dataset: DatasetType) -> tuple[Expected, ...]:
    """The types that a dataset implies, each behind those that it uses."""
    name = dataset.name
    types = {f.name.value: named_type(f.type) for f in dataset.filtered}
    conditions = [
        f"and: [{name}Filter!]",
        f"or: [{name}Filter!]",
        f"not: {name}Filter",
        *(
            f"{member}: {type_name}Filter"
            for member, type_name in types.items()
            if type_name in FIELD_TYPES and member not in COMBINATORS
        ),
    ]
    # A field of a type without filter is the reader's to report: what people wrote is not stale.
    filter_type = Expected(
        types_in(f"""\
"Conditions on `{name}`, all of which must hold: on dimensions before grouping, on metrics after."
input {name}Filter {{
{_body(conditions)}
}}
""")[0],
        name,
        frozenset(types),
    )
    order_types = types_in(f"""\
"What `{name}` can be ordered by."
enum {name}OrderField {{
{_body(_values(dataset.ordered))}
}}

"One step in the order of `{name}`."
input {name}Order {{
  by: {name}OrderField!
  direction: SortDirection! = ASC
}}
""")
    derived = (filter_type, *(Expected(node, name) for node in order_types))
    if not dataset.dimensions:
        return derived
    dimension_type = types_in(f"""\
"What `{name}` can be grouped by."
enum {name}Dimension {{
{_body(_values(dataset.dimensions))}
}}
""")[0]
    return (Expected(dimension_type, name), *derived)


def standard_arguments(dataset: DatasetType) -> dict[str, InputValueDefinitionNode]:
    """All standard arguments of a root field, in their order."""
    name = dataset.name
    text = f"""\
input Arguments {{
  dateRange: DateRange!
  groupBy: [{name}Dimension!]
  granularity: Granularity! = DAY
  timezone: String
  where: {name}Filter
  orderBy: [{name}Order!]
  limit: Int
}}
"""
    return {
        node.name.value: node
        for node in members_of(types_in(text)[0])
        if isinstance(node, InputValueDefinitionNode)
    }


def obstacles_of(dataset: DatasetType) -> dict[str, str]:
    """The standard arguments that a dataset cannot have, and why."""
    found: dict[str, str] = {}
    if not dataset.has_range:
        found |= dict.fromkeys(
            ("dateRange", "timezone"), f"the @dataset of {dataset.name} has no `time`"
        )
    if not dataset.dimensions:
        found["groupBy"] = f"{dataset.name} has no @dimension field"
    if not dataset.has_time:
        found["granularity"] = f"{dataset.name} has no @time field"
    return found


def _values(fields: tuple[FieldDefinitionNode, ...]) -> list[str]:
    return list(dict.fromkeys(enum_name(f.name.value) for f in fields))


def _body(members: list[str]) -> str:
    return "\n".join(f"  {member}" for member in members)


def types_in(text: str) -> tuple[TypeDefinitionNode, ...]:
    """The types that an SDL text of our own defines."""
    return tuple(node for node in parse(text).definitions if isinstance(node, TypeDefinitionNode))


def directives_in(text: str) -> tuple[DirectiveDefinitionNode, ...]:
    """The directives that an SDL text of our own defines."""
    nodes = parse(text).definitions
    return tuple(node for node in nodes if isinstance(node, DirectiveDefinitionNode))
