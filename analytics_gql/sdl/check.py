"""Everything that the files alone can tell about a model: its faults, and what sync would write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    Node,
    build_ast_schema,
    parse,
    specified_directives,
    validate_schema,
)
from graphql.language import DefinitionNode, ExecutableDefinitionNode
from graphql.validation import (
    KnownDirectivesRule,
    KnownTypeNamesRule,
    LoneSchemaDefinitionRule,
    PossibleTypeExtensionsRule,
    UniqueArgumentDefinitionNamesRule,
    UniqueArgumentNamesRule,
    UniqueDirectiveNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueEnumValueNamesRule,
    UniqueFieldDefinitionNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationTypesRule,
    UniqueTypeNamesRule,
)
from graphql.validation.rules.known_argument_names import KnownArgumentNamesOnDirectivesRule
from graphql.validation.rules.provided_required_arguments import (
    ProvidedRequiredArgumentsOnDirectivesRule,
)
from graphql.validation.validate import validate_sdl

from analytics_gql.errors import Fault, ModelError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.catalog_types import CATALOG_TYPES
from analytics_gql.sdl.derived import derived_types
from analytics_gql.sdl.edits import location
from analytics_gql.sdl.files import SchemaFile, definitions, place
from analytics_gql.sdl.model_types import model_types
from analytics_gql.sdl.read import examine
from analytics_gql.sdl.sync import edits_as_faults, plan_sync
from analytics_gql.sdl.syntax import source_text
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY, VOCABULARY_DIRECTIVES

_STRUCTURE: dict[type[ASTValidationRule], str] = {
    LoneSchemaDefinitionRule: "keep one `schema { … }`",
    UniqueOperationTypesRule: "name one root type for each operation",
    UniqueTypeNamesRule: "rename one of them, or take it away",
    UniqueEnumValueNamesRule: "take one of them away",
    UniqueFieldDefinitionNamesRule: "rename one of them, or take it away",
    UniqueArgumentDefinitionNamesRule: "take one of them away",
    UniqueDirectiveNamesRule: "take one of the definitions away",
    PossibleTypeExtensionsRule: "define the type, or write the definition in place of `extend`",
}
"""What GraphQL asks of definitions, and how to mend what is against it."""

_NAMES: dict[type[ASTValidationRule], str] = {
    KnownTypeNamesRule: "define it, or write the name of a type that is there",
    KnownDirectivesRule: "put it where its definition allows",
}
"""What the reader may have told already, of the same line."""

_APPLIED: dict[type[ASTValidationRule], str] = {
    KnownArgumentNamesOnDirectivesRule: "take it away; the directive's definition has the others",
    ProvidedRequiredArgumentsOnDirectivesRule: "add it",
    UniqueArgumentNamesRule: "keep one of them",
    UniqueDirectivesPerLocationRule: "keep one of them",
    UniqueInputFieldNamesRule: "keep one of them",
}
"""What the reader itself tells of the vocabulary's directives."""


def check_model(files: tuple[SchemaFile, ...]) -> Catalog:
    """The catalog of a model that is in order. Raises ModelError with everything that is not."""
    catalog, faults = examine(files)
    plan = plan_sync(files)
    everything = [*faults, *plan.faults, *edits_as_faults(plan)]
    told = [*everything, *edits_as_faults(replace(plan, is_first=False))]
    everything += _sdl_faults(files, {(fault.file, fault.line) for fault in told})
    if everything:
        raise ModelError(tuple(everything))
    return catalog


def _sdl_faults(files: tuple[SchemaFile, ...], told: set[tuple[str, int]]) -> list[Fault]:
    """What GraphQL itself holds against the files, besides what is told already.

    Definitions that sync would write are put in place first: their absence is sync's to tell.
    """
    faults = [
        Fault(
            *place(node),
            "an operation stands in the schema",
            "keep clients' documents in another file, outside of the schema's folder",
        )
        for node in definitions(files)
        if isinstance(node, ExecutableDefinitionNode)
    ]
    document = _completed(files)
    spans = tuple(_spans(files))
    default = files[0].name if files else "schema"
    errors = [
        (error, hint)
        for rule, hint in (_STRUCTURE | _NAMES | _APPLIED).items()
        for error in validate_sdl(document, rules=[rule])
        if not (rule in _NAMES and _place_of(error) in told)
        and not (rule in _APPLIED and _is_within(error, spans))
    ]
    if not errors and not faults:
        errors = [
            (error, "change it as the GraphQL specification asks")
            for error in _schema_errors(document)
            if _place_of(error) not in told and not (told and _place_of(error) is None)
        ]
    return faults + [_fault(error, hint, default) for error, hint in errors]


def _completed(files: tuple[SchemaFile, ...]) -> DocumentNode:
    """The files with all that sync would write, which has no place in them."""
    present = [
        node for node in definitions(files) if not isinstance(node, ExecutableDefinitionNode)
    ]
    names = {_name(node) for node in present}
    expected = [VOCABULARY, SHARED_TYPES]
    types = model_types(files)
    if types.has_catalog:
        expected.append(CATALOG_TYPES)
    for owner in types.owners:
        expected += [source_text(derived.node) for derived in derived_types(owner)]
    for text in expected:
        nodes = parse(text, no_location=True).definitions
        present += [node for node in nodes if _name(node) not in names]
    return DocumentNode(definitions=tuple(present))


def _schema_errors(document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with the types as a whole; what derived types repeat is told once."""
    try:
        errors = validate_schema(build_ast_schema(document, assume_valid_sdl=True))
    except (GraphQLError, TypeError) as error:
        cause = error.__cause__ or error
        errors = [cause if isinstance(cause, GraphQLError) else GraphQLError(str(cause))]
    return list({error.message.lower(): error for error in reversed(errors)}.values())


def _spans(files: Iterable[SchemaFile]) -> Iterator[tuple[str, int, int]]:
    """File, start and end of each application of a directive of the vocabulary."""
    for node in definitions(tuple(files)):
        for holder in (node, *(getattr(node, "fields", None) or ())):
            for directive in getattr(holder, "directives", None) or ():
                if (
                    isinstance(directive, DirectiveNode)
                    and directive.name.value in VOCABULARY_DIRECTIVES
                ):
                    span = location(directive)
                    yield span.source.name, span.start, span.end


def _is_within(error: GraphQLError, spans: tuple[tuple[str, int, int], ...]) -> bool:
    node = _node_of(error)
    if node is None or node.loc is None:
        return False
    name, start = node.loc.source.name, node.loc.start
    return any(file == name and first <= start < end for file, first, end in spans)


def _node_of(error: GraphQLError) -> Node | None:
    """Where an error is: of two that do not go together, the latter."""
    located = [node for node in error.nodes or () if node.loc is not None]
    return located[-1] if located else None


def _place_of(error: GraphQLError) -> tuple[str, int] | None:
    node = _node_of(error)
    return place(node) if node is not None else None


def _fault(error: GraphQLError, hint: str, default_file: str) -> Fault:
    message, _, near = error.message.partition("\n")[0].partition(" Did you mean ")
    hint = f"did you mean {near}" if near else hint
    node = _node_of(error)
    if isinstance(node, DirectiveNode) and message.startswith("Unknown directive"):
        known = [
            *sorted(VOCABULARY_DIRECTIVES),
            *(directive.name for directive in specified_directives),
        ]
        hint = suggest(node.name.value, known, "define the directive, or take it away")
    file, line = _place_of(error) or (default_file, 0)
    return Fault(file, line, message.removesuffix("."), hint)


def _name(node: DefinitionNode) -> str | None:
    name = getattr(node, "name", None)
    return name.value if name is not None else None
