"""Dashboards against the registered documents: whether these have what tiles show, and its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from analytics_gql.errors import DashboardsError, Fault, UnknownNameError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.persisted.dashboard import DashboardFilter, DeclaredDashboard, Tile
from analytics_gql.persisted.registry import Registered, Registry

OFFERED = ("start", "end", "granularity")
"""The variables that a page fills by itself, if a document has them."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column of an answer: `kind` is time, dimension, metric or other."""

    key: str
    kind: str
    description: str | None = None
    unit: str | None = None
    format: str | None = None
    better: str | None = None


def check_dashboards(declared: tuple[DeclaredDashboard, ...], registry: Registry) -> None:
    """Raises DashboardsError with everything that tiles ask and documents lack."""
    faults = [fault for one in declared for fault in _faults(one, registry)]
    if faults:
        raise DashboardsError(tuple(faults))


def _faults(declared: DeclaredDashboard, registry: Registry) -> Iterator[Fault]:
    content = declared.content
    if content.explore is not None and registry.named(content.explore.document) is None:
        yield declared.fault(*_no_document(content.explore.document, registry))
    places: list[tuple[str, Tile | DashboardFilter]] = [
        (f"the tile '{tile.title}'", tile) for tile in content.tiles
    ]
    if content.filter is not None:
        places.append(("the filter", content.filter))
    for place, asking in places:
        found = registry.named(asking.document)
        if found is None:
            message, hint = _no_document(asking.document, registry)
            yield declared.fault(f"{place}: {message}", hint)
            continue
        for message, hint in (
            *_field_faults(asking, found),
            *_variable_faults(asking, found, content.filter),
        ):
            yield declared.fault(f"{place}: {message}", hint)


def _no_document(name: str, registry: Registry) -> tuple[str, str]:
    hint = suggest(name, registry.names, "register it as a file beside the others")
    return f"there is no registered document '{name}'", hint


def _field_faults(asking: Tile | DashboardFilter, found: Registered) -> Iterator[tuple[str, str]]:
    roots = {response_key(node): node for node in fields_in(found.operation.selection_set)}
    node = roots.get(asking.field)
    if node is None:
        names = list(roots)
        yield (
            f"'{asking.document}' has no root field '{asking.field}'",
            suggest(asking.field, names, f"it has {', '.join(names)}"),
        )
        return
    wanted = (asking.columns or ()) if isinstance(asking, Tile) else (asking.column,)
    keys = list(_keys(node.selection_set))
    for key in wanted:
        if key not in keys:
            yield (
                f"'{asking.document}' selects no '{key}' in '{asking.field}'",
                suggest(key, keys, f"it selects {', '.join(keys)}"),
            )


def _variable_faults(
    asking: Tile | DashboardFilter, found: Registered, by: DashboardFilter | None
) -> Iterator[tuple[str, str]]:
    own = asking.variables if isinstance(asking, Tile) else {}
    names = variables_of(found)
    for name in own:
        if name not in names:
            hint = suggest(name, list(names), f"it has {', '.join(names) or 'none'}")
            yield f"'{asking.document}' has no variable '{name}'", hint
    for name, is_required in names.items():
        if not is_required or name in own or name in OFFERED:
            continue
        if by is not None and name == by.variable:
            hint = "let it be left out: nothing may be picked"
            yield f"'{asking.document}' needs the filter's variable '{name}'", hint
        else:
            hint = "give it a value under `variables`"
            yield f"'{asking.document}' needs the variable '{name}'", hint


def variables_of(document: Registered) -> dict[str, bool]:
    """The variables of a document, and whether each must be given."""
    operation: OperationDefinitionNode = document.operation
    return {
        definition.variable.name.value: isinstance(definition.type, NonNullTypeNode)
        and definition.default_value is None
        for definition in operation.variable_definitions or ()
    }


def columns_of(document: Registered, catalog: Catalog) -> dict[str, tuple[Column, ...]]:
    """What is known of the columns of each root field that asks a dataset, by its response key.

    Of what the catalog does not have nothing is told.
    """
    datasets = _datasets_by_root_field(catalog)
    return {
        response_key(node): tuple(_columns(node.selection_set, datasets[node.name.value]))
        for node in fields_in(document.operation.selection_set)
        if node.name.value in datasets
    }


def _datasets_by_root_field(catalog: Catalog) -> Mapping[str, Dataset]:
    found: dict[str, Dataset] = {}
    for root_field in catalog.root_fields:
        try:
            found[root_field.name] = catalog.dataset(root_field.of)
        except UnknownNameError:
            continue  # it asks records or an entity, whose columns say what they are by themselves
    return found


def _columns(selection_set: SelectionSetNode | None, dataset: Dataset) -> Iterator[Column]:
    metrics = {metric.name: metric for metric in dataset.metrics}
    for node in fields_in(selection_set):
        name, key = node.name.value, response_key(node)
        if name in metrics:
            metric = metrics[name]
            yield Column(
                key, "metric", metric.description, metric.unit, metric.format, metric.better
            )
        elif dataset.time is not None and name == dataset.time.name:
            yield Column(key, "time", dataset.time.description)
        elif name in dataset.dimension_named:
            yield Column(key, "dimension", dataset.dimension_named[name].description)
        elif name in ("nodes", "edges", "node"):
            yield from _columns(node.selection_set, dataset)
        else:
            yield from (Column(inner, "other") for inner in _keys_of(node))


def _keys(selection_set: SelectionSetNode | None) -> Iterator[str]:
    """The columns of a row, look-ups written out: `product.name`."""
    for node in fields_in(selection_set):
        if node.name.value in ("nodes", "edges", "node"):
            yield from _keys(node.selection_set)
        else:
            yield from _keys_of(node)


def _keys_of(node: FieldNode) -> Iterator[str]:
    key = response_key(node)
    if node.selection_set is None:
        yield key
    else:
        yield from (f"{key}.{inner}" for inner in _keys(node.selection_set))


def fields_in(selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
    """The fields of a selection set, those of inline fragments among them."""
    for node in selection_set.selections if selection_set else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from fields_in(node.selection_set)


def response_key(node: FieldNode) -> str:
    """The name under which an answer has a field."""
    return node.alias.value if node.alias else node.name.value
