"""Applied directives, coerced by hand.

graphql-core validates neither the names nor the values of arguments of applied directives when a
schema is built, so the reader checks them against the vocabulary itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    ConstDirectiveNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    NullValueNode,
    Undefined,
    ValueNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_list_type,
    print_ast,
)
from graphql.utilities import coerce_input_literal

from analytics_gql.errors import suggest
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.vocabulary import VOCABULARY

_SCHEMA = build_schema(VOCABULARY)
_DIRECTIVES: dict[str, GraphQLDirective] = {
    directive.name: directive for directive in _SCHEMA.directives
}
_NEVER_REPEATED = frozenset(
    name for name, directive in _DIRECTIVES.items() if not directive.is_repeatable
)


@dataclass(frozen=True, slots=True)
class Applied:
    """A directive as applied: every argument by name, defaults filled in.

    None stands for what is left out, and for what is at fault; the latter makes it unsound.
    """

    node: ConstDirectiveNode
    arguments: dict[str, Any]
    is_sound: bool

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]

    @property
    def name(self) -> str:
        """The directive's name."""
        return self.node.name.value


def read_applied(node: ConstDirectiveNode, faults: FaultList) -> Applied:
    """Coerce the arguments of an applied directive of the vocabulary; what is wrong is a fault."""
    directive = _DIRECTIVES[node.name.value]
    known = directive.args
    before = len(faults)
    values: dict[str, Any] = {}
    for argument in node.arguments or ():
        name = argument.name.value
        if name not in known:
            faults.add(
                argument,
                f"@{directive.name}: unknown argument '{name}'",
                suggest(name, list(known), f"it takes {', '.join(known) or 'no arguments'}"),
            )
        elif name in values:
            faults.add(
                argument, f"@{directive.name}: the argument '{name}' stands twice", "keep one"
            )
        else:
            values[name] = _value(argument.value, known[name])
            if values[name] is Undefined:
                values[name] = None
                faults.add(
                    argument,
                    f"@{directive.name}: {print_ast(argument.value)} cannot be the value of "
                    f"'{name}'",
                    _form(argument.value, name, known[name].type),
                )
    for name, definition in known.items():
        if name in values:
            continue
        if isinstance(definition.type, GraphQLNonNull):
            faults.add(
                node,
                f"@{directive.name}: the argument '{name}' is missing",
                f"add {name}: {_text(definition.type)}",
            )
        values[name] = _default(definition)
    return Applied(node, values, len(faults) == before)


def _value(node: ValueNode, argument: GraphQLArgument) -> Any:
    """The coerced value; Undefined if it does not fit. Null means the default."""
    if isinstance(node, NullValueNode) and not isinstance(argument.type, GraphQLNonNull):
        return _default(argument)
    return coerce_input_literal(node, argument.type)


def _default(argument: GraphQLArgument) -> Any:
    default = argument.default
    if default is None or default.literal is None:
        return None
    return coerce_input_literal(default.literal, argument.type)


def _form(node: ValueNode, name: str, expected: GraphQLInputType) -> str:
    """How a value of a type is written."""
    named = get_named_type(expected)
    if isinstance(named, GraphQLEnumType):
        members = list(named.values)
        return suggest(print_ast(node).strip('"'), members, f"it is one of {', '.join(members)}")
    if isinstance(named, GraphQLInputObjectType):
        return f'write {name}: [{{ name: "traffic", sql: "column" }}]'
    return {
        "String": f"write text in quotes: {name}: {_text(expected)}",
        "Boolean": f"write {name}: true or {name}: false",
        "Float": f"write a number: {name}: 1.5",
    }.get(named.name, f"it is of type {expected}")


def _text(expected: GraphQLInputType) -> str:
    """How text, or a list of texts, is written."""
    return '["…"]' if is_list_type(get_nullable_type(expected)) else '"…"'


def check_repeats(nodes: tuple[ConstDirectiveNode, ...], faults: FaultList) -> None:
    """Report a directive that stands twice where it may stand once."""
    seen: set[str] = set()
    for node in nodes:
        name = node.name.value
        if name in seen and name in _NEVER_REPEATED:
            faults.add(node, f"@{name} stands twice", "keep one of them")
        seen.add(name)
