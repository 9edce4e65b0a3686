"""schema.graphql → Catalog. Every fault of the whole model is found before anything is said.

Reading knows the file alone. What only the warehouse can tell (tables, columns, types, unique
keys) is checked by `analytics_gql.binding`.
"""

from __future__ import annotations

from graphql import (
    FieldDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    TypeNode,
    print_ast,
)

from analytics_gql.errors import Fault, ModelError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.sdl.files import SchemaFile, definitions, place
from analytics_gql.sdl.read_dataset import read_dataset
from analytics_gql.sdl.tenancy import check_tenancy


def read_catalog(files: tuple[SchemaFile, ...]) -> Catalog:
    """Read the model. Raises ModelError with every fault of every file."""
    catalog, faults = examine(files)
    if faults:
        raise ModelError(faults)
    return catalog


def examine(files: tuple[SchemaFile, ...]) -> tuple[Catalog, tuple[Fault, ...]]:
    """What could be read of the model, and everything that is wrong with it."""
    faults: list[Fault] = []
    datasets: list[Dataset] = []
    dataset_names: set[str] = set()
    for node in definitions(files):
        if isinstance(node, ObjectTypeDefinitionNode) and _has_directive(node, "dataset"):
            dataset_names.add(node.name.value)
            dataset = read_dataset(node, faults)
            if dataset is not None:
                datasets.append(dataset)
    check_tenancy(datasets, faults)
    root_fields = _root_fields(files, dataset_names, faults)
    if not dataset_names and not faults:
        name = files[0].name if files else "schema"
        faults.append(
            Fault(
                name, 0, "no type has @dataset", "say where a type's rows come from with @dataset"
            )
        )
    return Catalog(tuple(datasets), root_fields), tuple(sorted(set(faults)))


def query_type_name(files: tuple[SchemaFile, ...]) -> str:
    """The name of the query root type; `Query` where no `schema { … }` says otherwise."""
    for node in definitions(files):
        if isinstance(node, SchemaDefinitionNode):
            for operation in node.operation_types:
                if operation.operation.value == "query":
                    return operation.type.name.value
    return "Query"


def _root_fields(
    files: tuple[SchemaFile, ...], datasets: set[str], faults: list[Fault]
) -> tuple[tuple[str, str], ...]:
    root = query_type_name(files)
    found: list[tuple[str, str]] = []
    exists = False
    for node in definitions(files):
        if (
            not isinstance(node, (ObjectTypeDefinitionNode, ObjectTypeExtensionNode))
            or node.name.value != root
        ):
            continue
        exists = True
        for field in node.fields or ():
            dataset = _listed_type(field.type)
            if dataset in datasets:
                found.append((field.name.value, dataset))
                continue
            file, line = place(field)
            faults.append(
                Fault(
                    file,
                    line,
                    f"{root}.{field.name.value} returns {print_ast(field.type)}, "
                    "which is no list of a dataset",
                    suggest(
                        dataset or "", sorted(datasets), "return a list of a type with @dataset"
                    ),
                )
            )
    if not exists:
        name = files[0].name if files else "schema"
        faults.append(
            Fault(name, 0, f"there is no type {root}", "add `type Query { … }` with a root field")
        )
    return tuple(found)


def _listed_type(node: TypeNode) -> str | None:
    """The type's name where the node is a list of it; None otherwise."""
    if isinstance(node, NonNullTypeNode):
        node = node.type
    if not isinstance(node, ListTypeNode):
        return None
    inner = node.type
    if isinstance(inner, NonNullTypeNode):
        inner = inner.type
    return inner.name.value if isinstance(inner, NamedTypeNode) else None


def _has_directive(node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: str) -> bool:
    return any(directive.name.value == name for directive in node.directives or ())
