"""Everything that the files alone can tell about a model: its faults, and what sync would write."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLError, parse
from graphql.language import DefinitionNode
from graphql.validation.validate import validate_sdl

from analytics_gql.errors import Fault, ModelError
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.files import SchemaFile, definitions
from analytics_gql.sdl.read import examine
from analytics_gql.sdl.sync import edits_as_faults, plan_sync
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY


def check_model(files: tuple[SchemaFile, ...]) -> Catalog:
    """The catalog of a model that is in order. Raises ModelError with everything that is not."""
    catalog, faults = examine(files)
    plan = plan_sync(files)
    everything = [*faults, *plan.faults, *edits_as_faults(plan)]
    everything += _sdl_faults(files, {fault_place(fault) for fault in everything})
    if everything:
        raise ModelError(tuple(everything))
    return catalog


def fault_place(fault: Fault) -> tuple[str, int]:
    """Where a fault is."""
    return fault.file, fault.line


def _sdl_faults(files: tuple[SchemaFile, ...], known_places: set[tuple[str, int]]) -> list[Fault]:
    """What GraphQL itself holds against the files, besides what is told already.

    Definitions that sync would write are put in place first: their absence is sync's to tell.
    """
    present = list(definitions(files))
    names = {_name(node) for node in present}
    for text in (VOCABULARY, SHARED_TYPES):
        present += [node for node in parse(text).definitions if _name(node) not in names]
    faults: list[Fault] = []
    for error in validate_sdl(DocumentNode(definitions=tuple(present))):
        fault = _fault(error)
        if fault is not None and fault_place(fault) not in known_places:
            faults.append(fault)
    return faults


def _fault(error: GraphQLError) -> Fault | None:
    node = error.nodes[0] if error.nodes else None
    if node is None or node.loc is None:
        return None
    return Fault(
        node.loc.source.name,
        node.loc.start_token.line,
        error.message,
        "mend it there; `analytics-gql schema sync` writes what it can",
    )


def _name(node: DefinitionNode) -> str | None:
    name = getattr(node, "name", None)
    return name.value if name is not None else None
