"""schema.graphql → Catalog. Every fault of the whole model is found before anything is said.

Reading knows the file alone. What only the warehouse can tell (tables, columns, types, unique
keys) is checked by `analytics_gql.binding`.
"""

from __future__ import annotations

from typing import TypeVar

from graphql import ObjectTypeDefinitionNode, ObjectTypeExtensionNode

from analytics_gql.errors import Fault, ModelError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.entity import Entity
from analytics_gql.model.records import Records
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import SchemaFile, definitions
from analytics_gql.sdl.guarded_names import check_guarded_names
from analytics_gql.sdl.model_types import ModelTypes, model_types, query_type_name, root_types
from analytics_gql.sdl.read_access import read_access
from analytics_gql.sdl.read_cache_hints import read_cache_hints
from analytics_gql.sdl.read_dataset import read_dataset
from analytics_gql.sdl.read_root_fields import read_live_fields, read_root_fields
from analytics_gql.sdl.read_rows import read_rows
from analytics_gql.sdl.strays import check_strays, is_mixed
from analytics_gql.sdl.sunsets import check_sunsets
from analytics_gql.sdl.syntax import directive_of
from analytics_gql.sdl.tenancy import check_tenancy
from analytics_gql.sdl.vocabulary import ROW_DIRECTIVES

T = TypeVar("T")

__all__ = ["examine", "query_type_name", "read_catalog"]


def read_catalog(files: tuple[SchemaFile, ...]) -> Catalog:
    """Read the model. Raises ModelError with every fault of every file."""
    catalog, faults = examine(files)
    if faults:
        raise ModelError(faults)
    return catalog


def examine(files: tuple[SchemaFile, ...]) -> tuple[Catalog, tuple[Fault, ...]]:
    """What could be read of the model, and everything that is wrong with it."""
    faults = FaultList()
    types = model_types(files)
    datasets: list[Dataset] = []
    records: list[Records] = []
    entities: list[Entity] = []
    for node in definitions(files):
        if not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            continue
        check_strays(node, types, faults)
        if isinstance(node, ObjectTypeExtensionNode) or is_mixed(node):
            continue
        if directive_of(node, "dataset"):
            datasets += _found(read_dataset(node, types, faults))
        elif any(directive_of(node, name) for name in ROW_DIRECTIVES):
            paged, keyed = read_rows(node, types, faults)
            records += _found(paged)
            entities += _found(keyed)
    root_fields = read_root_fields(types, faults)
    hints = read_cache_hints(definitions(files), faults)
    live_fields = read_live_fields(types, faults)
    catalog = Catalog(
        tuple(datasets),
        tuple(records),
        tuple(entities),
        root_fields,
        hints,
        live_fields=live_fields,
    )
    catalog = read_access(definitions(files), types, catalog, faults)
    check_guarded_names(definitions(files), catalog, faults)
    check_tenancy(catalog.relations(), faults)
    check_sunsets(files, faults)
    _check_presence(files, types, faults)
    return catalog, tuple(sorted(set(faults)))


def _found(item: T | None) -> list[T]:
    return [] if item is None else [item]


def _check_presence(files: tuple[SchemaFile, ...], types: ModelTypes, faults: FaultList) -> None:
    """Report that there is nothing to ask, or nowhere to ask it."""
    name = files[0].name if files else "schema"
    root = types.query_type
    if not any(root_types(files)):
        faults.add_at(
            name, 0, f"there is no type {root}", f"add `type {root} {{ … }}` with a root field"
        )
    if not types.nodes and not faults:
        faults.add_at(
            name,
            0,
            "no type has @dataset, @records or @entity",
            "say where a type's rows come from with one of them",
        )
