"""schema.graphql → Catalog. Every fault of the whole model is found before anything is said.

Reading knows the file alone. What only the warehouse can tell (tables, columns, types, unique
keys) is checked by `analytics_gql.binding`.
"""

from __future__ import annotations

from graphql import (
    FieldDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
)

from analytics_gql.errors import Fault, ModelError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import SchemaFile, definitions, place
from analytics_gql.sdl.read_dataset import read_dataset
from analytics_gql.sdl.syntax import directive_of, listed_type, type_text
from analytics_gql.sdl.tenancy import check_tenancy
from analytics_gql.sdl.vocabulary import DATASET_DIRECTIVES, FIELD_DIRECTIVES


def read_catalog(files: tuple[SchemaFile, ...]) -> Catalog:
    """Read the model. Raises ModelError with every fault of every file."""
    catalog, faults = examine(files)
    if faults:
        raise ModelError(faults)
    return catalog


def examine(files: tuple[SchemaFile, ...]) -> tuple[Catalog, tuple[Fault, ...]]:
    """What could be read of the model, and everything that is wrong with it."""
    faults = FaultList()
    datasets: list[Dataset] = []
    types = {
        node.name.value: node
        for node in definitions(files)
        if isinstance(node, ObjectTypeDefinitionNode) and directive_of(node, "dataset")
    }
    for node in definitions(files):
        if isinstance(node, ObjectTypeDefinitionNode) and directive_of(node, "dataset"):
            dataset = read_dataset(node, faults)
            if dataset is not None:
                datasets.append(dataset)
        elif isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            _check_other_type(node, types, faults)
    check_tenancy(datasets, faults)
    root_fields = _root_fields(files, frozenset(types), faults)
    if not types and not faults:
        name = files[0].name if files else "schema"
        faults.add_at(
            name, 0, "no type has @dataset", "say where a type's rows come from with @dataset"
        )
    return Catalog(tuple(datasets), root_fields), tuple(sorted(set(faults)))


def query_type_name(files: tuple[SchemaFile, ...]) -> str:
    """The name of the query root type; `Query` where no `schema { … }` says otherwise."""
    for node in definitions(files):
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for operation in node.operation_types or ():
                if operation.operation.value == "query":
                    return operation.type.name.value
    return "Query"


def _check_other_type(
    node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode,
    datasets: dict[str, ObjectTypeDefinitionNode],
    faults: FaultList,
) -> None:
    """Report what would be overlooked: parts of a dataset that stand outside of one."""
    name = node.name.value
    if isinstance(node, ObjectTypeExtensionNode) and name in datasets:
        file, line = place(datasets[name])
        faults.add(
            node,
            f"the dataset {name} is extended here, and is read in one piece",
            f"move this into the type at {file}:{line}",
        )
        return
    for directive in node.directives or ():
        if directive.name.value in DATASET_DIRECTIVES:
            faults.add(
                directive,
                f"@{directive.name.value} stands on {name}, which has no @dataset",
                'add @dataset(table: "…") to the type',
            )
    for field in node.fields or ():
        for directive in field.directives or ():
            if directive.name.value in FIELD_DIRECTIVES:
                faults.add(
                    field,
                    f"{name}.{field.name.value} has @{directive.name.value}, "
                    f"and {name} has no @dataset",
                    f'add @dataset(table: "…") to {name}, or take the directive away',
                )


def _root_fields(
    files: tuple[SchemaFile, ...], datasets: frozenset[str], faults: FaultList
) -> tuple[tuple[str, str], ...]:
    root = query_type_name(files)
    found: list[tuple[str, str]] = []
    exists = False
    for node in definitions(files):
        if (
            not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
            or node.name.value != root
        ):
            continue
        exists = True
        for field in node.fields or ():
            dataset = listed_type(field.type)
            if dataset in datasets:
                found.append((field.name.value, dataset))
            else:
                faults.add(
                    field,
                    f"{root}.{field.name.value} returns {type_text(field.type)}, "
                    "which is no list of a dataset",
                    _root_hint(field, sorted(datasets)),
                )
    if not exists:
        name = files[0].name if files else "schema"
        faults.add_at(
            name, 0, f"there is no type {root}", f"add `type {root} {{ … }}` with a root field"
        )
    return tuple(found)


def _root_hint(field: FieldDefinitionNode, datasets: list[str]) -> str:
    named = field.type.type if isinstance(field.type, NonNullTypeNode) else field.type
    if isinstance(named, NamedTypeNode) and named.name.value in datasets:
        return f"write [{named.name.value}!]"
    return suggest(
        listed_type(field.type) or type_text(field.type).strip("![]"),
        datasets,
        f"return a list of a type with @dataset: {', '.join(datasets)}"
        if datasets
        else "return a list of a type with @dataset",
    )
