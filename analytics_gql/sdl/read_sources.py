"""@dataset, @source and @join of a type → its sources, each with its joins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphql import ObjectTypeDefinitionNode
from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.model.dataset import Source
from analytics_gql.sdl.applied import Applied, read_applied
from analytics_gql.sdl.expressions import (
    ExpressionError,
    check_row_level,
    parse_expression,
    shortened,
)
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.joins import JoinSpec, build_joins
from analytics_gql.sdl.read_relation import check_zone, given, read_relation, table_word
from analytics_gql.sdl.scope import Scope
from analytics_gql.sdl.vocabulary import DATASET_DIRECTIVES


@dataclass(frozen=True, slots=True)
class SourceNames:
    """What the fields of a dataset may refer to, whether or not it is sound.

    `own` is the source that unqualified columns belong to.
    """

    own: str
    sources: tuple[str, ...]
    scope: Scope
    has_range: bool


def read_sources(
    node: ObjectTypeDefinitionNode, faults: FaultList
) -> tuple[SourceNames, tuple[Source, ...]]:
    """The names that fields may use, and the sources. Faults are appended.

    The first source is the dataset's own, if it is sound.
    """
    applied = [
        read_applied(directive, faults)
        for directive in node.directives or ()
        if directive.name.value in DATASET_DIRECTIVES
    ]
    own = next(item for item in applied if item.name == "dataset")
    named = [(own, table_word(own))]
    owners = {name: name for _, name in named}
    for item in applied:
        if item.name == "source" and _is_named_well(item, owners, faults):
            named.append((item, item["name"]))
            owners[item["name"]] = item["name"]
    names = SourceNames(named[0][1], tuple(owners), Scope(owners), "time" in given(own))
    specs: list[JoinSpec] = []
    for item in applied:
        if item.name == "join" and _is_named_well(item, owners, faults):
            specs += _join_spec(item, names, owners, faults)
    sources = [_source(item, name, specs, names, faults) for item, name in named]
    return names, tuple(source for source in sources if source is not None)


def row_expression(sql: str, source: str, scope: Scope) -> exp.Expr:
    """An expression over the columns of one source and its joins, columns qualified."""
    tree = parse_expression(sql)
    check_row_level(tree, sql)
    resolved, qualifiers = scope.resolve(tree, source, sql)
    foreign = sorted(scope.sources_of(qualifiers) - {source})
    if foreign:
        raise ExpressionError(
            f"`{shortened(sql)}` reads the source '{foreign[0]}', which is another fact than "
            f"'{source}'",
            "use columns of the source itself or of its joins",
        )
    return resolved


def _is_named_well(applied: Applied, owners: dict[str, str], faults: FaultList) -> bool:
    """Whether a name can qualify columns; it is quoted, but some engines ignore case even so."""
    name = applied["name"]
    if name is None:
        return False  # told already
    what = f"@{applied.name} '{shortened(name)}'"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,59}", name):
        faults.add(
            applied.node,
            f"{what}: a name is made of letters, digits and _, sixty of them at most",
            "rename it; the table's own name stands in `table`",
        )
        return False
    taken = next((known for known in owners if known.lower() == name.lower()), None)
    if taken is not None:
        faults.add(
            applied.node,
            f"{what}: another source or join of the dataset is called '{taken}'",
            "give it another name",
        )
    return taken is None


def _join_spec(
    applied: Applied, names: SourceNames, owners: dict[str, str], faults: FaultList
) -> list[JoinSpec]:
    """The join to build, if it is sound; its name is put among the owners in any case."""
    name, source = applied["name"], applied["source"] or names.own
    relation = read_relation(applied, faults)
    if source not in names.sources:
        faults.add(
            applied.node,
            f"@join '{name}' starts at '{source}', which is no source",
            suggest(source, list(names.sources), f"known are {', '.join(names.sources)}"),
        )
        relation, source = None, names.own
    owners[name] = source
    return [] if relation is None else [JoinSpec(applied, name, source, relation, applied["on"])]


def _source(
    applied: Applied,
    name: str,
    specs: list[JoinSpec],
    names: SourceNames,
    faults: FaultList,
) -> Source | None:
    """A source with its joins; None if its table is at fault."""
    what = f"@{applied.name}"
    relation = read_relation(applied, faults)
    joins = build_joins(
        name,
        [spec for spec in specs if spec.source == name],
        frozenset(join for join, owner in names.scope.owners.items() if owner == name) - {name},
        faults,
    )
    for argument in ("timezone", "storedIn"):
        check_zone(applied, argument, faults)
    time = None
    if applied["time"] is not None:
        with faults.told_at(applied.node, f"{what}, time"):
            time = row_expression(applied["time"], name, names.scope)
    has_time = "time" in given(applied)
    if has_time != names.has_range:
        faults.add(
            applied.node,
            f"the source '{name}' has {'a' if has_time else 'no'} time, "
            f"the dataset has {'one' if names.has_range else 'none'}",
            "give each source of a dataset a time, or none",
        )
    if relation is None:
        return None
    return Source(name, relation, time, applied["timezone"], applied["storedIn"], joins)
