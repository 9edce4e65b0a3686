"""Descriptions and reasons of deprecations that name what their readers may not see.

They are shown as they stand, so a name in them would tell that it is there. What counts as a name
is what is in `backticks`, and what can be no English word: `grossMargin`, `GROSS_MARGIN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graphql import (
    DefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    StringValueNode,
)
from graphql.language import TypeDefinitionNode, TypeExtensionNode

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.clearance import FOR_ALL, Clearance
from analytics_gql.sdl.derived_names import DERIVED_TYPES, derived_coordinates
from analytics_gql.sdl.faults import FaultList

_Described = (
    TypeDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
)
_NAME = re.compile(r"`(\w+)`|\b(\w*[a-z][A-Z]\w*|[A-Z0-9]+(?:_[A-Z0-9]+)+)\b")


def check_guarded_names(
    nodes: Iterable[DefinitionNode], catalog: Catalog, faults: FaultList
) -> None:
    """Report every text that tells some of its readers a name that is hidden from them."""
    if not catalog.clearances:
        return
    described = list(_described(nodes))
    readers = _Readers(catalog)
    bearers: dict[str, list[Clearance]] = {}
    for coordinate, _ in described:
        # An argument's name tells nothing by itself: `asOf` is one of many fields.
        if not coordinate.endswith(":)"):
            name = coordinate.rpartition(".")[2]
            bearers.setdefault(name, []).append(readers.of(coordinate))
    for coordinate, node in described:
        reader = readers.of(coordinate)
        for name in dict.fromkeys(_names_in(node)):
            needed = bearers.get(name, [FOR_ALL])
            if not any(reader.implies(one) for one in needed):
                faults.add(
                    node,
                    f"what is said of {coordinate} names {name}, which is for {needed[0]}, and is "
                    f"read by {reader}",
                    "say it without the name, or put @access on what is described as well",
                )


class _Readers:
    """Who reads what stands at a coordinate; derived members are read as what they stand for."""

    def __init__(self, catalog: Catalog) -> None:
        self._needed = catalog.clearances
        self._stands_for = derived_coordinates(catalog)
        owners = [item.name for item in catalog.datasets]
        owners += [item.name for item in catalog.records]
        self._stands_for |= {f"{owner}{part}": owner for owner in owners for part in DERIVED_TYPES}

    def of(self, coordinate: str) -> Clearance:
        """What a caller needs to read it: a field's type and an argument's field as well."""
        around = {coordinate, coordinate.partition("(")[0], coordinate.partition(".")[0]}
        return FOR_ALL.along_with(*(self._own(part) for part in around))

    def _own(self, coordinate: str) -> Clearance:
        return self._needed.get(self._stands_for.get(coordinate, coordinate), FOR_ALL)


def _described(nodes: Iterable[DefinitionNode]) -> Iterator[tuple[str, _Described]]:
    """Every type, field, argument and enum value with its coordinate."""
    for node in nodes:
        if not isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            continue
        owner = node.name.value
        if isinstance(node, TypeDefinitionNode):
            yield owner, node
        members = getattr(node, "fields", None) or getattr(node, "values", None) or ()
        for member in members:
            coordinate = f"{owner}.{member.name.value}"
            yield coordinate, member
            for argument in getattr(member, "arguments", None) or ():
                yield f"{coordinate}({argument.name.value}:)", argument


def _names_in(node: _Described) -> Iterator[str]:
    texts = [node.description] if node.description else []
    for directive in node.directives or ():
        if directive.name.value == "deprecated":
            values = (argument.value for argument in directive.arguments or ())
            texts += [value for value in values if isinstance(value, StringValueNode)]
    for text in texts:
        for quoted, written in _NAME.findall(text.value):
            yield quoted or written
