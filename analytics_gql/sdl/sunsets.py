"""@sunset: from which day on a deprecated member of the schema may be gone."""

from __future__ import annotations

import re
from datetime import date

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    StringValueNode,
    Visitor,
    print_ast,
    visit,
)

from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import SchemaFile, definitions

MemberNode = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode

_FORM = "write the day as in 2027-01-31"


def sunset_of(node: MemberNode | None) -> date | None:
    """The day that a member's @sunset names; None without one, or with one that is at fault."""
    applied = _applied(node, "sunset") if node is not None else None
    return None if applied is None else _day(applied)


def check_sunsets(files: tuple[SchemaFile, ...], faults: FaultList) -> None:
    """Report a @sunset that is no day, and one of a member that is not deprecated."""
    for definition in definitions(files):
        visit(definition, _Sunsets(faults))


class _Sunsets(Visitor):
    """Looks at every member that may have a @sunset."""

    def __init__(self, faults: FaultList) -> None:
        super().__init__()
        self._faults = faults

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> None:
        self._check(node)

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: object) -> None:
        self._check(node)

    def enter_enum_value_definition(self, node: EnumValueDefinitionNode, *_: object) -> None:
        self._check(node)

    def _check(self, node: MemberNode) -> None:
        applied = [d for d in node.directives or () if d.name.value == "sunset"]
        if not applied:
            return
        name = node.name.value
        for other in applied[1:]:
            self._faults.add(other, "@sunset stands twice", "keep one of them")
        for argument in applied[0].arguments or ():
            if argument.name.value != "date":
                hint = f"it takes date; {_FORM}"
                message = f"@sunset: unknown argument '{argument.name.value}'"
                self._faults.add(argument, message, hint)
        if _day(applied[0]) is None:
            written = _date_argument(applied[0])
            message = f"the sunset of {name} is {written}, which is no day"
            if written is None:
                message = "@sunset: the argument 'date' is missing"
            self._faults.add(applied[0], message, _FORM)
        if _applied(node, "deprecated") is None:
            self._faults.add(
                applied[0],
                f"{name} has a @sunset and is not deprecated",
                'say what to use in its place: @deprecated(reason: "…")',
            )


def _applied(node: MemberNode, name: str) -> ConstDirectiveNode | None:
    return next((d for d in node.directives or () if d.name.value == name), None)


def _date_argument(applied: DirectiveNode) -> str | None:
    for argument in applied.arguments or ():
        if argument.name.value == "date":
            return print_ast(argument.value)
    return None


def _day(applied: DirectiveNode) -> date | None:
    for argument in applied.arguments or ():
        value = argument.value
        # `fromisoformat` would also take weeks and days without hyphens.
        if (
            argument.name.value == "date"
            and isinstance(value, StringValueNode)
            and re.fullmatch(r"\d{4}-\d\d-\d\d", value.value, re.ASCII)
        ):
            try:
                return date.fromisoformat(value.value)
            except ValueError:  # the 30th of February
                return None
    return None
