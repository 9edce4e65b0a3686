"""The root field that is the catalog: what is selected of a tree, and what the warehouse adds.

graphql-core would complete a thousand small values one by one; here a selection is read once for
all objects of a list, and what stands still is copied. What only the warehouse knows is asked for
through the session, so that it is priced, bound to the tenant and kept like any other question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo, get_named_type
from graphql.execution.values import get_argument_values

from analytics_gql.errors import FilterError, UnknownNameError, suggest
from analytics_gql.gql.catalog_tree import Node, catalog_tree
from analytics_gql.gql.collecting import Info, collected
from analytics_gql.gql.context import RequestContext
from analytics_gql.gql.executor import WarehouseJson
from analytics_gql.gql.filters import check_text
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.kinds import FieldType
from analytics_gql.observe.timings import Part, timed
from analytics_gql.query.metric_query import MetricQuery, Ordering
from analytics_gql.query.page import PageArguments
from analytics_gql.query.predicate import AllOf, Comparison, Operator
from analytics_gql.sdl.model_types import CATALOG
from analytics_gql.service.figures import FIRST, LAST, Figures, day_of, instant_of
from analytics_gql.service.requests import FiguresRequest, ValuesRequest
from analytics_gql.service.together import together

_FIGURES = frozenset({"timeRange", "freshness", "cardinality"})

_UNSEARCHABLE = frozenset({FieldType.FLOAT, FieldType.DECIMAL, FieldType.DATE_TIME})
"""Types whose values engines write as texts that differ."""


def catalog_resolver(query_type: str, hidden: frozenset[str]) -> Any:
    """The resolver of the catalog, of which some coordinates are hidden."""
    return _CatalogReader(query_type, hidden).resolve


@dataclass(frozen=True, slots=True)
class _Member:
    """A field that is selected, and what is selected below it."""

    key: str
    name: str
    arguments: dict[str, Any]
    members: tuple[_Member, ...]


@dataclass(slots=True)
class _Wanted:
    """What has to be asked for: of each dataset the figures, and the values of dimensions."""

    times: list[tuple[str, _Member, Node]] = field(default_factory=list)
    cardinalities: list[tuple[str, str, _Member, Node]] = field(default_factory=list)
    values: list[tuple[ValuesRequest, _Member, Node]] = field(default_factory=list)

    def figures(self) -> list[Figures]:
        """What is wanted of each dataset, in one piece."""
        names = dict.fromkeys(
            [dataset for dataset, *_ in self.times]
            + [dataset for dataset, *_ in self.cardinalities]
        )
        with_times = {dataset for dataset, *_ in self.times}
        return [
            Figures(
                name,
                name in with_times,
                tuple(
                    dict.fromkeys(
                        dimension for of, dimension, *_ in self.cardinalities if of == name
                    )
                ),
            )
            for name in names
        ]


class _CatalogReader:
    """Keeps the tree of one view, until the catalog is bound to another database."""

    def __init__(self, query_type: str, hidden: frozenset[str]) -> None:
        self._query_type = query_type
        self._hidden = hidden
        self._kept: tuple[Catalog, Node] | None = None

    # No coroutine: what is asked for is known to the session before anything is awaited.
    def resolve(
        self, _root: None, info: GraphQLResolveInfo[RequestContext]
    ) -> WarehouseJson | Awaitable[WarehouseJson]:
        """The JSON of what is selected. Raises the RequestError that tells what to mend."""
        context = info.context
        with timed(Part.PLAN):
            reading = _Reading(context, self._tree(context.catalog))
            members = _members(info.field_nodes, info, CATALOG)
            chosen = reading.chosen(reading.tree, members)
        return reading.finished(chosen)

    def _tree(self, bound: Catalog) -> Node:
        if self._kept is None or self._kept[0] is not bound:
            self._kept = bound, catalog_tree(bound, self._query_type, self._hidden)
        return self._kept[1]


def _members(nodes: Iterable[FieldNode], info: Info, type_name: str) -> tuple[_Member, ...]:
    """What is selected below the nodes of one field of a type, read once for all its objects."""
    owner = info.schema.type_map[type_name]
    assert isinstance(owner, GraphQLObjectType)
    found: list[_Member] = []
    for key, fields in collected(nodes, info).items():
        name = fields[0].name.value
        if name == "__typename":
            found.append(_Member(key, name, {}, ()))
            continue
        definition = owner.fields[name]
        arguments: dict[str, Any] = {}
        if definition.args:
            arguments = get_argument_values(definition, fields[0], info.variable_values)
        of_type = get_named_type(definition.type)
        below = (
            _members(fields, info, of_type.name) if isinstance(of_type, GraphQLObjectType) else ()
        )
        found.append(_Member(key, name, arguments, below))
    return tuple(found)


class _Reading:
    """Reads one selection of a tree; lives as long as its answer takes."""

    def __init__(self, context: RequestContext, tree: Node) -> None:
        self.tree = tree
        self._context = context
        self._wanted = _Wanted()
        self._dataset = ""

    def chosen(self, node: Node, members: tuple[_Member, ...]) -> Node:
        """The members of an object that are selected; what is wanted besides is null yet."""
        if node["__typename"] == "CatalogDataset":
            self._dataset = node["name"]
        found: Node = {}
        for member in members:
            name = member.name
            if name in _FIGURES or name == "values":
                found[member.key] = None
                self._want(node, member, found)
                continue
            value = node[name]
            if member.members:
                if isinstance(value, list):
                    value = [self.chosen(item, member.members) for item in _picked(node, member)]
                elif value is not None:
                    value = self.chosen(value, member.members)
            found[member.key] = value
        return found

    def _want(self, node: Node, member: _Member, found: Node) -> None:
        name = node["name"]
        if member.name == "values":
            request = self._values(self._dataset, name, node["type"], member.arguments)
            self._wanted.values.append((request, member, found))
        elif member.name == "cardinality":
            self._wanted.cardinalities.append((self._dataset, name, member, found))
        elif node["hasTimes"]:
            self._wanted.times.append((name, member, found))

    def _values(
        self, dataset: str, dimension: str, of_type: str, arguments: dict[str, Any]
    ) -> ValuesRequest:
        first = PageArguments(first=arguments["first"]).rows(self._context.max_rows)
        there = Comparison(dimension, Operator.IS_NOT_NULL)
        search = arguments.get("search")
        if search is not None:
            check_text(dimension, (search,))
            if FieldType(of_type) in _UNSEARCHABLE:
                raise FilterError(
                    f"'{dimension}' is {of_type}, whose values are not searched as texts",
                    hint="leave `search` out, or filter by it where you ask for rows",
                )
        where = AllOf((there, Comparison(dimension, Operator.SEARCH, search))) if search else there
        return ValuesRequest(
            MetricQuery(
                dataset,
                dimensions=(dimension,),
                where=where,
                order=(Ordering(dimension),),
                limit=first,
            )
        )

    def finished(self, chosen: Node) -> WarehouseJson | Awaitable[WarehouseJson]:
        """The JSON of an object once everything is in it that is wanted."""
        wanted, answer = self._wanted, self._context.session.answer
        figures = wanted.figures()
        awaited = [answer(FiguresRequest(item)) for item in figures]
        awaited += [answer(request) for request, *_ in wanted.values]
        if not awaited:
            return WarehouseJson(orjson.dumps(chosen))
        return self._filled(chosen, figures, awaited)

    async def _filled(
        self, chosen: Node, figures: list[Figures], awaited: list[Awaitable[str]]
    ) -> WarehouseJson:
        found = [orjson.loads(json) for json in await together(*map(_awaited, awaited))]
        rows = {
            item.dataset: (item, row)
            for item, row in zip(figures, found[: len(figures)], strict=True)
            if row is not None
        }
        for dataset, member, place in self._wanted.times:
            if dataset in rows:
                place[member.key] = self._time(dataset, member, rows[dataset][1])
        for dataset, dimension, member, place in self._wanted.cardinalities:
            if dataset in rows:
                item, row = rows[dataset]
                number = item.dimensions.index(dimension)
                place[member.key] = row[item.names[number - len(item.dimensions)]]
        for (_, member, place), values in zip(
            self._wanted.values, found[len(figures) :], strict=True
        ):
            place[member.key] = values
        return WarehouseJson(orjson.dumps(chosen))

    def _time(self, dataset: str, member: _Member, row: Node) -> Any:
        zone = self._context.catalog.dataset(dataset).sources[0].timezone
        if row[FIRST] is None or row[LAST] is None:
            return None
        if member.name == "freshness":
            return instant_of(row[LAST], zone)
        return {
            part.key: "CatalogTimeRange"
            if part.name == "__typename"
            else day_of(row[FIRST if part.name == "start" else LAST], zone)
            for part in member.members
        }


async def _awaited(answer: Awaitable[str]) -> str:
    return await answer


def _picked(node: Node, member: _Member) -> list[Node]:
    """The items of a list; with `name`, the one of that name. Raises UnknownNameError."""
    items: list[Node] = node[member.name]
    name = member.arguments.get("name")
    if name is None:
        return items
    picked = [item for item in items if item["name"] == name]
    if picked:
        return picked
    what = _SINGULAR[member.name]
    of = f" of '{node['name']}'" if "name" in node else ""
    known = [item["name"] for item in items]
    raise UnknownNameError(
        f"the catalog has no {what} '{name[:60]}'{of}",
        hint=suggest(name[:60], known, f"leave `name` out to see all {member.name}"),
    )


_SINGULAR = {
    "datasets": "dataset",
    "records": "records type",
    "entities": "entity",
    "metrics": "metric",
    "dimensions": "dimension",
}
