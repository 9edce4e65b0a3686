"""`@cacheControl` on types and fields → the hints of a schema."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
)

from analytics_gql.model.caching import CacheHint, CacheHints, CacheScope
from analytics_gql.sdl.applied import read_applied
from analytics_gql.sdl.faults import FaultList

_LONGEST_S = 31_536_000
"""A year: what RFC 2616 had as the longest, and caches hold to."""


def read_cache_hints(nodes: Iterable[DefinitionNode], faults: FaultList) -> CacheHints:
    """Read every hint; faults are appended."""
    hints = CacheHints()
    for node in nodes:
        if not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            continue
        name = node.name.value
        for directive in _hints(node.directives):
            hints.of_types[name] = read_hint(directive, faults)
        for field in node.fields or ():
            for directive in _hints(field.directives):
                hints.of_fields[name, field.name.value] = read_hint(directive, faults)
    return hints


def _hints(
    directives: Iterable[ConstDirectiveNode] | None,
) -> Iterable[ConstDirectiveNode]:
    return (node for node in directives or () if node.name.value == "cacheControl")


def read_hint(node: ConstDirectiveNode, faults: FaultList) -> CacheHint:
    """What one directive says; faults are appended."""
    applied = read_applied(node, faults)
    ages: list[int | None] = []
    for argument in ("maxAge", "staleWhileRevalidate"):
        age_s = applied[argument]
        if age_s is not None and not 0 <= age_s <= _LONGEST_S:
            faults.add(
                node,
                f"@cacheControl: {argument} is {age_s}",
                f"write seconds from 0 to {_LONGEST_S}",
            )
            age_s = None
        ages.append(age_s)
    scope = applied["scope"]
    return CacheHint(ages[0], ages[1], None if scope is None else CacheScope(scope))
