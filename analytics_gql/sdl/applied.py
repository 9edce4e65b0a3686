"""Applied directives, coerced by hand.

graphql-core validates neither the names nor the values of arguments of applied directives when a
schema is built, so the reader checks them against the vocabulary itself.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    GraphQLDirective,
    GraphQLNonNull,
    Undefined,
    build_schema,
    print_ast,
)
from graphql.utilities import coerce_input_literal

from analytics_gql.errors import Fault, suggest
from analytics_gql.sdl.files import place
from analytics_gql.sdl.vocabulary import VOCABULARY

_SCHEMA = build_schema(VOCABULARY)
_DIRECTIVES: dict[str, GraphQLDirective] = {
    directive.name: directive for directive in _SCHEMA.directives
}
_NEVER_REPEATED = frozenset(
    name for name, directive in _DIRECTIVES.items() if not directive.is_repeatable
)


def arguments_of(
    node: DirectiveNode | ConstDirectiveNode, faults: list[Fault]
) -> dict[str, Any] | None:
    """The coerced arguments of an applied directive, defaults filled in, None where left out.

    What is wrong is appended to `faults`; then None is returned.
    """
    directive = _DIRECTIVES[node.name.value]
    known = directive.args
    before = len(faults)
    file, line = place(node)

    def fault(message: str, hint: str) -> None:
        faults.append(Fault(file, line, f"@{directive.name}: {message}", hint))

    values: dict[str, Any] = {}
    for argument in node.arguments or ():
        name = argument.name.value
        if name not in known:
            fault(
                f"unknown argument '{name}'",
                suggest(name, list(known), f"it takes {', '.join(known) or 'no arguments'}"),
            )
            continue
        if name in values:
            fault(f"the argument '{name}' stands twice", "keep one of them")
            continue
        value = coerce_input_literal(argument.value, known[name].type)
        if value is Undefined:
            fault(
                f"{print_ast(argument.value)} cannot be the value of '{name}'",
                f"it is of type {known[name].type}",
            )
        values[name] = None if value is Undefined else value
    for name, definition in known.items():
        if name in values:
            continue
        if isinstance(definition.type, GraphQLNonNull):
            fault(f"the argument '{name}' is missing", f"add {name}: …")
        default = definition.default
        values[name] = (
            coerce_input_literal(default.literal, definition.type)
            if default is not None and default.literal is not None
            else None
        )
    return values if len(faults) == before else None


def check_repeats(nodes: tuple[ConstDirectiveNode, ...], faults: list[Fault]) -> None:
    """Report a directive that stands twice where it may stand once."""
    seen: set[str] = set()
    for node in nodes:
        name = node.name.value
        if name in seen and name in _NEVER_REPEATED:
            file, line = place(node)
            faults.append(Fault(file, line, f"@{name} stands twice", "keep one of them"))
        seen.add(name)
