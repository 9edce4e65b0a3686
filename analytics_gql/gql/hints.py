"""What to do about an error that graphql-core found, read off its message."""

from __future__ import annotations

import re

from graphql import GraphQLError

from analytics_gql.model.catalog import Catalog, RootField, Verb
from analytics_gql.sdl.model_types import CONNECTION
from analytics_gql.sdl.vocabulary import enum_name

_NULL = (
    r"Expected (?:value of non-null type '(.+?)' not to be None"
    r"|a value of non-null type '(.+?)' to be provided)"
)


def hint_for(error: GraphQLError, catalog: Catalog | None) -> str:
    """What to write instead; without a catalog, of what was written and of nothing else."""
    message = error.message
    if "introspection has been disabled" in message:
        return "ask the operator for the schema, which `analytics-gql schema print` prints"
    if catalog is not None:
        connection = _connection_hint(message, catalog)
        if connection is not None:
            return connection
        suggestion = re.search(r"Did you mean (.+?)\?", message)
        if suggestion is not None:
            return f"write {suggestion.group(1)}"
    required = re.search(r"'\w+\.(\w+)\((\w+):\)' of type '(.+?)' is required", message)
    if required is not None:
        field, argument, of_type = required.groups()
        return f"write {field}({argument}: …); it is of type {of_type}"
    null = re.search(_NULL, message)
    if null is not None:
        return f"give a value: `{null[1] or null[2]}` is neither null nor left out"
    if "operation is not supported by the schema" in message:
        return "there is no such operation here: write `query` in its place"
    if "encountered error" in message:
        return "send a value of that form"
    if "nested too deeply" in message:
        return "flatten the value"
    if catalog is None:
        return "look it up in the schema, which the operator has"
    return _enum_hint(message, catalog) or "look it up in the schema, by introspection"


def _connection_hint(message: str, catalog: Catalog) -> str | None:
    """The rows of a connection stand one level deeper, which is soon forgotten."""
    found = re.search(rf"Cannot query field '(\w+)' on type '(\w+)({CONNECTION}|Edge)'", message)
    if found is not None:
        field, of, level = found.groups()
        fields = _fields_of(of, catalog)
        if field not in fields:
            return None
        field = fields[field]
        if level == "Edge":
            return f"write edges {{ node {{ {field} }} }}"
        named = [root.name for root in _connections(catalog) if root.of == of]
        return f"write {named[0] if len(named) == 1 else '…'} {{ nodes {{ {field} }} }}"
    found = re.search(rf"Field '(\w+)' of type '(\w+){CONNECTION}!?' must have a sel", message)
    if found is not None:
        return f"write {found[1]} {{ nodes {{ … }} }}"
    return None


def _connections(catalog: Catalog) -> list[RootField]:
    return [field for field in catalog.root_fields if field.verb.is_paged]


def _fields_of(of: str, catalog: Catalog) -> dict[str, str]:
    """How each field of the rows of a connection is selected."""
    verb = next((root.verb for root in _connections(catalog) if root.of == of), None)
    if verb is Verb.PAGE_OF_RECORDS:
        rows = catalog.records_of(of).rows
        values, links = [*rows.field_named], rows.lookup_named
    elif verb is Verb.PAGE_OF_METRICS:
        dataset = catalog.dataset(of)
        values, links = [*dataset.dimension_named, *dataset.metric_named], dataset.lookup_named
        values += [dataset.time.name] if dataset.time is not None else []
    else:
        return {}
    return {name: name for name in values} | {name: f"{name} {{ … }}" for name in links}


def _enum_hint(message: str, catalog: Catalog) -> str | None:
    """`groupBy: [DATE]` is the commonest mistake: the time is grouped by selecting it."""
    found = re.search(r"Value '(\w+)' does not exist in '(\w+)Dimension' enum", message)
    if found is None:
        return None
    value, dataset_name = found.groups()
    for dataset in catalog.datasets:
        if dataset.name != dataset_name:
            continue
        if dataset.time is not None and value == enum_name(dataset.time.name):
            return f"select `{dataset.time.name}` to group by it; `granularity` says how"
        if value in {enum_name(metric.name) for metric in dataset.metrics}:
            return "that is a metric; group by dimensions"
    return None
