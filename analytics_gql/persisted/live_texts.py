"""A root field of a registered document as a subscription: what a dashboard's tile follows."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    print_ast,
    validate,
    visit,
)

from analytics_gql.persisted.dashboard_check import fields_in, response_key
from analytics_gql.persisted.registry import Registered


def subscription_of(document: Registered, key: str, schema: GraphQLSchema) -> str | None:
    """The text that follows the root field of that response key, with the variables it uses.

    None where the schema has no such subscription, for one that cannot be followed.
    """
    operation = document.operation
    node = next(
        (node for node in fields_in(operation.selection_set) if response_key(node) == key), None
    )
    ast = document.document.ast
    if node is None or ast is None or schema.subscription_type is None:
        return None
    used = _VariablesUsed()
    visit(node, used)
    subscription = OperationDefinitionNode(
        operation=OperationType.SUBSCRIPTION,
        name=operation.name,
        variable_definitions=tuple(
            definition
            for definition in operation.variable_definitions or ()
            if definition.variable.name.value in used.names
        ),
        directives=(),
        selection_set=SelectionSetNode(selections=(node,)),
    )
    fragments = [item for item in ast.definitions if isinstance(item, FragmentDefinitionNode)]
    made = DocumentNode(definitions=(subscription, *fragments))
    return print_ast(made) if validate(schema, made) == [] else None


class _VariablesUsed(Visitor):
    """Gathers the names of variables in what it visits."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
