"""Two public schemas compared: what clients may ask, and what they are told.

graphql-core finds the differences; how much each weighs is decided here. It knows neither that an
enum is only ever sent, nor that a removal was announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from graphql import (
    BreakingChangeType,
    DangerousChangeType,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    SafeChangeType,
    get_named_type,
)
from graphql.utilities.find_schema_changes import SchemaChange, find_schema_changes

from analytics_gql.sdl.changes import Change, Level
from analytics_gql.sdl.sunsets import sunset_of

Member = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue

_REMOVALS = frozenset(
    {
        BreakingChangeType.FIELD_REMOVED,
        BreakingChangeType.ARG_REMOVED,
        BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
    }
)
_MEMBER = re.compile(r"\w+\.\w+(?:\(\w+:\))?")
_TYPE = re.compile(r"(?:Standard scalar )?(\w+) was ")
_OWN_DIRECTIVE = re.compile(r"Directive @sunset was (added|removed)\.")
"""Shown where something has a sunset. Documents cannot use it."""


@dataclass(frozen=True, slots=True)
class _Contract:
    """What the weight of a difference depends on."""

    new: GraphQLSchema
    derived: dict[str, str]
    members: dict[str, Member]
    announced: frozenset[str]
    """Coordinates of the old schema whose sunset has come."""
    needed: frozenset[str]
    """Names of the old schema's types that questions reach without what was announced."""


def contract_changes(
    old: GraphQLSchema, new: GraphQLSchema, derived: dict[str, str], today: date
) -> tuple[Change, ...]:
    """The differences of two public schemas, in the order in which graphql-core finds them.

    `derived` says which field each member of the old schema's derived types stands for: it is
    announced with it.
    """
    members = dict(members_of(old))
    announced = frozenset(
        coordinate
        for coordinate in members
        if _has_come(members.get(derived.get(coordinate, coordinate)), today)
    )
    contract = _Contract(new, derived, members, announced, _reachable(old, announced))
    found = [
        _weighed(change, contract)
        for change in find_schema_changes(old, new)
        if not _OWN_DIRECTIVE.fullmatch(change.description)
    ]
    return (*found, *_deprecations(members, dict(members_of(new))))


def members_of(schema: GraphQLSchema) -> Iterator[tuple[str, Member]]:
    """Every member of a schema that can be deprecated, by its coordinate."""
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument
        elif isinstance(kind, GraphQLInputObjectType):
            for input_name, input_field in kind.fields.items():
                yield f"{name}.{input_name}", input_field
        elif isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value


def _weighed(change: SchemaChange, contract: _Contract) -> Change:
    """A difference with its weight, and in our words where graphql-core's say too little."""
    # What a description says now may be long, and stands in the schema.
    message = change.description.partition(" has changed to ")[0].removesuffix(".")
    if change.type is SafeChangeType.DESCRIPTION_CHANGED:
        message += " has changed"
    coordinate = _coordinate(change.description)
    level = Level.ADDITIVE
    if isinstance(change.type, BreakingChangeType):
        level, note = _weight_of_breaking(change.type, coordinate, contract)
        message += note
    elif isinstance(change.type, DangerousChangeType) and not _is_left_out(
        change.type, coordinate, contract.new
    ):
        level = Level.DANGEROUS
    return Change(level, change.type.name, message, (coordinate,) if coordinate else ())


def _coordinate(description: str) -> str:
    """What a difference is about: graphql-core says it in its sentence alone."""
    member = _MEMBER.search(description.partition(" has changed to ")[0])
    if member is not None:
        return member[0]
    kind = _TYPE.match(description)
    return kind[1] if kind is not None else ""


def _weight_of_breaking(
    kind: BreakingChangeType, coordinate: str, contract: _Contract
) -> tuple[Level, str]:
    if kind in _REMOVALS:
        member = contract.members.get(contract.derived.get(coordinate, coordinate))
        day = sunset_of(member.ast_node) if member is not None else None
        if coordinate in contract.announced:
            return Level.DANGEROUS, f", as announced: its sunset was {day}"
        return Level.BREAKING, f", before its sunset on {day}" if day else ""
    if kind is BreakingChangeType.TYPE_REMOVED and coordinate not in contract.needed:
        return Level.DANGEROUS, ", and no operation needs it"
    return Level.BREAKING, ""


def _is_left_out(kind: DangerousChangeType, coordinate: str, new: GraphQLSchema) -> bool:
    """Whether those who do not know what was added go on as before.

    An enum value that is only ever sent surprises nobody, nor does an input without default.
    """
    match kind:
        case DangerousChangeType.VALUE_ADDED_TO_ENUM:
            return coordinate.partition(".")[0] not in _output_enums(new)
        case DangerousChangeType.OPTIONAL_ARG_ADDED:
            added = dict(members_of(new)).get(coordinate)
            return isinstance(added, GraphQLArgument) and added.default is None
        case DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED:
            added = dict(members_of(new)).get(coordinate)
            return isinstance(added, GraphQLInputField) and added.default is None
        case _:
            return False


def _output_enums(schema: GraphQLSchema) -> set[str]:
    return {
        kind.name
        for _, member in members_of(schema)
        if isinstance(member, GraphQLField)
        and isinstance(kind := get_named_type(member.type), GraphQLEnumType)
    }


def _has_come(member: Member | None, today: date) -> bool:
    if member is None or member.deprecation_reason is None:
        return False
    day = sunset_of(member.ast_node)
    return day is not None and day <= today


def _reachable(schema: GraphQLSchema, without: frozenset[str]) -> frozenset[str]:
    """The names of the types that an operation reaches without using some members."""
    uses: dict[str, set[str]] = {}
    for coordinate, member in members_of(schema):
        if isinstance(member, GraphQLEnumValue) or coordinate in without:
            continue
        if coordinate.endswith(":)") and coordinate.partition("(")[0] in without:
            continue
        uses.setdefault(coordinate.partition(".")[0], set()).add(get_named_type(member.type).name)
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            possible = schema.get_possible_types(kind)
            uses.setdefault(name, set()).update(item.name for item in possible)
        if isinstance(kind, GraphQLObjectType):
            uses.setdefault(name, set()).update(item.name for item in kind.interfaces)
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    found: set[str] = set()
    pending = {root.name for root in roots if root is not None}
    while pending:
        name = pending.pop()
        found.add(name)
        pending |= uses.get(name, set()) - found
    return frozenset(found)


def _deprecations(old: dict[str, Member], new: dict[str, Member]) -> Iterator[Change]:
    """What was deprecated, or is not any more, and sunsets that moved."""
    for coordinate, member in new.items():
        before = old.get(coordinate)
        if before is None:
            continue
        was, now = sunset_of(before.ast_node), sunset_of(member.ast_node)
        reason = member.deprecation_reason
        if reason is None:
            if before.deprecation_reason is not None:
                message = f"{coordinate} is not deprecated any more"
                yield Change(Level.ADDITIVE, "DEPRECATION_REMOVED", message, (coordinate,))
        elif before.deprecation_reason is None:
            until = f", and may be gone from {now} on" if now else ""
            message = f"{coordinate} is deprecated{until}: {reason}"
            yield Change(Level.ADDITIVE, "DEPRECATED", message, (coordinate,))
        elif was != now:
            # Who counted on the old day has less time.
            earlier = was is not None and now is not None and now < was
            message = (
                f"the sunset of {coordinate} moved from {was or 'no day'} to {now or 'no day'}"
            )
            level = Level.DANGEROUS if earlier else Level.ADDITIVE
            yield Change(level, "SUNSET_CHANGED", message, (coordinate,))
