"""The query that a person who opens the page begins with, made for the model."""

from __future__ import annotations

from analytics_gql.model.catalog import Catalog, RootField, Verb
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.row_type import RowType
from analytics_gql.sdl.vocabulary import enum_name


def example_query(catalog: Catalog) -> str:
    """The first metrics by the first dimension; of a model without metrics a page, or an entity.

    Ranges are wide, so that they find rows whenever the data was made.
    """
    first: dict[Verb, RootField] = {}
    for root_field in catalog.root_fields:
        first.setdefault(root_field.verb, root_field)
    for verb in _BY_INTEREST:
        if verb in first:
            return "\n".join(_query(first[verb], catalog))
    return "{ __typename }"


_BY_INTEREST = (
    Verb.AGGREGATE,
    Verb.PAGE_OF_METRICS,
    Verb.PAGE_OF_RECORDS,
    Verb.LOOK_UP_MANY,
    Verb.LOOK_UP,
)


def _query(root_field: RootField, catalog: Catalog) -> list[str]:
    """The lines of a query of one root field."""
    verb, of = root_field.verb, root_field.of
    match verb:
        case Verb.AGGREGATE | Verb.PAGE_OF_METRICS:
            limit = "first: 20" if verb.is_paged else "limit: 20"
            arguments, fields = _metrics(catalog.dataset(of))
            arguments.append(limit)
        case Verb.PAGE_OF_RECORDS:
            arguments, fields = ["first: 20"], _columns(catalog.records_of(of).rows)
        case Verb.LOOK_UP_MANY | Verb.LOOK_UP:
            rows = catalog.entity(of).rows
            arguments, fields = _keys(rows, many=verb is Verb.LOOK_UP_MANY), _columns(rows)
        case Verb.SIGN_URL:
            arguments, fields = ['document: ""'], ["url", "expires"]
        case Verb.CATALOG:
            return ["{", f"  {root_field.name} {{ datasets {{ name description }} }}", "}"]
    lines = ["{", f"  {root_field.name}(", *(f"    {argument}" for argument in arguments)]
    if verb.is_paged:
        rows_of_page = ["    nodes {", *(f"      {field}" for field in fields), "    }"]
        return [*lines, "  ) {", *rows_of_page, "  }", "}"]
    return [*lines, "  ) {", *(f"    {field}" for field in fields), "  }", "}"]


def _metrics(dataset: Dataset) -> tuple[list[str], list[str]]:
    """Arguments and fields of metrics by a dimension, the largest first."""
    arguments: list[str] = []
    fields: list[str] = []
    if dataset.has_range:
        arguments.append('dateRange: { start: "2020-01-01", end: "2029-12-31" }')
    if dataset.dimensions:
        dimension = dataset.dimensions[0]
        arguments.append(f"groupBy: [{dimension.enum_value}]")
        fields.append(dimension.name)
    fields += [metric.name for metric in dataset.metrics[:4]]
    if dataset.metrics:
        by = enum_name(dataset.metrics[0].name)
        arguments.append(f"orderBy: [{{ by: {by}, direction: DESC }}]")
    return arguments, fields


def _columns(rows: RowType) -> list[str]:
    """The key and what comes first besides."""
    names = dict.fromkeys((*rows.key, *(item.name for item in rows.fields)))
    return list(names)[: max(6, len(rows.key))]


def _keys(rows: RowType, *, many: bool) -> list[str]:
    """A key to put another one in the place of: nobody knows here which there are."""
    examples = [(item.name, _EXAMPLE_KEYS.get(item.type, '"1"')) for item in rows.key_fields]
    if many:
        return [f"{name}s: [{value}]" for name, value in examples]
    return [f"{name}: {value}" for name, value in examples]


_EXAMPLE_KEYS = {
    FieldType.INT: "1",
    FieldType.BIG_INT: "1",
    FieldType.DATE: '"2026-01-01"',
}
