"""prepare(text) → Document: parsed and validated once, then kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)

from analytics_gql.errors import DocumentTooLargeError, OperationError, suggest
from analytics_gql.gql.budget import DEFAULT_LIMITS, DocumentLimits, check_size, check_text
from analytics_gql.gql.deprecations import deprecated_members
from analytics_gql.gql.uses import members_used
from analytics_gql.observe.asked import NOTHING_USED, Used


@dataclass(frozen=True, eq=False)
class Document:
    """A document that fits its schema, or the errors that say why it does not."""

    text: str
    schema: GraphQLSchema
    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    parsed: bool
    used: Used = NOTHING_USED
    """The members that it uses, and what derived ones stand for."""

    @property
    def deprecated(self) -> tuple[str, ...]:
        """Those of the members that it uses that are on their way out."""
        members = deprecated_members(self.schema)
        return tuple(coordinate for coordinate in self.used.coordinates if coordinate in members)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute (GraphQL, section 6.1, GetOperation). Raises OperationError."""
        assert self.ast is not None
        operations, names = self._operations, self.operation_names
        if name:
            for node in operations:
                if node.name is not None and node.name.value == name:
                    return node
            raise OperationError(
                f"the document has no operation '{name[:100]}'",
                hint=suggest(name, names, f"it has {', '.join(names) or 'an unnamed one'}"),
            )
        if len(operations) != 1:
            raise OperationError(
                f"the document has {len(operations)} operations and none was chosen",
                hint=f"send operationName, one of {', '.join(names)}" if names else "write a query",
            )
        return operations[0]

    @property
    def operation_names(self) -> list[str]:
        """The names of its operations, in order; those without one are left out."""
        return [node.name.value for node in self._operations if node.name]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def variable_types(self) -> Mapping[str, GraphQLInputType]:
        """What the variables of its only operation are. Raises OperationError."""
        return {
            definition.variable.name.value: cast(
                "GraphQLInputType", type_from_ast(self.schema, definition.type)
            )
            for definition in self.operation(None).variable_definitions or ()
        }

    @cached_property
    def _operations(self) -> list[OperationDefinitionNode]:
        nodes = () if self.ast is None else self.ast.definitions
        return [node for node in nodes if isinstance(node, OperationDefinitionNode)]


class _NoEmptySelectionRule(ASTValidationRule):
    """Selection sets must not be empty: graphql-core 3.3.2 parses `{ field { } }`."""

    def enter_selection_set(self, node: SelectionSetNode, *_args: Any) -> None:
        if not node.selections:
            self.report_error(GraphQLError("A selection set needs at least one field.", node))


def validation_errors(
    schema: GraphQLSchema, ast: DocumentNode, *, introspection: bool = True
) -> list[GraphQLError]:
    """Everything that is wrong with a document under a schema."""
    rules = [*specified_rules, _NoEmptySelectionRule]
    if not introspection:
        rules.append(NoSchemaIntrospectionCustomRule)
    return validate(schema, ast, rules)


_MAX_KEPT_CHARACTERS = 32_768


class DocumentStore:
    """Prepares documents and keeps the most recently used ones.

    `derived` says which field each member of a derived type stands for: who filters by a
    deprecated metric uses it. Without `introspection` no document may ask for the schema.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_tokens: int,
        entries: int,
        derived: Mapping[str, str] | None = None,
        limits: DocumentLimits = DEFAULT_LIMITS,
        introspection: bool = True,
    ) -> None:
        self.limits = limits
        self.introspection = introspection
        self._schema = schema
        self._max_tokens = max_tokens
        self._entries = entries
        self._derived = derived or {}
        self._documents: OrderedDict[tuple[GraphQLSchema, bool, str], Document] = OrderedDict()

    def over(self, schema: GraphQLSchema) -> DocumentStore:
        """The same for another schema; of both together as many documents are kept."""
        return self._like(schema, introspection=self.introspection)

    def with_introspection(self, is_allowed: bool) -> DocumentStore:
        """The same, where the schema may be asked for or not; see `over`."""
        return self._like(self._schema, introspection=is_allowed)

    def _like(self, schema: GraphQLSchema, *, introspection: bool) -> DocumentStore:
        other = DocumentStore(
            schema,
            max_tokens=self._max_tokens,
            entries=self._entries,
            derived=self._derived,
            limits=self.limits,
            introspection=introspection,
        )
        other._documents = self._documents
        return other

    def prepare(self, text: str) -> Document:
        """Parse and validate, or return what was kept. Raises DocumentTooLargeError."""
        key = (self._schema, self.introspection, text)
        document = self._documents.get(key)
        if document is not None:
            self._documents.move_to_end(key)
            return document
        document = prepare(
            text,
            self._schema,
            max_tokens=self._max_tokens,
            derived=self._derived,
            limits=self.limits,
            introspection=self.introspection,
        )
        # A text that does not fit is not worth a place: it comes from a person who is typing.
        # Nor is one of a length that no person writes: entries are bounded, so bytes are, too.
        if not document.errors and len(text) <= _MAX_KEPT_CHARACTERS:
            self._documents[key] = document
            if len(self._documents) > self._entries:
                self._documents.popitem(last=False)
        return document


def prepare(
    text: str,
    schema: GraphQLSchema,
    *,
    max_tokens: int,
    derived: Mapping[str, str] | None = None,
    limits: DocumentLimits = DEFAULT_LIMITS,
    introspection: bool = True,
) -> Document:
    """Parse and validate; for `derived` and `introspection` see DocumentStore.

    Raises DocumentTooLargeError.
    """
    try:
        try:
            ast = parse(text, max_tokens=max_tokens)
        except GraphQLError as error:
            if "token" in error.message and str(max_tokens) in error.message:
                raise DocumentTooLargeError(
                    f"the document has more than {max_tokens} tokens",
                    hint="split it into several requests",
                ) from None
            if "nested too deeply" in error.message:
                raise _too_deep() from None
            return Document(text, schema, None, (error,), parsed=False)
        check_text(ast, limits)
        errors = validation_errors(schema, ast, introspection=introspection)
        if not errors:
            check_size(ast, limits)
        used = NOTHING_USED if errors else _used_in(ast, schema, derived or {})
    except RecursionError:
        raise _too_deep() from None
    # graphql-core gives up on fragments that nest too deeply and on fields that repeat too
    # often; where it has met too many errors it says so in other words.
    if any(error.message == "Validation aborted." for error in errors):
        raise DocumentTooLargeError(
            "the document nests fragments too deeply or repeats fields too often to be checked",
            hint="flatten its fragments, and select each field once",
        )
    return Document(text, schema, ast, tuple(errors), parsed=True, used=used)


def _used_in(ast: DocumentNode, schema: GraphQLSchema, derived: Mapping[str, str]) -> Used:
    used = members_used(ast, schema)
    meant = used | {derived[name] for name in used if name in derived}
    return Used(tuple(sorted(meant)))


def _too_deep() -> DocumentTooLargeError:
    return DocumentTooLargeError(
        "the document nests too deeply", hint="flatten its selections, fragments and conditions"
    )
