"""The types that datasets and records imply, as SDL.

A dataset `T` implies `TDimension`; datasets and records imply `TFilter`, `TOrderField` and
`TOrder`, and what is paged `TConnection` and `TEdge`. Each is written as text and parsed, so that
it can be compared with what is present and its slices written into a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
)

from analytics_gql.sdl.model_types import DatasetType, RecordsType
from analytics_gql.sdl.syntax import named_type
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


@dataclass(frozen=True, slots=True)
class Expected:
    """A type as it should be. `owner` is the type that it is derived from, if any.

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


def derived_types(owner: DatasetType | RecordsType) -> tuple[Expected, ...]:
    """The types that a dataset or a records type implies, an enum before its input.

    None where it has no field to derive from: an enum must have a value.
    """
    if isinstance(owner, DatasetType):
        if not owner.ordered:
            return ()
        when = ": on dimensions before grouping, on metrics after"
        return (
            *_dimension_types(owner),
            _filter_type(owner.name, owner.filtered, (), when),
            *_order_types(owner.name, owner.ordered, ()),
            *(_connection_types(owner.name) if owner.is_paged else ()),
        )
    if not owner.columns:
        return ()
    return (
        _filter_type(owner.name, owner.columns, owner.undecided, ""),
        *_order_types(owner.name, owner.columns, owner.undecided),
        *_connection_types(owner.name),
    )


def _dimension_types(dataset: DatasetType) -> tuple[Expected, ...]:
    if not dataset.dimensions:
        return ()
    name = dataset.name
    return _expected(
        name,
        f"""\
"What `{name}` can be grouped by."
enum {name}Dimension {{
{_body(_values(dataset.dimensions))}
}}
""",
    )


def _filter_type(
    name: str,
    fields: tuple[FieldDefinitionNode, ...],
    undecided: tuple[FieldDefinitionNode, ...],
    when: str,
) -> Expected:
    types = {f.name.value: named_type(f.type) for f in fields}
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
    return _expected(
        name,
        f"""\
"Conditions on `{name}`, all of which must hold{when}."
input {name}Filter {{
{_body(conditions)}
}}
""",
        frozenset({*types, *(f.name.value for f in undecided)}),
    )[0]


def _order_types(
    name: str,
    fields: tuple[FieldDefinitionNode, ...],
    undecided: tuple[FieldDefinitionNode, ...],
) -> tuple[Expected, ...]:
    values = _expected(
        name,
        f"""\
"What `{name}` can be ordered by."
enum {name}OrderField {{
{_body(_values(fields))}
}}
""",
        frozenset(_values(undecided)),
    )
    steps = _expected(
        name,
        f"""\
"One step in the order of `{name}`."
input {name}Order {{
  by: {name}OrderField!
  direction: SortDirection! = ASC
}}
""",
    )
    return (*values, *steps)


def _connection_types(name: str) -> tuple[Expected, ...]:
    return _expected(
        name,
        f"""\
"A page of `{name}`."
type {name}Connection {{
  edges: [{name}Edge!]!
  nodes: [{name}!]!
  pageInfo: PageInfo!
  "How many there are on all pages."
  totalCount: BigInt!
}}

"One row of a page of `{name}`, and the cursor that stands for it."
type {name}Edge {{
  cursor: String!
  node: {name}!
}}
""",
    )


def _expected(
    owner: str, text: str, tolerated: frozenset[str] = frozenset()
) -> tuple[Expected, ...]:
    return tuple(Expected(node, owner, tolerated) for node in types_in(text))


def _values(fields: Iterable[FieldDefinitionNode]) -> list[str]:
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
